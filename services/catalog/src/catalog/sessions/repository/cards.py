"""The read model: one row per session with its JSON as clients get it.

Reads go through psycopg itself, one statement each: this is the hottest path of the whole system, and the ORM costs
several times what the database does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.base import Connection
from catalog.sessions.models import Card, Listed
from shared.pagination import COUNT_CAP

_LOCK = text("SELECT id FROM sessions WHERE id = ANY (:ids) ORDER BY id FOR UPDATE")
# `before` sees what was there when the statement began; the sessions' locks keep that true until its end.
_REFRESH = text(
    """
    WITH source AS MATERIALIZED (
        SELECT s.id, s.creator_id, s.status, s.category, s.price, s.duration, s.title, s.description, s.created_at,
            s.version, s.status = 'active' AND u.is_active AND u.role IN ('creator', 'admin') AS is_public,
            coalesce(b.confirmed, 0) AS bookings_count,
            concat_ws(' ', u.username, u.first_name, u.last_name, c.name) AS around,
            (SELECT row_to_json(card)::text FROM (SELECT
                s.id, s.title, s.description, s.duration, s.price::text AS price, s.currency, s.max_participants,
                s.status, s.image_url, s.category, s.timezone, s.location, s.schedule::json AS schedule,
                (SELECT row_to_json(creator) FROM (
                    SELECT u.id, u.username, u.first_name, u.last_name, u.avatar
                ) AS creator) AS creator_details,
                coalesce(b.confirmed, 0) AS bookings_count,
                rfc3339(s.created_at) AS created_at, rfc3339(s.updated_at) AS updated_at
            ) AS card) AS card
        FROM sessions AS s
        JOIN users AS u ON u.id = s.creator_id
        LEFT JOIN categories AS c ON c.slug = s.category
        LEFT JOIN booking_counts AS b ON b.session_id = s.id
        WHERE s.id = ANY (:ids) AND s.deleted_at IS NULL
    ), before AS (
        SELECT session_id, category, is_public FROM session_cards WHERE session_id = ANY (:ids)
    ), removed AS (
        DELETE FROM session_cards WHERE session_id = ANY (:ids) AND session_id NOT IN (SELECT id FROM source)
    ), written AS (
        INSERT INTO session_cards (session_id, creator_id, status, is_public, category, price, duration,
            bookings_count, created_at, title_key, names, words, etag, card)
        SELECT id, creator_id, status, is_public, category, price, duration, bookings_count, created_at,
            lower(unaccent(title)),
            lower(unaccent(title || ' ' || around)),
            setweight(to_tsvector('english', unaccent(title)) || to_tsvector('simple', unaccent(title)), 'A')
            || setweight(to_tsvector('english', unaccent(around)) || to_tsvector('simple', unaccent(around)), 'B')
            || setweight(to_tsvector('english', unaccent(description)), 'D'),
            version || '-' || left(md5(card), 16),
            card
        FROM source
        ON CONFLICT (session_id) DO UPDATE SET creator_id = excluded.creator_id, status = excluded.status,
            is_public = excluded.is_public, category = excluded.category, price = excluded.price,
            duration = excluded.duration, bookings_count = excluded.bookings_count, created_at = excluded.created_at,
            title_key = excluded.title_key, names = excluded.names, words = excluded.words, etag = excluded.etag,
            card = excluded.card
    )
    INSERT INTO public_counts (category, sessions)
    SELECT category, sum(change) FROM (
        SELECT coalesce(category, '') AS category, 1 AS change FROM source WHERE is_public
        UNION ALL
        SELECT coalesce(category, ''), -1 FROM before WHERE is_public
    ) AS changes
    GROUP BY category HAVING sum(change) <> 0 ORDER BY category
    ON CONFLICT (category) DO UPDATE SET sessions = public_counts.sessions + excluded.sessions
    """
)
_RECOUNT = (
    # Readers go on; whoever changes a card waits.
    text("LOCK TABLE session_cards IN SHARE ROW EXCLUSIVE MODE"),
    text("DELETE FROM public_counts"),
    text(
        """
        INSERT INTO public_counts (category, sessions)
        SELECT coalesce(category, ''), count(*) FROM session_cards WHERE is_public GROUP BY 1
        """
    ),
)
_ALL_IDS = text("SELECT id FROM sessions WHERE id > :after ORDER BY id LIMIT :limit")

_ONE = """
    SELECT card, etag, is_public, creator_id FROM session_cards WHERE session_id = %s
"""
_SOME = "SELECT session_id, card, etag FROM session_cards WHERE session_id = ANY (%s)"
_OF_CREATOR = """
    SELECT card, etag FROM session_cards WHERE creator_id = %s AND is_public
    ORDER BY created_at DESC, session_id DESC LIMIT %s
"""
_COUNT_OF_CREATOR = "SELECT count(*) FROM session_cards WHERE creator_id = %s AND is_public"
_CATEGORIES = """
    SELECT c.slug, c.name, coalesce(n.sessions, 0) FROM categories AS c
    LEFT JOIN public_counts AS n ON n.category = c.slug
    WHERE c.is_suggested OR n.sessions > 0 ORDER BY c.name, c.slug
