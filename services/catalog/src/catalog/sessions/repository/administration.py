"""Every session, also hidden and deleted ones, as admins list them: from the write model, by its own indexes."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Result, Row, Select, and_, collate, func, literal, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.creators.models import User
from catalog.sessions.models import BookingCount, Session
from shared import csv
from shared import ordering as by
from shared.ordering import Orderings
from shared.pagination import COUNT_CAP, Page

_MOST_CREATORS = 1000  # whose names a search may mean

ORDERINGS = Orderings(
    id=Session.id,
    columns={
        "created_at": (Session.created_at, by.moment),
        "updated_at": (Session.updated_at, by.moment),
        "title": (collate(func.lower(Session.title), "C"), by.words),
        "price": (Session.price, by.amount),
        "duration": (Session.duration, by.whole),
        "popularity": (BookingCount.confirmed, by.whole),
    },
)
_IS_PUBLIC = and_(
    Session.status == "active", Session.deleted_at.is_(None), User.is_active, User.role.in_(("creator", "admin"))
)
_SHOWN = (
    Session,
    func.jsonb_build_object(
        "id", User.id,
        "username", User.username,
        "first_name", User.first_name,
        "last_name", User.last_name,
        "avatar", User.avatar,
    ).label("creator_details"),
    BookingCount.confirmed.label("bookings_count"),
    _IS_PUBLIC.label("is_public"),
)  # fmt: skip
# The very expressions of their indexes.
_TITLE = func.lower(Session.title)
_NAMES = func.lower(User.username + " " + User.first_name + " " + User.last_name)


def living() -> ColumnElement[bool]:
    return Session.deleted_at.is_(None)


def deleted() -> ColumnElement[bool]:
    return Session.deleted_at.is_not(None)


def with_status(status: str) -> ColumnElement[bool]:
    return and_(living(), Session.status == status)


def of_creator(creator_id: UUID) -> ColumnElement[bool]:
    return Session.creator_id == creator_id


def in_category(slug: str) -> ColumnElement[bool]:
    return Session.category == slug


def priced(least: Decimal | None, most: Decimal | None) -> list[ColumnElement[bool]]:
    return _within(Session.price, least, most)


def created(start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    """From an instant on and before another."""
    return [*_within(Session.created_at, start, None), *([] if end is None else [Session.created_at < end])]


def _within(column: Any, least: Any, most: Any) -> list[ColumnElement[bool]]:
    return [*([] if least is None else [column >= least]), *([] if most is None else [column <= most])]


async def searched(session: AsyncSession, words: str) -> ColumnElement[bool]:
    """Sessions whose title has all the words, or whose creator's names do; or the one with this id."""
    wanted = words.lower().split()
    creators = select(User.id).where(*(_NAMES.contains(word, autoescape=True) for word in wanted))
    # Known before the list is read, so that the planner sees how many there are.
    ids = (await session.scalars(creators.limit(_MOST_CREATORS))).all()
    ways = [and_(*(_TITLE.contains(word, autoescape=True) for word in wanted)), Session.creator_id.in_(ids)]
    with contextlib.suppress(ValueError):
        ways.append(Session.id == UUID(words.strip()))
    return or_(*ways)


async def find_page(
    session: AsyncSession, filters: Sequence[ColumnElement[bool]], ordering: str, page: Page
) -> Sequence[Row[Any]]:
    """One page and a row more, if there is one; rows have what `ORDERINGS.cursor` needs."""
    # What is shown beside a session is looked up for the page alone.
    chosen = ORDERINGS.order(_from(select(*ORDERINGS.keys(ordering)), ordering).where(*filters), ordering, page)
    place = chosen.subquery()
    statement = select(*_SHOWN, *place.c).join(place, place.c[by.ID] == Session.id)
    statement = statement.join(User, User.id == Session.creator_id)
    statement = statement.join(BookingCount, BookingCount.session_id == Session.id)
    order = (place.c[by.KEY], place.c[by.ID])
    statement = statement.order_by(*(column.desc() if ordering.startswith("-") else column for column in order))
    found: Result[Any] = await session.execute(statement)
    return found.all()


def _from(statement: Select[Any], ordering: str) -> Select[Any]:
    statement = statement.select_from(Session)
    if ordering.removeprefix("-") == "popularity":
        statement = statement.join(BookingCount, BookingCount.session_id == Session.id)
    return statement


async def find(session: AsyncSession, session_id: UUID) -> Row[Any] | None:
    """Also a deleted one."""
    statement = select(*_SHOWN).join(User, User.id == Session.creator_id)
    statement = statement.join(BookingCount, BookingCount.session_id == Session.id).where(Session.id == session_id)
    found: Result[Any] = await session.execute(statement)
    return found.one_or_none()


