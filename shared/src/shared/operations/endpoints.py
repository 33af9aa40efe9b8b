"""Operations over HTTP, for admins: one router for every service, under `/api/admin/<service>/`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from aio_pika.exceptions import ChannelNotFoundEntity, DeliveryError
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParameter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import version
from shared.auth import AdminUser, CurrentUser
from shared.clock import utcnow
from shared.db import Database, DatabaseDep, SessionDep
from shared.errors import Forbidden, InvalidInput, NotFound, Unavailable, problem_responses
from shared.idempotency import IdempotencyDep, IdempotencyKeyReused, InProgress
from shared.messaging import dead_letters
from shared.messaging.connection import BROKER_ERRORS
from shared.messaging.dead_letters import DeadLetter
from shared.operations import jobs, kinds
from shared.operations.jobs import Job, JobNotFound, JobRunning
from shared.operations.schemas import (
    CheckRequest,
    DeadLetterDocument,
    DeadLetterSummary,
    OperationsState,
    ResendRequest,
    Resent,
    ResyncRequest,
)
from shared.operations.state import read_state
from shared.pagination import PageDep
from shared.replicas import Replica
from shared.settings import ServiceSettings


class DeadLetterNotFound(NotFound):
    title = "There is no such dead letter"


ASKING = problem_responses(Forbidden, JobRunning, IdempotencyKeyReused, InProgress)
_LOOK = text("SELECT pg_advisory_xact_lock(hashtext(:name))")


def _settings(request: Request) -> ServiceSettings:
    settings: ServiceSettings = request.app.state.settings
    return settings


SettingsDep = Annotated[ServiceSettings, Depends(_settings)]


def not_stored(response: Response) -> None:
    """What admins see has no place in anybody's cache."""
    response.headers["Cache-Control"] = "no-store"


def router(service: str, *, consumes: bool = False, replicas: Mapping[str, Replica] | None = None) -> APIRouter:
    """A service's operations. One that consumes nothing has neither dead letters nor replicas."""
    made = APIRouter(prefix=f"/api/admin/{service}", tags=["operations"], dependencies=[Depends(not_stored)])
    _add_state(made, replicas or {}, consumes=consumes)
    if consumes:
        _add_dead_letters(made)
    if replicas:
        _add_replicas(made, replicas)
    return made


def _add_state(made: APIRouter, replicas: Mapping[str, Replica], *, consumes: bool) -> None:
    started_at = utcnow()

    @made.get("/operations/", summary="The service as it is right now", responses=problem_responses(Forbidden))
    async def read_operations(_admin: AdminUser, session: SessionDep, settings: SettingsDep) -> OperationsState:
        """Read from its database, the broker, and the signs of life of its workers."""
        return await read_state(
            session,
            settings,
            replicas,
            consumes=consumes,
            version=version.of(settings),
            started_at=started_at,
        )

    @made.get("/jobs/", summary="Jobs of the service's workers", responses=problem_responses(Forbidden))
    async def list_jobs(
        _admin: AdminUser,
        session: SessionDep,
        page: PageDep,
        response: Response,
        kind: Annotated[str | None, Query(max_length=100)] = None,
    ) -> list[Job]:
        """Newest first. They are kept for 90 days after their end."""
        found, headers = await jobs.find_all(session, kind, page)
        response.headers.update(headers)
        return found

    @made.get("/jobs/{job_id}/", summary="One job", responses=problem_responses(Forbidden, JobNotFound))
    async def read_job(job_id: UUID, _admin: AdminUser, session: SessionDep) -> Job:
        """And how far it is; ask again while it is `waiting` or `running`."""
        return await jobs.find(session, job_id)


