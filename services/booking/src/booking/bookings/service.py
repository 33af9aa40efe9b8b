"""Use cases of bookings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, or_
from sqlalchemy.ext.asyncio import AsyncSession
from uuid6 import uuid7

from booking.bookings import pages, repository
from booking.bookings.errors import (
    AlreadyBooked,
    AlreadyCancelled,
    AlreadyStarted,
    BookingNotFound,
    CreatorBusy,
    NotBookable,
    OwnSession,
    PriceChanged,
    SoldOut,
)
from booking.bookings.repository import Seat
from booking.bookings.schemas import (
    BookingCreate,
    BookingOut,
    BookingsBulk,
    BookingWithUser,
    CancellationPreview,
    GivenBooking,
)
from booking.sessions.errors import SessionNotFound
from shared import audit
from shared.auth import CurrentUser, Role
from shared.bulk import Command
from shared.clock import span
from shared.errors import AppError, InvalidInput
from shared.export import PORTION
from shared.messaging.outbox import trace_headers
from shared.money import format_amount
from shared.ordering import Orderings
from shared.pagination import Page

_CASCADE_BATCH = 500


async def create_booking(
    db: AsyncSession, user: CurrentUser, wanted: BookingCreate, now: datetime | None = None
) -> BookingOut:
    """Take a seat. Raises what speaks against it, the first reason in the documented order.

    `now` replaces the clock, for demo data only.
    """
    seat = Seat(
        id=_new_id(now),
        session_id=wanted.session,
        user_id=user.id,
        booker={
            "username": user.username,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "role": user.role,
        },
        starts_at=wanted.booking_date,
        expected=wanted.expected_amount,
        headers=trace_headers(),
    )
    (row,) = await repository.book_many(db, [seat], now)
    if row.refusal is not None:
        raise _refusal(row)
    return BookingOut(
        id=seat.id,
        session=seat.session_id,
        user=seat.user_id,
        booking_date=seat.starts_at,
        ends_at=row.ends_at,
        status="confirmed",
        amount=row.price,
        currency=row.currency,
        session_details=row.details,
        created_at=row.created_at,
        cancelled_at=None,
        cancel_reason=None,
    )


def _new_id(now: datetime | None) -> UUID:
    """A UUIDv7: its first 48 bits are the time in milliseconds, by which lists are ordered."""
    made = uuid7().int
    if now is not None:
        made = made % 2**80 + (int(now.timestamp() * 1000) << 80)
    return UUID(int=made)


def _refusal(row: Row[Any]) -> AppError:
    match row.refusal:
        case "not_found":
            return SessionNotFound("Check its id; it may have been deleted.")
        case "own_session":
            return OwnSession("Your sessions are for others to book.")
        case "not_bookable":
            return NotBookable("It isn't open for booking. Please choose another session.")
        case "in_the_past":
            return InvalidInput(errors={"booking_date": ["Choose a time in the future"]})
        case "not_on_a_minute":
            return InvalidInput(errors={"booking_date": ["Choose a whole minute"]})
        case "too_far_ahead":
            return InvalidInput(errors={"booking_date": ["Choose a time within the next two years"]})
        case "price_changed":
            price = format_amount(row.price)
            return PriceChanged(
                f"It is {price} {row.currency} now. Nothing was booked; please confirm the new price.",
                extra={"price": price, "currency": row.currency},
            )
        case "already_booked":
            return AlreadyBooked("You will find it among your bookings.")
        case "creator_busy":
            return CreatorBusy("They give another session then. Please choose another time.")
        case "sold_out":
            return SoldOut("Please choose another time.")
    raise AssertionError(f"book_many refused for an unknown reason: {row.refusal}")


async def cancel_booking(
    db: AsyncSession, user: CurrentUser, booking_id: UUID, reason: str | None, now: datetime | None = None
) -> BookingOut:
    """Give a seat back. The booker may until the start; the session's creator and admins may later too.

    Raises BookingNotFound, AlreadyCancelled, AlreadyStarted.
    """
    row = await repository.find(db, booking_id, _visible_to(user))
    if row is None:
        raise BookingNotFound
    until_start = user.role != Role.ADMIN and row.creator_id != user.id
    cancelled = await repository.cancel_many(
        db,
        [booking_id],
        by=user.id,
        reason=reason or None,
        upcoming_only=until_start,
        headers=trace_headers(),
        now=now,
    )
    current = await repository.find(db, booking_id)
    assert current is not None
    if not cancelled:
        if current.status == "cancelled":
            raise AlreadyCancelled("Nothing is left to do.")
        raise AlreadyStarted("A booking can be cancelled until it starts. Please ask the creator.")
    if user.id != current.user:
        await audit.record(
            db,
            action="booking.cancelled",
            actor=user.id,
            subject=booking_id,
            before={"status": "confirmed"},
            after={"status": "cancelled"},
            reason=reason or "",
        )
    return _shown_to(user, current)


async def cancel_upcoming_of_session(db: AsyncSession, session_id: UUID) -> int:
    """Its session is gone: cancel what hasn't started. Returns how many."""
    return await _cancel_upcoming(db, repository.of_session(session_id), "session_deleted")


