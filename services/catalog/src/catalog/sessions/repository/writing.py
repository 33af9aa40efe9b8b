"""The write model: sessions, categories, bookings counted."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.sessions.models import Session

_ADD_CATEGORY = text("INSERT INTO categories (slug, name) VALUES (:slug, :name) ON CONFLICT DO NOTHING")
# The sessions' rows are locked by then, so no other event of their bookings comes between reading and writing a mark.
_MARK = text(
    """
    WITH given AS (
        SELECT DISTINCT ON (booking_id) booking_id, session_id, version, status
        FROM unnest(
            CAST(:bookings AS uuid[]), CAST(:sessions AS uuid[]), CAST(:versions AS bigint[]), CAST(:statuses AS text[])
        ) AS g (booking_id, session_id, version, status)
        ORDER BY booking_id, version DESC
    ), before AS (
        SELECT booking_id, status FROM booking_marks WHERE booking_id IN (SELECT booking_id FROM given)
    ), mark AS (
        INSERT INTO booking_marks AS m (booking_id, session_id, version, status)
        SELECT booking_id, session_id, version, status FROM given
        ON CONFLICT (booking_id) DO UPDATE SET
            session_id = excluded.session_id, version = excluded.version, status = excluded.status
        WHERE m.version < excluded.version
        RETURNING booking_id, session_id, status
    ), change AS (
        SELECT session_id,
            sum((mark.status = 'confirmed')::int - coalesce((before.status = 'confirmed')::int, 0)) AS by
        FROM mark LEFT JOIN before USING (booking_id)
        GROUP BY session_id
    )
    INSERT INTO booking_counts AS c (session_id, confirmed)
    SELECT session_id, by FROM change WHERE by <> 0
    ON CONFLICT (session_id) DO UPDATE SET confirmed = c.confirmed + excluded.confirmed
    RETURNING session_id
    """
)

# A mark and its count change in one transaction, so that one statement sees them agree unless something is wrong.
_MISCOUNTED = text(
    """
    SELECT session_id
    FROM (SELECT session_id, count(*) AS confirmed FROM booking_marks WHERE status = 'confirmed' GROUP BY 1) AS m
    FULL JOIN booking_counts AS c USING (session_id)
    WHERE coalesce(m.confirmed, 0) <> coalesce(c.confirmed, 0)
    """
)
_COUNT_ANEW = text(
    """
    INSERT INTO booking_counts (session_id, confirmed)
    SELECT w.id, count(m.booking_id)
    FROM unnest(CAST(:ids AS uuid[])) AS w (id)
    LEFT JOIN booking_marks AS m ON m.session_id = w.id AND m.status = 'confirmed'
    GROUP BY w.id
    ON CONFLICT (session_id) DO UPDATE SET confirmed = excluded.confirmed
    """
)
_TAKE_TIME = text("SET LOCAL statement_timeout = '5min'")


async def get(session: AsyncSession, session_id: UUID) -> Session | None:
    """Also a deleted one."""
    return await session.get(Session, session_id, populate_existing=True)


async def get_for_update(session: AsyncSession, session_id: UUID) -> Session | None:
    """One that isn't deleted; its row stays locked until the commit."""
    statement = select(Session).where(Session.id == session_id, Session.deleted_at.is_(None)).with_for_update()
    return await session.scalar(statement, execution_options={"populate_existing": True})


async def add(session: AsyncSession, row: Session) -> None:
    session.add(row)
    await session.flush()


async def change(session: AsyncSession, session_id: UUID, values: dict[str, Any]) -> Session:
    """Set the values and take the next version, which the row's lock makes the order of commits."""
    statement = (
        update(Session)
        .where(Session.id == session_id)
        .values(**values, version=Session.version + 1)
        .returning(Session)
        .execution_options(populate_existing=True, synchronize_session=False)
    )
    return (await session.scalars(statement)).one()


async def ids_of_creator(session: AsyncSession, creator_id: UUID) -> list[UUID]:
    """Those that have a card."""
    statement = select(Session.id).where(Session.creator_id == creator_id, Session.deleted_at.is_(None))
    return list(await session.scalars(statement))


async def of_creator(session: AsyncSession, creator_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Session]:
    """Theirs, deleted ones as well, oldest first."""
    statement = select(Session).where(Session.creator_id == creator_id).order_by(Session.id).limit(limit)
    if after is not None:
        statement = statement.where(Session.id > after)
    return (await session.scalars(statement)).all()


async def add_category(session: AsyncSession, slug: str, name: str) -> None:
    await session.execute(_ADD_CATEGORY, {"slug": slug, "name": name})


async def mark_bookings(session: AsyncSession, marks: Sequence[tuple[UUID, UUID, int, str]]) -> list[UUID]:
    """Count bookings as these say: (booking, session, version, status). Returns the sessions whose count has changed.

    Lock the sessions first.
    """
    bookings, sessions, versions, statuses = map(list, zip(*marks, strict=True))
    values = {"bookings": bookings, "sessions": sessions, "versions": versions, "statuses": statuses}
    return list(await session.scalars(_MARK, values))


async def miscounted(session: AsyncSession) -> list[UUID]:
    """Sessions whose count isn't the number of their confirmed marks."""
    await session.execute(_TAKE_TIME)
    return list(await session.scalars(_MISCOUNTED))


async def count_anew(session: AsyncSession, ids: list[UUID]) -> None:
    """Lock the sessions first."""
    await session.execute(_COUNT_ANEW, {"ids": ids})
