"""Sessions that aren't known here yet, read once from catalog: a session can be booked the moment it was made."""

import asyncio
from typing import Annotated
from uuid import UUID

import httpx
from fastapi import Depends, Request
from prometheus_client import Counter
from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from booking.sessions import service
from booking.sessions.schemas import CreatorNames, SessionFacts
from shared.db import Database
from shared.errors import Unavailable
from shared.logging import get_logger
from shared.tracing import correlation_id

log = get_logger(__name__)

READ_THROUGH = Counter(
    "booking_session_read_through_total", "Sessions asked of catalog because they weren't known here", ["result"]
)
_REMEMBERED = 100_000


class _Answer(BaseModel):
    version: int
    session: dict[str, object]
    creator: CreatorNames | None = None


class ReadThrough:
    """Asks catalog for unknown sessions only, and never inside a transaction."""

    def __init__(self, database: Database, client: httpx.AsyncClient) -> None:
        self._database = database
        self._client = client
        self._known: set[UUID] = set()
        self._fetching: dict[UUID, asyncio.Task[None]] = {}

    async def knows(self, db: AsyncSession, session_id: UUID) -> bool:
        """Whether the replica has the session, deleted or not. Rows never go, so a yes is remembered."""
        if session_id in self._known:
            return True
        if not await service.is_known(db, session_id):
            return False
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known.add(session_id)
        return True

    async def fetch(self, session_id: UUID) -> None:
        """Read a session from catalog and store it, if there is one. Raises Unavailable when catalog isn't there.

        Requests that miss the same session together share one reading.
        """
        reading = self._fetching.get(session_id)
        if reading is None:
            reading = self._fetching[session_id] = asyncio.create_task(self._fetch(session_id))
            reading.add_done_callback(lambda _: self._fetching.pop(session_id))
        # Shielded: who goes away takes nothing from those who still wait.
        await asyncio.shield(reading)

    async def _fetch(self, session_id: UUID) -> None:
        async with self._database.transaction() as db:
            # Who missed it just before another reading ended finds it now.
            if await service.is_known(db, session_id):
                return
        try:
            response = await self._client.get(
                f"/internal/sessions/{session_id}/", headers={"X-Request-ID": correlation_id.get() or ""}
            )
            if response.status_code == httpx.codes.NOT_FOUND:
                READ_THROUGH.labels("unknown").inc()
                return
            response.raise_for_status()
            answer = _Answer.model_validate_json(response.content)
            facts = SessionFacts.model_validate({**answer.session, "version": answer.version})
        except (httpx.HTTPError, ValidationError) as error:
            READ_THROUGH.labels("failed").inc()
            log.warning("catalog can't be read", session_id=str(session_id), error=repr(error))
            raise Unavailable("This session can't be looked up right now. Please try again in a moment.") from error
        READ_THROUGH.labels("found").inc()
        log.info("session read through", session_id=str(session_id), version=facts.version)
        async with self._database.transaction() as db:
            await service.apply_session(db, facts, creator=answer.creator)

    async def ensure(self, session_id: UUID) -> None:
        """Make sure that the session is here if it is anywhere; for callers without a transaction of their own."""
        async with self._database.transaction() as db:
            known = await self.knows(db, session_id)
        if not known:
            await self.fetch(session_id)


def get_read_through(request: Request) -> ReadThrough:
    read_through: ReadThrough = request.app.state.read_through
    return read_through


ReadThroughDep = Annotated[ReadThrough, Depends(get_read_through)]
