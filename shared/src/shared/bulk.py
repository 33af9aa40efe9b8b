"""One use case for many rows: each in a transaction of its own; what one is refused for stops no other."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit import Reason
from shared.auth import CurrentUser
from shared.db import Database
from shared.errors import AppError, Conflict
from shared.idempotency import Idempotency
from shared.schemas import Body, without_default

# The request's own transaction, which holds its idempotency key, waits for all the others.
_WAIT = text("SET LOCAL idle_in_transaction_session_timeout = '5min'")

Command = Callable[[AsyncSession, UUID], Awaitable[object]]


class Unchanged(Conflict):
    code, title = "unchanged", "It is what it should be already"


class BulkRequest(Body):
    ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    reason: Reason = ""
    dry_run: bool = Field(
        default=False, description="Change nothing, only tell what would be done", json_schema_extra=without_default
    )


class Skipped(BaseModel):
    id: UUID
    code: str = Field(description="As in a problem document")
    detail: str


class BulkResult(BaseModel):
    done: int
    skipped: list[Skipped] = Field(description="What was refused, and why; all others are done")


class _Undo(Exception):
    """Takes a transaction back."""


async def each(database: Database, ids: Sequence[UUID], command: Command, *, dry_run: bool) -> BulkResult:
    """Run a command for each of the ids. With `dry_run` each is taken back, and told all the same."""
    result = BulkResult(done=0, skipped=[])
    for row_id in dict.fromkeys(ids):
        try:
            async with database.transaction() as session:
                await command(session, row_id)
                if dry_run:
                    raise _Undo
        except _Undo:
            pass
        except AppError as refusal:
            if refusal.status >= 500:
                raise
            detail = refusal.detail or refusal.advice
            result.skipped.append(Skipped(id=row_id, code=refusal.code, detail=f"{refusal.title}. {detail}"))
            continue
        result.done += 1
    return result


async def answer(
    session: AsyncSession,
    database: Database,
    user: CurrentUser,
    idempotency: Idempotency,
    body: BulkRequest,
    command: Command,
) -> Response:
    """A BulkResult, the same again for a repeat with the same key. What a repeat finds done it doesn't do twice."""
    await session.execute(_WAIT)

    async def run() -> BulkResult:
        return await each(database, body.ids, command, dry_run=body.dry_run)

    return await idempotency.run(session, user, run, status_code=200)
