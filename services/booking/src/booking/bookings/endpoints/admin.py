"""Bookings over HTTP for admins: many at once, and what a deletion would cancel."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from booking.bookings import service
from booking.bookings.errors import BookingNotFound
from booking.bookings.schemas import BookingsBulk, CancellationPreview
from shared import bulk
from shared.audit import Scope
from shared.audit_endpoints import AuditEntry, entries
from shared.auth import AdminUser
from shared.bulk import BulkResult
from shared.db import DatabaseDep, SessionDep
from shared.errors import Forbidden, problem_responses
from shared.idempotency import IdempotencyDep, IdempotencyKeyReused, InProgress
from shared.pagination import PAGE_HEADERS, PageDep
from shared.web import never_stored

router = APIRouter(prefix="/api/admin/bookings", tags=["admin"], dependencies=[Depends(never_stored)])


@router.post(
    "/bulk/",
    summary="Cancel many bookings",
    response_model=BulkResult,
    responses=problem_responses(Forbidden, IdempotencyKeyReused, InProgress),
)
async def change_many_bookings(
    body: BookingsBulk, admin: AdminUser, session: SessionDep, database: DatabaseDep, idempotency: IdempotencyDep
) -> Response:
    """Each by itself, as if asked for one by one; what is refused is told and stops nothing."""
    return await bulk.answer(session, database, admin, idempotency, body, service.command(admin, body))


@router.get("/preview/", summary="What a deletion would cancel", responses=problem_responses(Forbidden))
async def preview_cancellations(
    _admin: AdminUser,
    session: SessionDep,
    of_session: Annotated[UUID | None, Query(alias="session", description="A session that may be deleted")] = None,
    of_creator: Annotated[
        UUID | None, Query(alias="creator", description="A creator who may be deactivated or deleted")
    ] = None,
) -> CancellationPreview:
    """Upcoming confirmed bookings, as they are now. Give either a session or a creator."""
    return await service.preview(session, of_session, of_creator)


@router.get(
    "/{booking_id}/audit/",
    summary="What others did to a booking",
    responses={**PAGE_HEADERS, **problem_responses(Forbidden, BookingNotFound)},
)
async def read_booking_audit(
    booking_id: UUID, admin: AdminUser, session: SessionDep, page: PageDep, response: Response
) -> list[AuditEntry]:
    """Newest first. What its booker did is told by the booking itself."""
    await service.get_booking(session, admin, booking_id)
    return await entries(session, Scope(subject=booking_id), page, response)
