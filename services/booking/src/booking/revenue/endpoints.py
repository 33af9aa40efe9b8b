"""Figures for creators and admins over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from booking.revenue import service
from booking.revenue.schemas import CreatorStats, LedgerRow, Period, SystemStats
from shared.auth import AdminUser, CreatorUser, Role
from shared.clock import Day
from shared.db import SessionDep
from shared.errors import Forbidden, problem_responses
from shared.pagination import PageDep

router = APIRouter(prefix="/api/bookings", tags=["revenue"])


def _period(
    first: Annotated[Day | None, Query(alias="from", description="First UTC day; without: from the beginning")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last UTC day, included; without: to the end")] = None,
) -> Period:
    return Period(first, last)


def _creator(
    user: CreatorUser,
    creator: Annotated[UUID | None, Query(description="Whose figures; others' for admins only")] = None,
) -> UUID:
    if creator is None or creator == user.id:
        return user.id
    if user.role != Role.ADMIN:
        raise Forbidden("These are another creator's figures.")
    return creator


PeriodDep = Annotated[Period, Depends(_period)]
CreatorDep = Annotated[UUID, Depends(_creator)]


@router.get("/creator_stats/", summary="What a creator earned and sold", responses=problem_responses(Forbidden))
async def read_creator_stats(creator: CreatorDep, period: PeriodDep, session: SessionDep) -> CreatorStats:
    """Projected from booking events; days are UTC days of the booking or cancelling."""
    return await service.creator_stats(session, creator, period)


@router.get("/creator_revenue/ledger/", summary="The rows behind the figures", responses=problem_responses(Forbidden))
async def list_ledger(
    creator: CreatorDep,
    period: PeriodDep,
    session: SessionDep,
    page: PageDep,
    response: Response,
    of_session: Annotated[UUID | None, Query(alias="session")] = None,
) -> list[LedgerRow]:
    """Newest first; one row per booking event."""
    rows, headers = await service.ledger(session, creator, period, of_session, page)
    response.headers.update(headers)
    return rows


@router.get("/stats/", summary="System statistics", responses=problem_responses(Forbidden))
async def read_system_stats(_admin: AdminUser, period: PeriodDep, session: SessionDep) -> SystemStats:
    """Users, sessions, bookings and revenue of the whole marketplace, for admins."""
    return await service.system_stats(session, period)
