"""Looking after the projection over HTTP, for admins."""

from fastapi import APIRouter, Depends, Response

from booking.revenue.jobs import CHECK, REBUILD
from shared.auth import AdminUser
from shared.db import SessionDep
from shared.idempotency import IdempotencyDep
from shared.operations import jobs
from shared.operations.endpoints import ASKING, not_stored
from shared.operations.jobs import Job
from shared.operations.schemas import Asked

router = APIRouter(prefix="/api/admin/booking/revenue", tags=["operations"], dependencies=[Depends(not_stored)])


@router.post(
    "/check/", status_code=202, response_model=Job, summary="Compare revenue with the bookings", responses=ASKING
)
async def check_revenue(
    admin: AdminUser, session: SessionDep, idempotency: IdempotencyDep, body: Asked | None = None
) -> Response:
    """A job. Its result: how many rows differ (`total`), the first `differences`, and how many events are `pending`."""
    reason = body.reason if body else ""
    return await idempotency.run(
        session, admin, lambda: jobs.ask(session, CHECK, by=admin, reason=reason), status_code=202
    )


@router.post("/rebuild/", status_code=202, response_model=Job, summary="Make revenue anew", responses=ASKING)
async def rebuild_revenue(
    admin: AdminUser, session: SessionDep, idempotency: IdempotencyDep, body: Asked | None = None
) -> Response:
    """A job: ledger and sums from the bookings, while everything runs. Its result: the number of `entries`. Check
    first, and find out why they differ; a rebuild takes the evidence away."""
    reason = body.reason if body else ""
    return await idempotency.run(
        session, admin, lambda: jobs.ask(session, REBUILD, by=admin, reason=reason), status_code=202
    )
