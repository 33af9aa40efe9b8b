"""What operators make the worker do about revenue."""

import asyncio
from typing import Any

import psycopg

from booking.revenue import service
from booking.revenue.rebuild import Progress, RebuildRunning, rebuild
from shared.operations.runner import JobFailed, Kind, Work

CHECK, REBUILD = "revenue.check", "revenue.rebuild"
MOST_SHOWN = 100  # differences
_PATIENCE = 30  # seconds: a connection that a killed worker left behind may hold the lock for a moment


async def check(work: Work) -> dict[str, Any]:
    work.tell("comparing", 0)
    drift = await service.check(work.database)
    shown = drift.model_copy(update={"differences": drift.differences[:MOST_SHOWN]})
    return shown.model_dump(mode="json")


async def make_anew(work: Work) -> dict[str, Any]:
    def tell(progress: Progress) -> None:
        work.tell("reading bookings", progress.bookings, progress.total)

    for remaining in reversed(range(_PATIENCE)):
        try:
            return {"entries": await rebuild(work.settings, tell)}
        except RebuildRunning:
            if not remaining:
                raise JobFailed("Another rebuild, or a migration, runs.") from None
        except psycopg.errors.LockNotAvailable as error:
            raise JobFailed("Somebody reads the figures all the while; nothing was changed.") from error
        await asyncio.sleep(1)
    raise AssertionError


KINDS: dict[str, Kind] = {CHECK: check, REBUILD: make_anew}
