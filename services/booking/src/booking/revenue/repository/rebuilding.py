"""The steps of the rebuild: functions of the schema's owner that the service's role may call (0003_rebuild.sql)."""

from dataclasses import dataclass
from typing import Any

import psycopg

Connection = psycopg.AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class Read:
    """How much of the bookings has been read."""

    bookings: int
    entries: int
    complete: bool


async def try_lock(connection: Connection) -> bool:
    """For as long as the connection lasts; False when another rebuild, or a migration, has it."""
    return bool(await _scalar(connection, "SELECT pg_try_advisory_lock(hashtext('migrate booking'))"))


async def count_bookings(connection: Connection) -> int:
    return int(await _scalar(connection, "SELECT count(*) FROM bookings"))


async def begin(connection: Connection) -> None:
    """Make empty shadows, and note up to where the ledger is. Raises LockNotAvailable."""
    await connection.execute("SELECT revenue_rebuild_begin()")


async def read(connection: Connection, portion: int) -> Read:
    """Project the next bookings into the shadows, as their rows say."""
    cursor = await connection.execute("SELECT * FROM revenue_rebuild_read(%s)", (portion,))
    row = await cursor.fetchone()
    assert row is not None
    return Read(*row)


async def mark(connection: Connection) -> None:
    """Note again up to where the ledger is. Raises LockNotAvailable."""
    await connection.execute("SELECT revenue_rebuild_mark()")


async def catch_up(connection: Connection) -> None:
    """Project into the shadows what has come into the ledger since the mark before."""
    await connection.execute("SELECT revenue_rebuild_catch_up()")


async def swap(connection: Connection) -> int:
    """Put the shadows in the tables' places; returns the number of entries. Raises LockNotAvailable."""
    return int(await _scalar(connection, "SELECT revenue_rebuild_swap()"))


async def _scalar(connection: Connection, statement: str) -> Any:
    row = await (await connection.execute(statement)).fetchone()
    assert row is not None
    return row[0]
