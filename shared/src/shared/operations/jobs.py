"""Jobs: work that takes longer than a request, asked for by an operator and done by one of the service's workers."""

import json
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from uuid6 import uuid7

from shared import audit
from shared.auth import CurrentUser
from shared.clock import UtcDatetime
from shared.errors import Conflict, InvalidInput, NotFound
from shared.pagination import COUNT_CAP, Page
from shared.tracing import correlation_id


class JobRunning(Conflict):
    code, title = "job_running", "Such a job waits or runs already"


class JobNotFound(NotFound):
    title = "There is no such job"


class Progress(BaseModel):
    """How far a job is."""

    step: str = Field(description="What is being done")
    done: int
    total: int | None = Field(description="None where nobody knows it beforehand")


class Job(BaseModel):
    """Work for a worker of the service. It survives the worker that does it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str = Field(examples=["replicas.check", "replicas.resync", "dead_letters.resend", "revenue.rebuild"])
    parameters: dict[str, Any]
    state: Literal["waiting", "running", "done", "failed"]
    progress: Progress | None
    result: dict[str, Any] | None = Field(description="What came of it, when it is done")
    error: str | None = Field(description="Why it failed")
    reason: str
    asked_by: UUID
    attempts: int = Field(description="How many workers have begun it; more than one when a worker died")
    created_at: UtcDatetime
    started_at: UtcDatetime | None
    finished_at: UtcDatetime | None


_ROW = (
    "id, kind, parameters, state, progress, result, error, reason, asked_by, attempts, created_at, started_at,"
    " finished_at"
)
_INSERT = text(
    f"""
    INSERT INTO jobs (id, kind, parameters, reason, asked_by, correlation_id)
    VALUES (:id, :kind, CAST(:parameters AS jsonb), :reason, :asked_by, :correlation_id)
    ON CONFLICT (kind) WHERE state IN ('waiting', 'running') DO NOTHING RETURNING {_ROW}
    """
)
_UNFINISHED = text("SELECT id FROM jobs WHERE kind = :kind AND state IN ('waiting', 'running')")
_FIND = text(f"SELECT {_ROW} FROM jobs WHERE id = :id")
_LIST = text(
    f"""
    SELECT {_ROW} FROM jobs
    WHERE (CAST(:kind AS text) IS NULL OR kind = :kind) AND (CAST(:before AS uuid) IS NULL OR id < :before)
    ORDER BY id DESC OFFSET :offset LIMIT :limit
    """
)
_COUNT = text(
    f"""
    SELECT count(*)
    FROM (SELECT FROM jobs WHERE CAST(:kind AS text) IS NULL OR kind = :kind LIMIT {COUNT_CAP + 1}) AS capped
    """
)


async def ask(
    session: AsyncSession, kind: str, *, by: CurrentUser, reason: str, parameters: Mapping[str, Any] | None = None
) -> Job:
    """Ask for a job; a worker takes it within seconds. Raises JobRunning when one of its kind isn't finished."""
    values = {
        "id": UUID(bytes=uuid7().bytes),
        "kind": kind,
        "parameters": json.dumps(dict(parameters or {})),
        "reason": reason,
        "asked_by": by.id,
        "correlation_id": correlation_id.get(),
    }
    row = (await session.execute(_INSERT, values)).one_or_none()
    if row is None:
        other = await session.scalar(_UNFINISHED, {"kind": kind})
        raise JobRunning("Wait for its end, then ask again.", extra={"job": str(other)} if other else None)
    job = Job.model_validate(row)
    await audit.record(
        session,
        action="operations.job_requested",
        actor=by.id,
        subject=job.id,
        after={"kind": kind, "parameters": job.parameters},
        reason=reason,
    )
    return job


async def find(session: AsyncSession, job_id: UUID) -> Job:
    """Raises JobNotFound."""
    row = (await session.execute(_FIND, {"id": job_id})).one_or_none()
    if row is None:
        raise JobNotFound("Jobs are forgotten 90 days after their end.")
    return Job.model_validate(row)


async def find_all(session: AsyncSession, kind: str | None, page: Page) -> tuple[list[Job], dict[str, str]]:
    """Newest first, of one kind or of all, and the headers of the page."""
    values = {"kind": kind, "before": _before(page), "offset": page.offset, "limit": page.size + 1}
    rows = (await session.execute(_LIST, values)).all()
    shown = rows[: page.size]
    total = await session.scalar(_COUNT, {"kind": kind}) or 0
    headers = page.headers(total, next_cursor=[str(shown[-1].id)] if len(rows) > page.size else None)
    return [Job.model_validate(row) for row in shown], headers


def _before(page: Page) -> UUID | None:
    match page.cursor:
        case None | []:
            return None
        case [str() as job_id]:
            try:
                return UUID(job_id)
            except ValueError:
                pass
    raise InvalidInput(errors={"cursor": ["Use the cursor of a `next` link"]})