async def cancel_upcoming_of_creator(db: AsyncSession, creator_id: UUID) -> int:
    """Their creator is gone: cancel what hasn't started. Returns how many."""
    return await _cancel_upcoming(db, repository.given_by(creator_id), "creator_deactivated")


async def _cancel_upcoming(db: AsyncSession, scope: ColumnElement[bool], reason: str) -> int:
    total = 0
    while ids := await repository.find_upcoming(db, scope, _CASCADE_BATCH):
        cancelled = await repository.cancel_many(
            db, ids, by=None, reason=reason, upcoming_only=True, headers=trace_headers()
        )
        total += len(cancelled)
        if len(ids) < _CASCADE_BATCH:
            break
    return total


async def has_any(db: AsyncSession, user_ids: Sequence[UUID]) -> bool:
    """Whether any of these users ever booked."""
    return await repository.count(db, [or_(*(repository.owned_by(user_id) for user_id in user_ids))]) > 0


@dataclass(frozen=True, slots=True)
class Filters:
    """What part of the bookings is asked for."""

    status: str | None = None
    when: Literal["upcoming", "past"] | None = None
    session: UUID | None = None
    user: UUID | None = None
    creator: UUID | None = None
    search: str | None = None
    date_from: date | None = None
    date_to: date | None = None
    created_from: date | None = None
    created_to: date | None = None
    cancelled_from: date | None = None
    cancelled_to: date | None = None
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    currency: str | None = None


async def get_booking(db: AsyncSession, user: CurrentUser, booking_id: UUID) -> BookingOut:
    """Raises BookingNotFound, also for somebody else's."""
    row = await repository.find(db, booking_id, _visible_to(user))
    if row is None:
        raise BookingNotFound
    return _shown_to(user, row)


async def list_own(
    db: AsyncSession, user: CurrentUser, filters: Filters, ordering: str, page: Page
) -> tuple[list[BookingOut], dict[str, str]]:
    """The caller's bookings and the headers of the page."""
    rows, headers = await _page(db, [repository.owned_by(user.id)], filters, ordering, page)
    return [_plain(row) for row in rows], headers


async def list_given(
    db: AsyncSession, creator: CurrentUser, filters: Filters, ordering: str, page: Page
) -> tuple[list[BookingWithUser], dict[str, str]]:
    """The bookings of the caller's own sessions, with who booked."""
    rows, headers = await _page(db, [repository.given_by(creator.id)], filters, ordering, page)
    return [_with_user(row) for row in rows], headers


async def list_all(
    db: AsyncSession, filters: Filters, ordering: str, page: Page
) -> tuple[list[BookingWithUser], dict[str, str]]:
    """Everybody's bookings, for admins."""
    rows, headers = await _page(db, [], filters, ordering, page)
    return [_with_user(row) for row in rows], headers


async def export_own(db: AsyncSession, user_id: UUID, after: UUID | None) -> tuple[list[BookingOut], UUID | None]:
    """A portion of somebody's bookings for their export, and where the next one begins."""
    rows, following = await _portion(db, repository.owned_by(user_id), after)
    return [_plain(row) for row in rows], following


