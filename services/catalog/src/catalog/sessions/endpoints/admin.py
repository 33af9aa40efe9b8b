"""Sessions over HTTP for admins: all of them."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from catalog.answers import operation_id
from catalog.sessions.errors import SessionNotFound
from catalog.sessions.schemas import AdminSession, SessionsBulk, SessionStats
from catalog.sessions.service import administration
from catalog.sessions.service.administration import Filters
from shared import bulk
from shared.audit import Scope
from shared.audit_endpoints import AuditEntry, entries
from shared.auth import AdminUser
from shared.bulk import BulkResult
from shared.clock import Day
from shared.csv import CSV_RESPONSES, CsvResponse, ExportDep, TooManyExports
from shared.db import DatabaseDep, SessionDep
from shared.errors import Forbidden, problem_responses
from shared.idempotency import IdempotencyDep, IdempotencyKeyReused, InProgress
from shared.pagination import PAGE_HEADERS, PageDep
from shared.web import never_stored

router = APIRouter(
    prefix="/api/admin/sessions",
    tags=["admin"],
    dependencies=[Depends(never_stored)],
    generate_unique_id_function=operation_id,
)

Ordering = Literal[
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "title",
    "-title",
    "price",
    "-price",
    "duration",
    "-duration",
    "popularity",
    "-popularity",
]
_Price = Annotated[Decimal | None, Query(ge=0, le=1_000_000_000, decimal_places=2, allow_inf_nan=False)]


def _filters(
    search: Annotated[
        str | None, Query(max_length=200, description="Words within the title or the creator's names; or an id")
    ] = None,
    status: Annotated[
        Literal["active", "inactive", "completed", "deleted", "all"] | None,
        Query(description="Without: all that aren't deleted"),
    ] = None,
    creator: UUID | None = None,
    category: Annotated[str | None, Query(max_length=250, description="Slug or name")] = None,
    min_price: _Price = None,
    max_price: _Price = None,
    created_from: Annotated[Day | None, Query(description="First UTC day")] = None,
    created_to: Annotated[Day | None, Query(description="Last UTC day, included")] = None,
) -> Filters:
    return Filters(search, status, creator, category, min_price, max_price, created_from, created_to)


FiltersDep = Annotated[Filters, Depends(_filters)]
OrderingDep = Annotated[
    Ordering, Query(description="`-` for descending; `popularity` is the number of confirmed bookings")
]


@router.get(
    "/",
    summary="All sessions, also hidden and deleted ones",
    responses={**PAGE_HEADERS, **problem_responses(Forbidden)},
)
async def list_all_sessions(
    _admin: AdminUser,
    session: SessionDep,
    page: PageDep,
    filters: FiltersDep,
    response: Response,
    ordering: OrderingDep = "-created_at",
) -> list[AdminSession]:
    """As they are now, for admins."""
    found, headers = await administration.find(session, filters, ordering, page)
    response.headers.update(headers)
    return found


@router.get(
    "/export.csv",
    summary="All sessions as CSV",
    response_class=CsvResponse,
    responses={**CSV_RESPONSES, **problem_responses(Forbidden, TooManyExports)},
)
async def export_all_sessions(
    admin: AdminUser,
    session: SessionDep,
    filters: FiltersDep,
    export: ExportDep,
    ordering: OrderingDep = "-created_at",
) -> CsvResponse:
    """The same list in one piece, streamed. It is noted in the audit log."""
    return await export.answer("sessions", await administration.export(session, admin, filters, ordering))


@router.post(
    "/bulk/",
    summary="Change many sessions",
    response_model=BulkResult,
    responses=problem_responses(Forbidden, IdempotencyKeyReused, InProgress),
)
async def change_many_sessions(
    body: SessionsBulk,
    request: Request,
    admin: AdminUser,
    session: SessionDep,
    database: DatabaseDep,
    idempotency: IdempotencyDep,
) -> Response:
    """Each by itself, as if asked for one by one; what is refused is told and stops nothing."""
    command = administration.command(admin, body, request.app.state.clock())
    return await bulk.answer(session, database, admin, idempotency, body, command)


@router.get("/stats/", summary="The catalogue in figures", responses=problem_responses(Forbidden))
async def read_session_stats(
    _admin: AdminUser,
    session: SessionDep,
    first: Annotated[Day | None, Query(alias="from", description="First UTC day")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last UTC day, included")] = None,
) -> SessionStats:
    """What there is now, and what happened in the period."""
    return await administration.stats(session, first, last)


@router.get("/{session_id}/", summary="Any session", responses=problem_responses(Forbidden, SessionNotFound))
async def get_any_session(session_id: UUID, _admin: AdminUser, session: SessionDep) -> AdminSession:
    """Also one that is hidden or deleted."""
    return await administration.get(session, session_id)


@router.get(
    "/{session_id}/audit/",
    summary="What happened to a session",
    responses={**PAGE_HEADERS, **problem_responses(Forbidden, SessionNotFound)},
)
async def read_session_audit(
    session_id: UUID, _admin: AdminUser, session: SessionDep, page: PageDep, response: Response
) -> list[AuditEntry]:
    """Newest first: who made, changed or deleted it, from what to what, and why."""
    await administration.get(session, session_id)
    return await entries(session, Scope(subject=session_id), page, response)
