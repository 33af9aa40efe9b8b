"""Bookings over HTTP, as bookers and creators have them; admins list everybody's here."""

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from booking.bookings import service
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
from booking.bookings.schemas import (
    BookingChange,
    BookingCreate,
    BookingOut,
    BookingsExport,
    BookingWithUser,
    GivenBooking,
    Status,
)
from booking.bookings.service import Filters
from booking.revenue import service as revenue
from booking.revenue.schemas import LedgerRow
from booking.sessions.errors import SessionNotFound
from booking.sessions.read_through import ReadThroughDep
from shared.auth import AdminUser, AuthUser, CreatorUser, Role
from shared.clock import Day
from shared.csv import CSV_RESPONSES, CsvResponse, ExportDep, TooManyExports
from shared.db import DatabaseDep, SessionDep
from shared.errors import Forbidden, Unavailable, problem_responses
from shared.export import Read, download
from shared.idempotency import IdempotencyDep, IdempotencyKeyReused, InProgress
from shared.pagination import PAGE_HEADERS, PageDep

router = APIRouter(prefix="/api/bookings", tags=["bookings"])


Ordering = Literal["created_at", "-created_at", "booking_date", "-booking_date", "amount", "-amount"]
_Money = Annotated[Decimal | None, Query(ge=0, le=1_000_000_000, decimal_places=2, allow_inf_nan=False)]


def _filters(
    status: Annotated[Status | None, Query()] = None,
    when: Annotated[
        Literal["upcoming", "past"] | None, Query(description="`upcoming`: not started yet; `past`: all others")
    ] = None,
    session: Annotated[UUID | None, Query()] = None,
    date_from: Annotated[Day | None, Query(description="First UTC day on which it starts")] = None,
    date_to: Annotated[Day | None, Query(description="Last UTC day on which it starts, included")] = None,
    created_from: Annotated[Day | None, Query(description="First UTC day on which it was booked")] = None,
    created_to: Annotated[Day | None, Query(description="Last UTC day on which it was booked, included")] = None,
    cancelled_from: Annotated[Day | None, Query(description="First UTC day on which it was cancelled")] = None,
    cancelled_to: Annotated[Day | None, Query(description="Last UTC day on which it was cancelled, included")] = None,
    min_amount: _Money = None,
    max_amount: _Money = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$", description="ISO 4217")] = None,
) -> Filters:
    return Filters(
        status=status,
        when=when,
        session=session,
        date_from=date_from,
        date_to=date_to,
        created_from=created_from,
        created_to=created_to,
        cancelled_from=cancelled_from,
        cancelled_to=cancelled_to,
        min_amount=min_amount,
        max_amount=max_amount,
        currency=currency,
    )


FiltersDep = Annotated[Filters, Depends(_filters)]


def _everybodys(
    filters: FiltersDep,
    of_user: Annotated[UUID | None, Query(alias="user", description="For admins: who booked")] = None,
    of_creator: Annotated[UUID | None, Query(alias="creator", description="Whose sessions")] = None,
    search: Annotated[
        str | None,
        Query(
            max_length=200,
            description="For admins: words within the e-mail address, username or names of who booked; or an id",
        ),
    ] = None,
) -> Filters:
    return replace(filters, user=of_user, creator=of_creator, search=search)


EverybodysDep = Annotated[Filters, Depends(_everybodys)]
OrderingDep = Annotated[
    Ordering, Query(description="`-` for descending; `created_at` when it was booked, `booking_date` when it starts")
]


@router.post(
    "/",
    status_code=201,
    response_model=BookingOut,
    summary="Book a seat",
    responses=problem_responses(
        OwnSession,
        SessionNotFound,
        NotBookable,
        PriceChanged,
        AlreadyBooked,
        CreatorBusy,
        SoldOut,
        IdempotencyKeyReused,
        InProgress,
        Unavailable,
    ),
)
async def create_booking(
    body: BookingCreate,
    user: AuthUser,
    session: SessionDep,
    database: DatabaseDep,
    read_through: ReadThroughDep,
    idempotency: IdempotencyDep,
) -> Response:
    """Nobody is ever sold a seat that isn't there. With `price_changed` come the current `price` and `currency`."""
    if await read_through.knows(session, body.session):
        return await idempotency.run(session, user, lambda: service.create_booking(session, user, body))
    # Catalog is asked with no transaction open: neither locks nor a connection wait for it.
    await session.close()
    await read_through.fetch(body.session)
    async with database.transaction() as fresh:
        return await idempotency.run(fresh, user, lambda: service.create_booking(fresh, user, body))


