"""Statements of the rebuild, on a connection of the schema's owner: structure is nothing for the run-time role."""

from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from booking.revenue.repository.projection import FROM_BOOKINGS, SHADOW, TABLES, projecting

Connection = psycopg.AsyncConnection[Any]

# The lock of `migrate`: neither another rebuild nor a migration runs meanwhile.
_LOCK = "SELECT pg_try_advisory_lock(hashtext('migrate booking'))"
_PORTION = "SELECT id FROM bookings WHERE id > %s ORDER BY id LIMIT %s"
# A row keeps its id and its event's id, so that links into the ledger stay good. Where there is none, the event's id
# comes from the outbox, or, when that has forgotten it, from what it says.
_FILL = projecting(
    f"""
    SELECT coalesce(l.id, nextval(pg_get_serial_sequence('revenue_ledger', 'id'))) AS id,
        coalesce(l.event_id, o.event_id, md5(b.booking_id || b.kind)::uuid) AS event_id,
        b.booking_id, b.creator_id, b.session_id, b.kind, b.amount, b.currency, b.day, b.booked_day, b.starts_at,
        b.occurred_at
    FROM ({FROM_BOOKINGS} AND b.id > %(after)s AND b.id <= %(until)s) AS b
    LEFT JOIN revenue_ledger AS l ON l.booking_id = b.booking_id AND l.kind = b.kind
    LEFT JOIN outbox AS o
        ON o.aggregate_type = 'booking' AND o.aggregate_id = b.booking_id AND o.type = b.type
    """,
    shadow=True,
)
_CATCH_UP = projecting("SELECT * FROM revenue_ledger WHERE id > %(after)s", shadow=True)
_LAST = "SELECT coalesce(max(id), 0) FROM revenue_ledger"
_INDEXES = """
    SELECT c.relname, substring(pg_get_indexdef(i.indexrelid) FROM ' USING .*')
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = %s::regclass
"""


async def try_lock(connection: Connection) -> bool:
    """For as long as the connection lasts; False when somebody else has it."""
    return bool(await _scalar(connection, _LOCK))


async def make_shadows(connection: Connection) -> None:
    """Empty ones, in the place of those that a rebuild before may have left."""
    for table in TABLES:
        await connection.execute(f"DROP TABLE IF EXISTS {table}{SHADOW}")
        await connection.execute(f"CREATE TABLE {table}{SHADOW} (LIKE {table} INCLUDING ALL)")
    await connection.execute(f"REVOKE UPDATE, DELETE ON revenue_ledger{SHADOW} FROM booking")


async def hold_projecting(connection: Connection) -> None:
    """No event is being projected until the transaction ends; figures can be read. Raises LockNotAvailable.

    Ids become visible in another order than they are given; under this lock everything up to the last one is there.
    """
    await connection.execute("SET LOCAL lock_timeout = '2s'")
    await connection.execute(f"LOCK TABLE {', '.join(TABLES)} IN SHARE ROW EXCLUSIVE MODE")


async def last_entry(connection: Connection) -> int:
    return int(await _scalar(connection, _LAST))


async def portion(connection: Connection, after: UUID, size: int) -> list[UUID]:
    """The next bookings by id."""
    cursor = await connection.execute(_PORTION, (after, size))
    return [row[0] for row in await cursor.fetchall()]


async def fill(connection: Connection, after: UUID, until: UUID) -> int:
    """Project bookings into the shadows, as their rows say; returns how many entries that made."""
    return int(await _scalar(connection, _FILL, {"after": after, "until": until}))


async def catch_up(connection: Connection, after: int) -> int:
    """Project into the shadows what came into the ledger after this entry; returns how many were new there."""
    return int(await _scalar(connection, _CATCH_UP, {"after": after}))


async def analyze(connection: Connection) -> None:
    for table in TABLES:
        await connection.execute(f"ANALYZE {table}{SHADOW}")


async def swap(connection: Connection) -> None:
    """Put the shadows in the tables' places, with the names of their indexes. Raises LockNotAvailable.

    The wait for readers is shorter than PostgreSQL's for a deadlock: who reads two tables in another order than they
    are locked in is let through, and this is tried again.
    """
    await connection.execute("SET LOCAL lock_timeout = '500ms'")
    await connection.execute(f"LOCK TABLE {', '.join(TABLES)} IN ACCESS EXCLUSIVE MODE")
    await connection.execute(
        f"SELECT setval(pg_get_serial_sequence('revenue_ledger{SHADOW}', 'id'), last_value) FROM revenue_ledger_id_seq"
    )
    for table in TABLES:
        names = {shape: name for name, shape in await _indexes(connection, table)}
        await connection.execute(f"DROP TABLE {table}")
        await connection.execute(f"ALTER TABLE {table}{SHADOW} RENAME TO {table}")
        for name, shape in await _indexes(connection, table):
            rename = sql.SQL("ALTER INDEX {} RENAME TO {}")
            await connection.execute(rename.format(sql.Identifier(name), sql.Identifier(names[shape])))
    await connection.execute(f"ALTER SEQUENCE revenue_ledger{SHADOW}_id_seq RENAME TO revenue_ledger_id_seq")


async def _indexes(connection: Connection, table: str) -> list[tuple[str, str]]:
    return await (await connection.execute(_INDEXES, (table,))).fetchall()


async def _scalar(connection: Connection, statement: str, values: dict[str, Any] | None = None) -> Any:
    row = await (await connection.execute(statement, values)).fetchone()
    assert row is not None
    return row[0]
