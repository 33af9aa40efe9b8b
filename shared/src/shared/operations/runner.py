"""The part of a worker that does jobs: takes one, says how far it is, and writes down what came of it.

A job belongs to the worker that took it for as long as that one says so; after some seconds of silence it is anybody's.
So a job that is begun twice must be harmless: all kinds are. The number of attempts tells a worker that came back from
a long silence that its job is somebody else's by now.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID

import structlog
from sqlalchemy import Row, text

from shared import audit, tracing
from shared.db import Database
from shared.logging import get_logger
from shared.operations.jobs import Progress
from shared.settings import ServiceSettings
from shared.web import is_infrastructure_error

log = get_logger(__name__)

ATTEMPTS = 5
_TAKE = text(
    """
    UPDATE jobs
    SET state = 'running', attempts = attempts + 1, started_at = coalesce(started_at, clock_timestamp()),
        held_until = clock_timestamp() + make_interval(secs => :lease)
    WHERE id = (
        SELECT id FROM jobs
        WHERE state IN ('waiting', 'running') AND kind = ANY (:kinds)
            AND (state = 'waiting' OR held_until < clock_timestamp())
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id, kind, parameters, asked_by, correlation_id, attempts
    """
)
_MINE = "id = :id AND state = 'running' AND attempts = :attempt"
_HOLD = text(
    f"""
    UPDATE jobs
    SET held_until = clock_timestamp() + make_interval(secs => :lease), progress = CAST(:progress AS jsonb)
    WHERE {_MINE} RETURNING 1
    """
)
_PUT_BACK = text(f"UPDATE jobs SET state = 'waiting', attempts = attempts - 1, held_until = NULL WHERE {_MINE}")
_FINISH = text(
    f"""
    UPDATE jobs
    SET state = :state, result = CAST(:result AS jsonb), error = :error, progress = CAST(:progress AS jsonb),
        held_until = NULL, finished_at = clock_timestamp()
    WHERE {_MINE} RETURNING asked_by
    """
)


class JobFailed(Exception):
    """A job can't be done; the message says why, to whoever asked for it."""


@dataclass(slots=True)
class Work:
    """A job in hand."""

    id: UUID
    kind: str
    parameters: Mapping[str, Any]
    asked_by: UUID
    attempt: int
    settings: ServiceSettings
    database: Database
    progress: Progress | None = None

    def tell(self, step: str, done: int, total: int | None = None) -> None:
        """Say how far it is; it is written down with the next sign of life."""
        self.progress = Progress(step=step, done=done, total=total)


# What a kind of job does; returns what came of it, ready for JSON. Raises JobFailed.
Kind = Callable[[Work], Awaitable[dict[str, Any]]]


class Runner:
    """Runs until cancelled, one job at a time; what is in hand then is put back for another worker."""

    def __init__(self, settings: ServiceSettings, database: Database, kinds: Mapping[str, Kind]) -> None:
        self._settings = settings
        self._database = database
        self._kinds = kinds
        self.pause_seconds = 1.0  # between looks for a job
        self.lease_seconds = 15.0  # of silence, after which a job is anybody's

    async def run(self) -> NoReturn:
        """Do jobs whenever there are any; waits while the database is away."""
        while True:
            taken = None
            try:
                taken = await self._take()
                if taken is not None:
                    await self._carry_out(taken)
            except Exception as error:
                if not is_infrastructure_error(error):
                    raise
                log.warning("jobs wait for the database", error=str(error))
            finally:
                tracing.correlation_id.set(None)
                structlog.contextvars.unbind_contextvars("request_id", "job")
            if taken is None:
                await asyncio.sleep(self.pause_seconds)

    async def _take(self) -> Row[Any] | None:
        async with self._database.transaction() as session:
            values = {"lease": self.lease_seconds, "kinds": list(self._kinds)}
            return (await session.execute(_TAKE, values)).one_or_none()

    async def _carry_out(self, taken: Row[Any]) -> None:
        work = Work(
            taken.id, taken.kind, taken.parameters, taken.asked_by, taken.attempts, self._settings, self._database
        )
        tracing.correlation_id.set(taken.correlation_id)
        structlog.contextvars.bind_contextvars(request_id=taken.correlation_id, job=str(work.id))
        if work.attempt > ATTEMPTS:
            await self._finish(work, "failed", error=f"Given up: {ATTEMPTS} attempts were interrupted.")
            return
        log.info("job begins", kind=work.kind, attempt=work.attempt)
        task = asyncio.ensure_future(self._kinds[work.kind](work))
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=min(1.0, self.lease_seconds / 5))
                if not task.done() and not await self._hold(work):
                    log.warning("job was taken by another worker", kind=work.kind)
                    return
        except asyncio.CancelledError:
            await _end(task)
            await self._put_back(work)
            raise
        finally:
            await _end(task)
        await self._settle(work, task)

    async def _settle(self, work: Work, task: "asyncio.Future[dict[str, Any]]") -> None:
        # Interrupted from outside, as by a connection that broke: it is begun anew when the lease has run out.
        if task.cancelled() or ((error := task.exception()) is not None and is_infrastructure_error(error)):
            log.warning("job interrupted", kind=work.kind)
        elif isinstance(error, JobFailed):
            log.warning("job failed", kind=work.kind, error=str(error))
            await self._finish(work, "failed", error=str(error))
        elif error is not None:
            log.error("job failed", kind=work.kind, exc_info=error)
            await self._finish(work, "failed", error="Something went wrong on our side; the worker's log says what.")
        else:
            log.info("job done", kind=work.kind)
            await self._finish(work, "done", result=task.result())

    async def _hold(self, work: Work) -> bool:
        """Say that this worker lives and how far it is; False when the job is somebody else's by now."""
        try:
            async with self._database.transaction() as session:
                values = {**_mine(work), "lease": self.lease_seconds, "progress": _progress(work)}
                return await session.scalar(_HOLD, values) is not None
        except Exception as error:
            if not is_infrastructure_error(error):
                raise
            # Nobody else gets at the job either.
            return True

    async def _put_back(self, work: Work) -> None:
        """So that another worker needn't wait until the lease has run out."""
        try:
            async with self._database.transaction() as session:
                await session.execute(_PUT_BACK, _mine(work))
        except Exception as error:
            log.warning("job not put back", kind=work.kind, error=str(error))

    async def _finish(
        self, work: Work, state: str, *, result: dict[str, Any] | None = None, error: str | None = None
    ) -> None:
        """With a line in the audit log, which keeps the figures of the result when the job is forgotten."""
        async with self._database.transaction() as session:
            values = {
                **_mine(work),
                "state": state,
                "result": None if result is None else json.dumps(result),
                "error": error,
                "progress": _progress(work),
            }
            if await session.scalar(_FINISH, values) is None:
                log.warning("job was taken by another worker", kind=work.kind)
                return
            figures = {name: value for name, value in (result or {}).items() if isinstance(value, int | str)}
            await audit.record(
                session,
                action=f"operations.job_{state}",
                actor=work.asked_by,
                subject=work.id,
                after={"kind": work.kind, **figures, **({"error": error} if error else {})},
            )


def _mine(work: Work) -> dict[str, Any]:
    return {"id": work.id, "attempt": work.attempt}


def _progress(work: Work) -> str | None:
    return None if work.progress is None else work.progress.model_dump_json()


async def _end(task: "asyncio.Future[dict[str, Any]]") -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
