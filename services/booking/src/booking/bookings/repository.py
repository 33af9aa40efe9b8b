"""Every query of the bookings slice."""

import contextlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Result, Row, Select, and_, func, literal, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from booking.bookings.models import Booking
from booking.sessions.models import SessionCard, SessionReplica, UserReplica
from shared import csv
from shared import ordering as by
from shared.ordering import Orderings
from shared.pagination import COUNT_CAP


@dataclass(frozen=True, slots=True)
class Seat:
    """A request for a seat. `booker` is what the token says of the user."""

    id: UUID
    session_id: UUID
    user_id: UUID
    booker: dict[str, str]
    starts_at: datetime
    expected: Decimal | None
    headers: dict[str, Any]


# One call, one round trip: locks, rules, seats, bookings and their events (see migrations/sql).
_BOOK = text(
    """
    SELECT ord, refusal, price, currency, ends_at, created_at, details
    FROM book_many(
        CAST(:ids AS uuid[]), CAST(:sessions AS uuid[]), CAST(:users AS uuid[]), CAST(:bookers AS jsonb[]),
        CAST(:starts AS timestamptz[]), CAST(:expected AS numeric[]), CAST(:headers AS jsonb[]),
        CAST(:now AS timestamptz)
    )
    ORDER BY ord
    """
)


async def book_many(db: AsyncSession, seats: Sequence[Seat], now: datetime | None = None) -> Sequence[Row[Any]]:
    """One row per request, in their order: `refusal`, or a booking with its `details`.

    `now` replaces the database's clock, for demo data only.
    """
    found = await db.execute(
        _BOOK,
        {
            "ids": [seat.id for seat in seats],
            "sessions": [seat.session_id for seat in seats],
            "users": [seat.user_id for seat in seats],
            "bookers": [json.dumps(seat.booker) for seat in seats],
            "starts": [seat.starts_at for seat in seats],
            "expected": [seat.expected for seat in seats],
            "headers": [json.dumps(seat.headers) for seat in seats],
            "now": now,
        },
    )
    return found.all()


_CANCEL = text(
    """
    SELECT cancelled FROM cancel_many(
        CAST(:ids AS uuid[]), CAST(:by AS uuid), :reason, :upcoming_only, CAST(:headers AS jsonb),
        CAST(:now AS timestamptz)
    ) AS cancelled
    """
)


async def cancel_many(
    db: AsyncSession,
    ids: Iterable[UUID],
    *,
    by: UUID | None,
    reason: str | None,
    upcoming_only: bool,
    headers: dict[str, Any],
    now: datetime | None = None,
) -> set[UUID]:
    """Cancel what is still confirmed; returns the ids that this call has cancelled."""
    values = {
        "ids": list(ids),
        "by": by,
        "reason": reason,
        "upcoming_only": upcoming_only,
        "headers": json.dumps(headers),
        "now": now,
    }
    return set((await db.scalars(_CANCEL, values)).all())


_BOOKING = (
    Booking.id,
    Booking.session_id.label("session"),
    Booking.user_id.label("user"),
    Booking.creator_id,
    Booking.booking_date,
    Booking.ends_at,
    Booking.status,
    Booking.amount,
    Booking.currency,
    SessionCard.details.label("session_details"),
    Booking.created_at,
    Booking.cancelled_at,
    Booking.cancel_reason,
)
_USER = func.jsonb_build_object(
    "id", Booking.user_id,
    "username", func.coalesce(UserReplica.username, ""),
    "first_name", func.coalesce(UserReplica.first_name, ""),
    "last_name", func.coalesce(UserReplica.last_name, ""),
    "email", func.coalesce(UserReplica.email, ""),
    "avatar", UserReplica.avatar,
).label("user_details")  # fmt: skip


# Written out, not bound: the planner must see which of the partial indexes will do.
_WITH_STATUS = {name: Booking.status == literal_column(f"'{name}'") for name in ("confirmed", "cancelled")}
# The very expression of users_searched.
_SEARCHED = func.lower(
    UserReplica.email
    + " " + UserReplica.username
    + " " + UserReplica.first_name
    + " " + UserReplica.last_name
)  # fmt: skip
_COLUMNS = {
    "booking_date": (Booking.booking_date, by.moment),
    "amount": (Booking.amount, by.amount),
}


def orderings(*, by_moment: bool) -> Orderings:
    """Ids are in the order in which bookings were made; `by_moment` orders by the moment itself, for parts in time."""
    created = (Booking.created_at, by.moment) if by_moment else (Booking.id, UUID)
    return Orderings(id=Booking.id, columns={"created_at": created, **_COLUMNS})


def shown() -> Select[Any]:
    """Bookings with what is shown beside them."""
    return (
        select(*_BOOKING, _USER)
        .join(SessionCard, SessionCard.session_id == Booking.session_id)
        .outerjoin(UserReplica, UserReplica.id == Booking.user_id)
    )


def owned_by(user_id: UUID) -> ColumnElement[bool]:
    return Booking.user_id == user_id


def given_by(creator_id: UUID) -> ColumnElement[bool]:
    return Booking.creator_id == creator_id


def of_session(session_id: UUID) -> ColumnElement[bool]:
    # Each status has an index that starts with the session.
    return and_(Booking.session_id == session_id, or_(*_WITH_STATUS.values()))