def _add_dead_letters(made: APIRouter) -> None:
    @made.get(
        "/dead-letters/",
        summary="Messages that could not be handled",
        responses=problem_responses(Forbidden, Unavailable),
    )
    async def list_dead_letters(
        _admin: AdminUser, session: SessionDep, settings: SettingsDep, page: PageDep, response: Response
    ) -> list[DeadLetterSummary]:
        """Newest first. Looking leaves them where they are."""
        if page.cursor is not None:
            raise InvalidInput(errors={"cursor": ["This list has numbered pages"]})
        found = (await _look(session, settings))[::-1]
        response.headers.update(page.headers(len(found)))
        shown = found[page.offset : page.offset + page.size]
        return [DeadLetterSummary.model_validate(letter) for letter in shown]

    @made.get(
        "/dead-letters/{letter_id}/",
        summary="One with its headers and its payload",
        responses=problem_responses(Forbidden, DeadLetterNotFound, Unavailable),
    )
    async def read_dead_letter(
        letter_id: Annotated[str, PathParameter(max_length=255)],
        _admin: AdminUser,
        session: SessionDep,
        settings: SettingsDep,
    ) -> DeadLetterDocument:
        """By the message's id."""
        for letter in await _look(session, settings):
            if letter.id == letter_id:
                return DeadLetterDocument.model_validate(letter.document())
        raise DeadLetterNotFound("It may have been sent again.")

    @made.post(
        "/dead-letters/resend/",
        summary="Send dead letters to the service's queue again",
        response_model=Resent,
        responses={
            200: {"description": "Those named by `ids` were sent again, but for `missing`"},
            202: {"model": Job, "description": "`all` is a job"},
            **ASKING,
            **problem_responses(Unavailable),
        },
    )
    async def resend_dead_letters(
        body: ResendRequest,
        admin: AdminUser,
        session: SessionDep,
        database: DatabaseDep,
        settings: SettingsDep,
        idempotency: IdempotencyDep,
    ) -> Response:
        """They keep their ids and start with all their attempts; an effect that did happen doesn't happen twice. Mend
        the cause first, or they die again."""
        if body.ids is None:
            return await idempotency.run(
                session, admin, lambda: jobs.ask(session, kinds.RESEND, by=admin, reason=body.reason), status_code=202
            )
        ids = body.ids
        return await idempotency.run(
            session,
            admin,
            lambda: _resend(session, database, settings, ids, by=admin, reason=body.reason),
            status_code=200,
        )


def _add_replicas(made: APIRouter, replicas: Mapping[str, Replica]) -> None:
    def chosen(names: list[str] | None) -> list[str]:
        unknown = sorted(set(names or ()) - replicas.keys())
        if unknown or names == []:
            raise InvalidInput(errors={"replicas": [f"Name some of {', '.join(replicas)}, or leave it out"]})
        return [name for name in replicas if names is None or name in names]

    @made.post(
        "/replicas/check/",
        status_code=202,
        response_model=Job,
        summary="Compare replicas with their owners",
        responses=ASKING,
    )
    async def check_replicas(
        admin: AdminUser, session: SessionDep, idempotency: IdempotencyDep, body: CheckRequest | None = None
    ) -> Response:
        """A job. Its result: `differing` and `unsettled`, and for each of `replicas` the first `differences`."""
        body = body or CheckRequest()
        names = chosen(body.replicas)
        return await idempotency.run(
            session,
            admin,
            lambda: jobs.ask(session, kinds.CHECK, by=admin, reason=body.reason, parameters={"replicas": names}),
            status_code=202,
        )

    @made.post(
        "/replicas/resync/",
        status_code=202,
        response_model=Job,
        summary="Make replicas what their owners say",
        responses=ASKING,
    )
    async def resync_replicas(
        admin: AdminUser, session: SessionDep, idempotency: IdempotencyDep, body: ResyncRequest | None = None
    ) -> Response:
        """A job. Its result: `rows` at the owners, how many were `applied` and `settled`, and how many are `unknown` to
        their owners; the same for each of `replicas`."""
        body = body or ResyncRequest()
        parameters = {"replicas": chosen(body.replicas), "close_unknown": body.close_unknown}
        return await idempotency.run(
            session,
            admin,
            lambda: jobs.ask(session, kinds.RESYNC, by=admin, reason=body.reason, parameters=parameters),
            status_code=202,
        )


async def _look(session: AsyncSession, settings: ServiceSettings) -> list[DeadLetter]:
    """The dead letters, oldest first. One looks at a time: who looks beside another would see fewer."""
    await session.execute(_LOOK, {"name": f"dead letters of {settings.service_name}"})
    async with _broker():
        return await dead_letters.list_dead_letters(settings)


async def _resend(
    session: AsyncSession,
    database: Database,
    settings: ServiceSettings,
    ids: list[str],
    *,
    by: CurrentUser,
    reason: str,
) -> Resent:
    async def record(letter: DeadLetter) -> None:
        # In a transaction of its own: what is sent is sent, whatever becomes of the request.
        async with database.transaction() as own:
            await kinds.record_resent(own, letter, actor=by.id, reason=reason)

    await session.execute(_LOOK, {"name": f"dead letters of {settings.service_name}"})
    async with _broker():
        sent = await dead_letters.resend(settings, ids, by=str(by.id), record=record)
    found = [letter_id for letter_id in sent if letter_id is not None]
    return Resent(sent=found, missing=[letter_id for letter_id in dict.fromkeys(ids) if letter_id not in found])


@asynccontextmanager
async def _broker() -> AsyncIterator[None]:
    """Raises Unavailable when the broker doesn't answer, or doesn't take a message."""
    try:
        yield
    except (DeliveryError, ChannelNotFoundEntity) as error:
        raise Unavailable("The broker refuses; has `migrate` run? What was not sent is where it was.") from error
    except BROKER_ERRORS as error:
        raise Unavailable("The broker can't be reached. What was not sent is where it was.") from error
