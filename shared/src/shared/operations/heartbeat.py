"""A worker's sign of life: a row that it renews every few seconds with what it is doing."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import text
from uuid6 import uuid7

from shared.clock import utcnow
from shared.db import Database
from shared.logging import get_logger
from shared.web import is_infrastructure_error

log = get_logger(__name__)

BEAT_SECONDS = 5.0
_BEAT = text(
    """
    INSERT INTO workers (id, version, started_at, seen_at, leads, consuming, in_hand, failing, lag_seconds)
    VALUES (:id, :version, :started_at, clock_timestamp(), :leads, :consuming, :in_hand, :failing, :lag_seconds)
    ON CONFLICT (id) DO UPDATE SET
        seen_at = excluded.seen_at, leads = excluded.leads, consuming = excluded.consuming,
        in_hand = excluded.in_hand, failing = excluded.failing, lag_seconds = excluded.lag_seconds
    """
)
_LEAVE = text("DELETE FROM workers WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a worker is doing."""

    leads: bool
    consuming: bool | None  # None without a queue
    in_hand: int  # messages
    failing: int  # aggregates whose events the broker didn't take
    lag_seconds: float | None  # the longest that an event took since the last sign of life; None: there was none


class Heartbeat:
    """Writes the row."""

    def __init__(self, database: Database, version: str, pulse: Callable[[], Pulse]) -> None:
        self._database = database
        self._pulse = pulse
        self._self: dict[str, Any] = {
            "id": UUID(bytes=uuid7().bytes),
            "version": version,
            "started_at": utcnow(),
        }

    async def run(self) -> NoReturn:
        """Until cancelled. A beat that the database misses is left out."""
        while True:
            await self._execute(_BEAT, {**self._self, **asdict(self._pulse())})
            await asyncio.sleep(BEAT_SECONDS)

    async def leave(self) -> None:
        """Take the row away: this worker ends as it should."""
        await self._execute(_LEAVE, {"id": self._self["id"]})

    async def _execute(self, statement: Any, values: dict[str, Any]) -> None:
        try:
            async with self._database.transaction() as session:
                await session.execute(statement, values)
        except Exception as error:
            if not is_infrastructure_error(error):
                raise
            log.warning("no sign of life: the database is away", error=str(error))
