"""The kinds of jobs that every service has."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import httpx
from aio_pika.exceptions import ChannelNotFoundEntity, DeliveryError
from sqlalchemy.ext.asyncio import AsyncSession

from shared import audit, replicas
from shared.messaging import dead_letters
from shared.messaging.connection import BROKER_ERRORS
from shared.messaging.dead_letters import DeadLetter
from shared.operations.runner import JobFailed, Kind, Work
from shared.replicas import Difference, Replica

RESEND, CHECK, RESYNC = "dead_letters.resend", "replicas.check", "replicas.resync"
MOST_SHOWN = 100  # rows that differ, of each replica


def kinds(known: Mapping[str, Replica], *, consumes: bool) -> dict[str, Kind]:
    """For a service that has these replicas, and a queue or none."""

    async def check(work: Work) -> dict[str, Any]:
        found = []
        for name in work.parameters["replicas"]:
            replica = known[name]
            async with _asking(replica, work) as client:
                differences, unsettled = await replicas.check(
                    work.database, client, replica, tell=partial(work.tell, name)
                )
            found.append(
                {
                    "name": name,
                    "differing": len(differences),
                    "unsettled": unsettled,
                    "differences": _shown(differences),
                }
            )
        return {**_sums(found, "differing", "unsettled"), "replicas": found}

    async def resync(work: Work) -> dict[str, Any]:
        found = []
        for name in work.parameters["replicas"]:
            replica = known[name]
            async with _asking(replica, work) as client:
                done = await replicas.resync(
                    work.database,
                    client,
                    replica,
                    close_unknown=work.parameters["close_unknown"],
                    tell=partial(work.tell, name),
                )
            found.append(
                {
                    "name": name,
                    "rows": done.rows,
                    "applied": done.applied,
                    "settled": done.settled,
                    "unknown": len(done.unknown),
                    "differences": _shown(done.unknown),
                }
            )
        return {**_sums(found, "rows", "applied", "settled", "unknown"), "replicas": found}

    own: dict[str, Kind] = {}
    if known:
        own |= {CHECK: check, RESYNC: resync}
    if consumes:
        own[RESEND] = resend_all
    return own


async def resend_all(work: Work) -> dict[str, Any]:
    """Every dead letter that lies there when it begins."""
    sent = 0

    async def record(letter: DeadLetter) -> None:
        nonlocal sent
        async with work.database.transaction() as session:
            await record_resent(session, letter, actor=work.asked_by, job=str(work.id))
        sent += 1
        work.tell("sending", sent)

    try:
        await dead_letters.resend(work.settings, None, by=str(work.asked_by), record=record)
    except (DeliveryError, ChannelNotFoundEntity) as error:
        raise JobFailed(f"The broker refuses after {sent} letters; has `migrate` run?") from error
    except BROKER_ERRORS as error:
        raise JobFailed(f"The broker can't be reached after {sent} letters; the others are where they were.") from error
    return {"sent": sent}


async def record_resent(
    session: AsyncSession, letter: DeadLetter, *, actor: UUID | None, reason: str = "", **more: str
) -> None:
    """A line in the audit log about the letter, under its id, or under one made of it where it is no UUID."""
    try:
        subject = UUID(letter.id)
    except (TypeError, ValueError):
        subject = uuid5(NAMESPACE_OID, letter.id or "")
    after = {"id": letter.id, "type": letter.type, "subject": letter.subject, "died_of": letter.reason}
    await audit.record(
        session,
        action="operations.dead_letter_resent",
        actor=actor,
        subject=subject,
        after={**after, **more},
        reason=reason,
    )


@asynccontextmanager
async def _asking(replica: Replica, work: Work) -> AsyncIterator[httpx.AsyncClient]:
    try:
        async with replica.client(work.settings) as client:
            yield client
    except httpx.HTTPError as error:
        raise JobFailed(f"{replica.owner.capitalize()} can't be asked ({type(error).__name__}).") from error


def _shown(differences: list[Difference]) -> list[dict[str, Any]]:
    return [difference.model_dump(mode="json") for difference in differences[:MOST_SHOWN]]


def _sums(found: list[dict[str, Any]], *names: str) -> dict[str, int]:
    return {name: sum(each[name] for each in found) for name in names}