async def count(session: AsyncSession, filters: Sequence[ColumnElement[bool]]) -> int:
    """Exact up to the cap, one more beyond it."""
    some = select(literal(1)).select_from(Session).where(*filters).limit(COUNT_CAP + 1).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


def every(filters: Sequence[ColumnElement[bool]], ordering: str) -> Select[Any]:
    """All rows of a list, as they stand in a file."""
    statement = select(
        Session.id.label("id"),
        csv.cell(Session.title, "title"),
        Session.status.label("status"),
        _IS_PUBLIC.label("is_public"),
        Session.price.label("price"),
        Session.currency.label("currency"),
        Session.duration.label("duration"),
        Session.max_participants.label("max_participants"),
        csv.cell(Session.category, "category"),
        csv.cell(Session.location, "location"),
        Session.timezone.label("timezone"),
        BookingCount.confirmed.label("bookings_count"),
        User.id.label("creator"),
        csv.cell(User.username, "creator_username"),
        csv.cell(User.first_name, "creator_first_name"),
        csv.cell(User.last_name, "creator_last_name"),
        csv.moment(Session.created_at, "created_at"),
        csv.moment(Session.updated_at, "updated_at"),
        csv.moment(Session.deleted_at, "deleted_at"),
    )
    statement = statement.join(User, User.id == Session.creator_id)
    statement = statement.join(BookingCount, BookingCount.session_id == Session.id).where(*filters)
    return ORDERINGS.sort(statement, ordering)


# One statement, so that all figures are of one moment.
_STATS = text(
    """
    WITH days AS MATERIALIZED (
        SELECT day, sum(created) AS created, sum(deleted) AS deleted FROM (
            SELECT (created_at AT TIME ZONE 'UTC')::date AS day, 1 AS created, 0 AS deleted
            FROM sessions
            WHERE created_at >= coalesce(CAST(:start AS timestamptz), '-infinity')
                AND created_at < coalesce(CAST(:end AS timestamptz), 'infinity')
            UNION ALL
            SELECT (deleted_at AT TIME ZONE 'UTC')::date, 0, 1
            FROM sessions
            WHERE deleted_at >= coalesce(CAST(:start AS timestamptz), '-infinity')
                AND deleted_at < coalesce(CAST(:end AS timestamptz), 'infinity')
        ) AS happened
        GROUP BY day
    ), living AS MATERIALIZED (
        SELECT id, creator_id, status, category FROM sessions WHERE deleted_at IS NULL
    )
    SELECT
        (
            SELECT jsonb_build_object(
                'total', count(*),
                'active', count(*) FILTER (WHERE status = 'active'),
                'inactive', count(*) FILTER (WHERE status = 'inactive'),
                'completed', count(*) FILTER (WHERE status = 'completed'),
                'public', (SELECT coalesce(sum(sessions), 0) FROM public_counts),
                'deleted', (SELECT count(*) FROM sessions WHERE deleted_at IS NOT NULL)
            ) FROM living
        ) AS sessions,
        (SELECT coalesce(sum(created), 0) FROM days) AS created,
        (SELECT coalesce(sum(deleted), 0) FROM days) AS deleted,
        (
            SELECT coalesce(jsonb_agg(
                jsonb_build_object('date', day::text, 'created', created, 'deleted', deleted) ORDER BY day
            ), '[]') FROM days
        ) AS series,
        (
            SELECT coalesce(jsonb_agg(
                jsonb_build_object('slug', c.slug, 'name', c.name, 'sessions', l.sessions)
                ORDER BY l.sessions DESC, c.slug
            ), '[]')
            FROM (SELECT category, count(*) AS sessions FROM living GROUP BY category) AS l
            LEFT JOIN categories AS c ON c.slug = l.category
        ) AS categories,
        (
            SELECT coalesce(jsonb_agg(
                jsonb_build_object(
                    'id', u.id, 'username', u.username, 'first_name', u.first_name, 'last_name', u.last_name,
                    'avatar', u.avatar, 'sessions', best.sessions, 'bookings', (
                        SELECT coalesce(sum(n.confirmed), 0)
                        FROM living AS l JOIN booking_counts AS n ON n.session_id = l.id WHERE l.creator_id = u.id
                    )
                ) ORDER BY best.sessions DESC, u.id
            ), '[]')
            FROM (
                SELECT creator_id, count(*) AS sessions FROM living
                GROUP BY creator_id ORDER BY sessions DESC, creator_id LIMIT 10
            ) AS best
            JOIN users AS u ON u.id = best.creator_id
        ) AS top_creators
    """
)


async def stats(session: AsyncSession, start: datetime | None, end: datetime | None) -> dict[str, Any]:
    """The whole catalogue in figures; `created`, `deleted` and `series` from an instant on and before another."""
    return (await session.execute(_STATS, {"start": start, "end": end})).one()._asdict()
