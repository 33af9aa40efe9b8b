"""Every query of the bookings slice."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Result, Row, Select, func, literal, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from booking.bookings.models import Booking
from booking.sessions.models import SessionCard, UserReplica
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


def _select() -> Select[Any]:
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
    return Booking.session_id == session_id


def with_status(status: str) -> ColumnElement[bool]:
    return Booking.status == status


def upcoming() -> ColumnElement[bool]:
    return Booking.booking_date > func.now()


def past() -> ColumnElement[bool]:
    return Booking.booking_date <= func.now()


async def find(db: AsyncSession, booking_id: UUID, scope: ColumnElement[bool] | None = None) -> Row[Any] | None:
    """One booking, if it is in scope."""
    statement = _select().where(Booking.id == booking_id)
    if scope is not None:
        statement = statement.where(scope)
    found: Result[Any] = await db.execute(statement)
    return found.one_or_none()


async def find_page(
    db: AsyncSession, filters: Sequence[ColumnElement[bool]], *, size: int, offset: int, after: UUID | None
) -> Sequence[Row[Any]]:
    """Newest first; up to `size` rows."""
    statement = _select().where(*filters).order_by(Booking.id.desc()).limit(size).offset(offset)
    if after is not None:
        statement = statement.where(Booking.id < after)
    found: Result[Any] = await db.execute(statement)
    return found.all()


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
