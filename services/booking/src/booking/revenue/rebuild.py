"""Rebuilding the projection while it is in use: from the bookings into shadow tables, which then take its place."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import psycopg

from booking.revenue.repository import rebuilding
from shared.db import conninfo
from shared.settings import ServiceSettings

PORTION = 5000
_ATTEMPTS = 60  # to get a lock that others hold, a second apart

Say = Callable[[str], None]


class RebuildRunning(Exception):
    """Another rebuild, or a migration, runs."""


async def rebuild(settings: ServiceSettings, say: Say, *, portion: int = PORTION) -> int:
    """Make ledger and sums anew from the bookings; returns the number of entries. `say` is told how far it is.

    Events go on being projected into the tables in use, and figures are read there. Whatever has reached the ledger
    up to a mark was committed with its booking before, so that the bookings read afterwards tell of it; what comes
    after the mark is added from the ledger in the end, while the projecting waits. An event that comes after the swap
    finds its entry, if the booking told of it, by booking and kind. Whoever is killed leaves nothing but shadows.
    Raises RebuildRunning.
    """
    async with await psycopg.AsyncConnection.connect(conninfo(settings, owner=True), autocommit=True) as connection:
        await connection.execute("SET statement_timeout = 0")
        if not await rebuilding.try_lock(connection):
            raise RebuildRunning
        await rebuilding.make_shadows(connection)
        mark = await _mark(connection)
        entries, bookings, after = 0, 0, UUID(int=0)
        while ids := await rebuilding.portion(connection, after, portion):
            entries += await rebuilding.fill(connection, after, ids[-1])
            bookings, after = bookings + len(ids), ids[-1]
            say(f"{bookings} bookings read, {entries} entries made")
        await rebuilding.analyze(connection)
        # Most of what came meanwhile, so that little is left for the moment in which the projecting waits.
        later_mark = await _mark(connection)
        entries += await rebuilding.catch_up(connection, mark)

        async def swap() -> int:
            await rebuilding.hold_projecting(connection)
            late = await rebuilding.catch_up(connection, later_mark)
            await rebuilding.swap(connection)
            return late

        entries += await _patiently(connection, swap)
        say(f"swapped, with {entries} entries")
        return entries


async def _mark(connection: rebuilding.Connection) -> int:
    """An entry up to which everything is in the ledger."""

    async def look() -> int:
        await rebuilding.hold_projecting(connection)
        return await rebuilding.last_entry(connection)

    return await _patiently(connection, look)


async def _patiently(connection: rebuilding.Connection, attempt: Callable[[], Awaitable[int]]) -> int:
    """In one transaction, again while somebody else holds the locks."""
    for remaining in reversed(range(_ATTEMPTS)):
        try:
            async with connection.transaction():
                return await attempt()
        except psycopg.errors.LockNotAvailable:
            if not remaining:
                raise
        await asyncio.sleep(1)
    raise AssertionError
