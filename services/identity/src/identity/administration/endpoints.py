"""Accounts over HTTP for admins: files, many at once, logins."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from identity.accounts import service as accounts
from identity.accounts.listing import FiltersDep, OrderingDep
from identity.administration import service
from identity.administration.schemas import UsersBulk
from identity.factors import service as factors
from identity.factors.schemas import SecondFactors
from identity.http import never_stored, operation_id
from identity.login import service as logins
from identity.login.schemas import DeviceOut
from identity.oauth import linked
from identity.oauth.schemas import LinkedOut
from identity.parts import PartsDep
from shared import bulk
from shared.auth import AdminUser
from shared.bulk import BulkResult
from shared.csv import CSV_RESPONSES, CsvResponse, ExportDep, TooManyExports
from shared.db import DatabaseDep, SessionDep
from shared.errors import Forbidden, NotFound, problem_responses
from shared.idempotency import IdempotencyDep, IdempotencyKeyReused, InProgress
from shared.pagination import PAGE_HEADERS, PageDep

router = APIRouter(
    prefix="/api/users", tags=["users"], dependencies=[Depends(never_stored)], generate_unique_id_function=operation_id
)


@router.get(
    "/export.csv",
    summary="All accounts as CSV",
    response_class=CsvResponse,
    responses={**CSV_RESPONSES, **problem_responses(Forbidden, TooManyExports)},
)
async def export_all_users(
    admin: AdminUser,
    session: SessionDep,
    filters: FiltersDep,
    export: ExportDep,
    ordering: OrderingDep = "-created_at",
) -> CsvResponse:
    """The same list in one piece, streamed. It is noted in the audit log."""
    return await export.answer("users", await service.export(session, admin, filters, ordering))


@router.post(
    "/bulk/",
    summary="Change many accounts",
    response_model=BulkResult,
    responses=problem_responses(Forbidden, IdempotencyKeyReused, InProgress),
)
async def change_many_users(
    body: UsersBulk,
    admin: AdminUser,
    session: SessionDep,
    database: DatabaseDep,
    parts: PartsDep,
    idempotency: IdempotencyDep,
) -> Response:
    """Each by itself, as if asked for one by one; what is refused is told and stops nothing."""
    command = service.command(admin, body, parts.clock())
    return await bulk.answer(session, database, admin, idempotency, body, command)


@router.get(
    "/{user_id}/devices/",
    summary="Where somebody is logged in",
    responses={**PAGE_HEADERS, **problem_responses(Forbidden, NotFound)},
)
async def list_devices_of_user(
    user_id: UUID, admin: AdminUser, session: SessionDep, page: PageDep, parts: PartsDep, response: Response
) -> list[DeviceOut]:
    """Their logins that go on, the latest used first."""
    await accounts.get(session, user_id)
    found, total = await logins.devices(session, user_id, parts.clock(), offset=page.offset, limit=page.size)
    response.headers.update(page.headers(total))
    return await logins.shown(found, current=admin.sid)


@router.get(
    "/{user_id}/linked-accounts/",
    summary="Providers linked to somebody's account",
    responses=problem_responses(Forbidden, NotFound),
)
async def list_linked_of_user(user_id: UUID, _admin: AdminUser, session: SessionDep) -> list[LinkedOut]:
    """How they can log in beside their password."""
    await accounts.get(session, user_id)
    return await linked.shown(session, user_id)


@router.get(
    "/{user_id}/second-factors/",
    summary="Somebody's second factors",
    responses=problem_responses(Forbidden, NotFound),
)
async def read_second_factors_of_user(
    user_id: UUID, _admin: AdminUser, session: SessionDep, parts: PartsDep
) -> SecondFactors:
    """Which there are, to see whether a reset is what they need."""
    user = await accounts.get(session, user_id)
    return SecondFactors.model_validate(await factors.overview(session, parts.factors, user))