"""

# What a list can be ordered by, and the column that holds it.
COLUMNS = {
    "price": "price",
    "duration": "duration",
    "created_at": "created_at",
    "title": "title_key",
    "popularity": "bookings_count",
}


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions on session_cards, from constants only; values are bound by name."""

    conditions: tuple[str, ...]
    values: dict[str, Any]
    summary: str | None = None  # a cheap count of the same rows, where there is one

    @property
    def sql(self) -> str:
        return " AND ".join(self.conditions)

    def narrowed(self, condition: str, **values: Any) -> "Where":
        return Where((*self.conditions, condition), {**self.values, **values})

    @property
    def count(self) -> str:
        """An expression that counts the rows, up to one more than is ever told."""
        if self.summary is not None:
            return self.summary
        return f"(SELECT count(*) FROM (SELECT FROM session_cards WHERE {self.sql} LIMIT {COUNT_CAP + 1}) AS capped)"


async def lock(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Lock the sessions' rows, always in the same order.

    To be done in a statement before `refresh`: two transactions that render the same card then follow each other,
    and the later one sees what the earlier wrote. A writer that holds the rows already needs no call.
    """
    await session.execute(_LOCK, {"ids": list(ids)})


async def refresh(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Render the cards of these sessions as the tables now are. The caller holds the sessions' rows."""
    await session.execute(_REFRESH, {"ids": list(ids)})


async def ids_after(session: AsyncSession, after: UUID, limit: int) -> list[UUID]:
    """For walking all sessions in portions."""
    return list(await session.scalars(_ALL_IDS, {"after": after, "limit": limit}))


async def recount(session: AsyncSession) -> None:
    """Make the summary of public sessions from the cards."""
    for statement in _RECOUNT:
        await session.execute(statement)


async def one(connection: Connection, session_id: UUID) -> Card | None:
    cursor = await connection.cursor(binary=True).execute(_ONE, (session_id,))
    row = await cursor.fetchone()
    return None if row is None else Card(*row)


async def some(connection: Connection, ids: Sequence[UUID]) -> tuple[list[str], list[str]]:
    """Cards and ETags in the order of the ids; what has gone meanwhile is left out."""
    cursor = await connection.cursor(binary=True).execute(_SOME, (list(ids),))
    found = {row[0]: row for row in await cursor.fetchall()}
    rows = [found[session_id] for session_id in ids if session_id in found]
    return [row[1] for row in rows], [row[2] for row in rows]


async def of_creator(connection: Connection, creator_id: UUID, limit: int) -> Listed:
    """A creator's public cards, newest first."""
    cursor = await connection.cursor(binary=True).execute(_OF_CREATOR, (creator_id, limit))
    rows = await cursor.fetchall()
    total = len(rows)
    if total == limit:
        cursor = await connection.cursor(binary=True).execute(_COUNT_OF_CREATOR, (creator_id,))
        total = (await cursor.fetchone() or (total,))[0]
    return Listed([row[0] for row in rows], [row[1] for row in rows], total)


async def categories(connection: Connection) -> list[tuple[str, str, int]]:
    cursor = await connection.cursor(binary=True).execute(_CATEGORIES)
    return [(slug, name, int(count)) for slug, name, count in await cursor.fetchall()]


async def page(
    connection: Connection,
    where: Where,
    ordering: str,
    *,
    size: int,
    offset: int = 0,
    after: tuple[Any, UUID] | None = None,
) -> Listed:
    """One page by an ordering like `-price`, by offset or after the key of a row."""
    column = COLUMNS[ordering.removeprefix("-")]
    direction, beyond = ("DESC", "<") if ordering.startswith("-") else ("ASC", ">")
    start, values = where.sql, dict(where.values)
    if after is not None:
        start += f" AND ({column}, session_id) {beyond} (%(after_key)s, %(after_id)s)"
        values |= {"after_key": after[0], "after_id": after[1]}
    # The count stands beside the page, so that there is a row also when the page is empty. One row more than asked for
    # tells whether more follow.
    statement = f"""
        SELECT counted.total, p.card, p.etag, p.key, p.session_id
        FROM (SELECT {where.count} AS total) AS counted
        LEFT JOIN (
            SELECT card, etag, {column} AS key, session_id FROM session_cards WHERE {start}
            ORDER BY {column} {direction}, session_id {direction} LIMIT %(size)s + 1 OFFSET %(offset)s
        ) AS p ON true
        ORDER BY p.key {direction}, p.session_id {direction}
    """
    cursor = await connection.cursor(binary=True).execute(statement, {**values, "size": size, "offset": offset})
    found = await cursor.fetchall()
    rows = [row for row in found if row[1] is not None]
    last = (rows[size - 1][3], rows[size - 1][4]) if len(rows) > size else None
    rows = rows[:size]
    return Listed([row[1] for row in rows], [row[2] for row in rows], int(found[0][0]), last)


async def count(connection: Connection, where: Where) -> int:
    cursor = await connection.cursor(binary=True).execute(f"SELECT {where.count}", where.values)
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])