async def export_given(
    db: AsyncSession, creator_id: UUID, after: UUID | None
) -> tuple[list[GivenBooking], UUID | None]:
    """The same of the bookings of their sessions."""
    rows, following = await _portion(db, repository.given_by(creator_id), after)
    return [GivenBooking.model_validate(row._asdict()) for row in rows], following


async def _portion(
    db: AsyncSession, scope: ColumnElement[bool], after: UUID | None
) -> tuple[Sequence[Row[Any]], UUID | None]:
    rows = await repository.find_portion(db, scope, size=PORTION, after=after)
    return rows, rows[-1].id if len(rows) == PORTION else None


async def export(db: AsyncSession, admin: CurrentUser, filters: Filters, ordering: str) -> Select[Any]:
    """What finds all rows of everybody's list for a file; that somebody asked is noted."""
    await audit.exported(db, "bookings", admin.id, filters)
    return repository.every(_conditions(filters), _orderings(filters), ordering)


async def preview(db: AsyncSession, session_id: UUID | None, creator_id: UUID | None) -> CancellationPreview:
    """What would be cancelled with a session, or with all of a creator's. Raises InvalidInput unless one is given."""
    match session_id, creator_id:
        case UUID(), None:
            scope = repository.of_session(session_id)
        case None, UUID():
            scope = repository.given_by(creator_id)
        case _:
            raise InvalidInput(errors={"session": ["Give either a session or a creator"]})
    return CancellationPreview.model_validate(await repository.weigh_upcoming(db, scope))


def command(admin: CurrentUser, body: BookingsBulk) -> Command:
    """What a bulk request does with each booking."""

    async def run(db: AsyncSession, booking_id: UUID) -> None:
        await cancel_booking(db, admin, booking_id, body.reason)

    return run


def _orderings(filters: Filters) -> Orderings:
    return repository.orderings(by_moment=filters.created_from is not None or filters.created_to is not None)


async def _page(
    db: AsyncSession, scope: list[ColumnElement[bool]], filters: Filters, ordering: str, page: Page
) -> tuple[Sequence[Row[Any]], dict[str, str]]:
    chosen = [*scope, *_conditions(filters)]
    orderings = _orderings(filters)
    rows, total = await pages.find(db, chosen, orderings, ordering, page)
    shown = rows[: page.size]
    more = orderings.cursor(ordering, shown[-1]) if len(rows) > page.size else None
    return shown, page.headers(total, next_cursor=more)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if filters.status is not None:
        chosen.append(repository.with_status(filters.status))
    if filters.when is not None:
        chosen.append(repository.upcoming() if filters.when == "upcoming" else repository.past())
    if filters.session is not None:
        chosen.append(repository.of_session(filters.session))
    if filters.user is not None:
        chosen.append(repository.owned_by(filters.user))
    if filters.creator is not None:
        chosen.append(repository.given_by(filters.creator))
    if filters.search is not None and filters.search.strip():
        chosen.append(repository.of_people(filters.search))
    if filters.currency is not None:
        chosen.append(repository.in_currency(filters.currency))
    return [
        *chosen,
        *repository.starting(*span(filters.date_from, filters.date_to)),
        *repository.made(*span(filters.created_from, filters.created_to)),
        *repository.cancelled(*span(filters.cancelled_from, filters.cancelled_to)),
        *repository.worth(filters.min_amount, filters.max_amount),
    ]


def _visible_to(user: CurrentUser) -> ColumnElement[bool] | None:
    if user.role == Role.ADMIN:
        return None
    return or_(repository.owned_by(user.id), repository.given_by(user.id))


def _shown_to(user: CurrentUser, row: Row[Any]) -> BookingOut:
    return _with_user(row) if user.role == Role.ADMIN or row.creator_id == user.id else _plain(row)


def _plain(row: Row[Any]) -> BookingOut:
    return BookingOut.model_validate(row._asdict())


def _with_user(row: Row[Any]) -> BookingWithUser:
    return BookingWithUser.model_validate(row._asdict())