@router.get("/", summary="Own bookings; for admins everybody's", responses=PAGE_HEADERS)
async def list_bookings(
    user: AuthUser,
    session: SessionDep,
    page: PageDep,
    filters: EverybodysDep,
    response: Response,
    ordering: OrderingDep = "-created_at",
) -> list[BookingWithUser] | list[BookingOut]:
    """Newest first. Admins also get `user_details`."""
    if user.role == Role.ADMIN:
        everybody, headers = await service.list_all(session, filters, ordering, page)
        response.headers.update(headers)
        return everybody
    own = replace(filters, search=None)
    found, headers = await service.list_own(session, user, own, ordering, page)
    response.headers.update(headers)
    return found


@router.get(
    "/export.csv",
    summary="Everybody's bookings as CSV",
    response_class=CsvResponse,
    responses={**CSV_RESPONSES, **problem_responses(Forbidden, TooManyExports)},
)
async def export_all_bookings(
    admin: AdminUser,
    session: SessionDep,
    filters: EverybodysDep,
    export: ExportDep,
    ordering: OrderingDep = "-created_at",
) -> CsvResponse:
    """The same list in one piece, streamed, for admins. It is noted in the audit log."""
    return await export.answer("bookings", await service.export(session, admin, filters, ordering))


@router.get("/my_bookings/", summary="Own bookings", responses=PAGE_HEADERS)
async def list_my_bookings(
    user: AuthUser,
    session: SessionDep,
    page: PageDep,
    filters: FiltersDep,
    response: Response,
    ordering: OrderingDep = "-created_at",
) -> list[BookingOut]:
    """Newest first."""
    found, headers = await service.list_own(session, user, filters, ordering, page)
    response.headers.update(headers)
    return found


@router.get(
    "/creator_bookings/",
    summary="Bookings of own sessions",
    responses={**PAGE_HEADERS, **problem_responses(Forbidden)},
)
async def list_creator_bookings(
    user: CreatorUser,
    session: SessionDep,
    page: PageDep,
    filters: FiltersDep,
    response: Response,
    ordering: OrderingDep = "-created_at",
) -> list[BookingWithUser]:
    """Newest first, with who booked."""
    found, headers = await service.list_given(session, user, filters, ordering, page)
    response.headers.update(headers)
    return found


@router.get("/export/", summary="Take the own bookings along", response_model=BookingsExport)
async def export_bookings(request: Request, user: AuthUser, database: DatabaseDep) -> Response:
    """The caller's bookings, those of their sessions with who booked, and the rows behind their revenue, as a file."""

    async def own(db: AsyncSession, after: UUID | None) -> tuple[list[BookingOut], UUID | None]:
        return await service.export_own(db, user.id, after)

    async def given(db: AsyncSession, after: UUID | None) -> tuple[list[GivenBooking], UUID | None]:
        return await service.export_given(db, user.id, after)

    async def ledger(db: AsyncSession, after: int | None) -> tuple[list[LedgerRow], int | None]:
        return await revenue.export_ledger(db, user.id, after)

    lists: dict[str, Read] = {"bookings": own, "bookings_of_own_sessions": given, "ledger": ledger}
    return download(database, "booking", request.app.state.clock(), lists)


@router.get("/{booking_id}/", summary="One booking", responses=problem_responses(BookingNotFound))
async def get_booking(booking_id: UUID, user: AuthUser, session: SessionDep) -> BookingWithUser | BookingOut:
    """For the booker, the session's creator and admins; the latter two also get `user_details`."""
    return await service.get_booking(session, user, booking_id)


@router.patch(
    "/{booking_id}/",
    summary="Cancel a booking",
    responses=problem_responses(BookingNotFound, AlreadyCancelled, AlreadyStarted),
)
async def change_booking(
    booking_id: UUID, body: BookingChange, user: AuthUser, session: SessionDep
) -> BookingWithUser | BookingOut:
    """The booker may until the start, the session's creator and admins at any time. The seat is free at once."""
    return await service.cancel_booking(session, user, booking_id, body.reason)
