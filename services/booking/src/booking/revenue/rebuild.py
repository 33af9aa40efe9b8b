"""Rebuilding the projection while it is in use: from the bookings into shadow tables, which then take its place."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import psycopg

from booking.revenue.repository import rebuilding
from shared.db import conninfo
from shared.settings import ServiceSettings

PORTION = 5000
_ATTEMPTS = 60  # to get a lock that others hold, a second apart

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild is."""

    bookings: int
    total: int  # bookings when it began
    entries: int
    swapped: bool = False

    def __str__(self) -> str:
        if self.swapped:
            return f"swapped, with {self.entries} entries"
        return f"{self.bookings} bookings read, {self.entries} entries made"


Tell = Callable[[Progress], None]


class RebuildRunning(Exception):
    """Another rebuild, or a migration, runs."""


async def rebuild(settings: ServiceSettings, tell: Tell, *, portion: int = PORTION) -> int:
    """Make ledger and sums anew from the bookings; returns the number of entries. `tell` hears how far it is.

    Events go on being projected into the tables in use, and figures are read there. Whatever has reached the ledger
    up to a mark was committed with its booking before, so that the bookings read afterwards tell of it; what comes
    after the mark is added from the ledger in the end, while the projecting waits. An event that comes after the swap
    finds its entry, if the booking told of it, by booking and kind. Whoever is killed leaves nothing but shadows.
    Raises RebuildRunning.
    """
    async with await psycopg.AsyncConnection.connect(conninfo(settings), autocommit=True) as connection:
        await connection.execute("SET statement_timeout = 0")
        if not await rebuilding.try_lock(connection):
            raise RebuildRunning
        total = await rebuilding.count_bookings(connection)
        await _patiently(lambda: rebuilding.begin(connection))
        while not (done := await rebuilding.read(connection, portion)).complete:
            tell(Progress(done.bookings, total, done.entries))
        await _patiently(lambda: rebuilding.mark(connection))
        await rebuilding.catch_up(connection)
        entries = await _patiently(lambda: rebuilding.swap(connection))
        tell(Progress(done.bookings, total, entries, swapped=True))
        return entries


async def _patiently(attempt: Callable[[], Awaitable[T]]) -> T:
    """Again while somebody else holds the locks."""
    for remaining in reversed(range(_ATTEMPTS)):
        try:
            return await attempt()
        except psycopg.errors.LockNotAvailable:
            if not remaining:
                raise
        await asyncio.sleep(1)
    raise AssertionError