def with_status(status: str) -> ColumnElement[bool]:
    return _WITH_STATUS[status]


def upcoming() -> ColumnElement[bool]:
    return Booking.booking_date > func.now()


def past() -> ColumnElement[bool]:
    return Booking.booking_date <= func.now()


def starting(start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    """From an instant on and before another."""
    return _between(Booking.booking_date, start, end)


def made(start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    return _between(Booking.created_at, start, end)


def cancelled(start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    # The status says nothing new, but the index is one of cancelled bookings alone.
    found = _between(Booking.cancelled_at, start, end)
    return [with_status("cancelled"), *found] if found else []


def worth(least: Decimal | None, most: Decimal | None) -> list[ColumnElement[bool]]:
    return [
        *([] if least is None else [Booking.amount >= least]),
        *([] if most is None else [Booking.amount <= most]),
    ]


def in_currency(currency: str) -> ColumnElement[bool]:
    return Booking.currency == currency


def of_people(words: str) -> ColumnElement[bool]:
    """Made by somebody whose e-mail address, username or names have all the words; or the one with this id."""
    people = select(UserReplica.id).where(
        *(_SEARCHED.contains(word, autoescape=True) for word in words.lower().split())
    )
    ways: list[ColumnElement[bool]] = [Booking.user_id.in_(people)]
    with contextlib.suppress(ValueError):
        ways.append(Booking.id == UUID(words.strip()))
    return or_(*ways)


def _between(column: Any, start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    return [*([] if start is None else [column >= start]), *([] if end is None else [column < end])]


async def find(db: AsyncSession, booking_id: UUID, scope: ColumnElement[bool] | None = None) -> Row[Any] | None:
    """One booking, if it is in scope."""
    statement = shown().where(Booking.id == booking_id)
    if scope is not None:
        statement = statement.where(scope)
    found: Result[Any] = await db.execute(statement)
    return found.one_or_none()


async def find_portion(
    db: AsyncSession, scope: ColumnElement[bool], *, size: int, after: UUID | None
) -> Sequence[Row[Any]]:
    """The newest, or those before a booking; up to `size` of them."""
    statement = shown().where(scope).order_by(Booking.id.desc()).limit(size)
    if after is not None:
        statement = statement.where(Booking.id < after)
    found: Result[Any] = await db.execute(statement)
    return found.all()


def every(filters: Sequence[ColumnElement[bool]], orderings: Orderings, ordering: str) -> Select[Any]:
    """All rows of a list, as they stand in a file."""
    creator = aliased(UserReplica)
    statement = (
        select(
            Booking.id.label("id"),
            csv.moment(Booking.created_at, "created_at"),
            csv.moment(Booking.booking_date, "booking_date"),
            csv.moment(Booking.ends_at, "ends_at"),
            Booking.status.label("status"),
            Booking.amount.label("amount"),
            Booking.currency.label("currency"),
            Booking.session_id.label("session"),
            csv.cell(SessionReplica.title, "session_title"),
            Booking.creator_id.label("creator"),
            csv.cell(creator.username, "creator_username"),
            Booking.user_id.label("user"),
            csv.cell(UserReplica.username, "user_username"),
            csv.cell(UserReplica.first_name, "user_first_name"),
            csv.cell(UserReplica.last_name, "user_last_name"),
            csv.cell(UserReplica.email, "user_email"),
            csv.moment(Booking.cancelled_at, "cancelled_at"),
            csv.cell(Booking.cancel_reason, "cancel_reason"),
        )
        .select_from(Booking)
        .outerjoin(SessionReplica, SessionReplica.id == Booking.session_id)
        .outerjoin(creator, creator.id == Booking.creator_id)
        .outerjoin(UserReplica, UserReplica.id == Booking.user_id)
        .where(*filters)
    )
    return orderings.sort(statement, ordering)


async def weigh_upcoming(db: AsyncSession, scope: ColumnElement[bool]) -> dict[str, Any]:
    """Confirmed bookings that haven't started: how many, of how many people, worth what."""
    chosen = (scope, with_status("confirmed"), upcoming())
    totals = await db.execute(select(func.count(), func.count(Booking.user_id.distinct())).where(*chosen))
    bookings, people = totals.one()
    worth = select(Booking.currency, func.sum(Booking.amount).label("amount")).where(*chosen)
    refunds = await db.execute(worth.group_by(Booking.currency).order_by(Booking.currency))
    return {"bookings": bookings, "people": people, "refunds": [row._asdict() for row in refunds]}


async def count(db: AsyncSession, filters: Sequence[ColumnElement[bool]]) -> int:
    """Exact up to the cap, one more beyond it."""
    some = select(literal(1)).select_from(Booking).where(*filters).limit(COUNT_CAP + 1).subquery()
    return await db.scalar(select(func.count()).select_from(some)) or 0


async def find_upcoming(db: AsyncSession, scope: ColumnElement[bool], limit: int) -> Sequence[UUID]:
    """Confirmed bookings that haven't started, in the order of their occurrences' locks."""
    statement = (
        select(Booking.id)
        .where(scope, with_status("confirmed"), upcoming())
        .order_by(Booking.session_id, Booking.booking_date, Booking.id)
        .limit(limit)
    )
    return (await db.scalars(statement)).all()
