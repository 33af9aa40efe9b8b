"""What everybody may know: when a session can be booked."""

import re
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from booking.sessions import service
from booking.sessions.errors import SessionNotFound
from booking.sessions.read_through import ReadThroughDep
from booking.sessions.schemas import Slot
from shared.db import DatabaseDep
from shared.errors import InvalidInput, Unavailable, problem_responses

router = APIRouter(prefix="/api/bookings", tags=["bookings"])


# Python reads more: weeks, dates without dashes, times without an offset.
_SHAPE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?P<time>T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?"
)
_HINT = "Give a date, like 2030-01-31, or a time with an offset, like 2030-01-31T14:00:00Z"


def _moment(name: str, given: str | None) -> date | datetime | None:
    if given is None:
        return None
    # A plus sign that wasn't escaped in the address arrives as a space.
    given = re.sub(r" (\d\d:\d\d)$", r"+\1", given)
    shape = _SHAPE.fullmatch(given)
    if shape is None:
        raise InvalidInput(errors={name: [_HINT]})
    try:
        return datetime.fromisoformat(given) if shape["time"] else date.fromisoformat(given)
    except ValueError:
        raise InvalidInput(errors={name: [_HINT]}) from None


@router.get(
    "/availability/",
    summary="Starts of a session with the seats that are left",
    responses=problem_responses(SessionNotFound, Unavailable),
)
async def list_availability(
    request: Request,
    database: DatabaseDep,
    read_through: ReadThroughDep,
    session: UUID,
    start: Annotated[
        str | None, Query(alias="from", max_length=40, description="A date or an RFC 3339 time; default: now")
    ] = None,
    end: Annotated[
        str | None,
        Query(alias="to", max_length=40, description="The same, a date included; default: 14 days, at most 62 days"),
    ] = None,
    tz: Annotated[
        str | None, Query(max_length=64, description="IANA zone in which dates are meant; default: the session's")
    ] = None,
) -> list[Slot]:
    """Existing starts (0 seats left: sold out) and suggestions: every half hour of 08:00-20:00 in the session's zone
    that doesn't overlap the creator's other starts. Other starts may be booked too."""
    first, last = _moment("from", start), _moment("to", end)
    await read_through.ensure(session)
    async with database.transaction() as db:
        return await service.free_slots(db, session, first, last, tz, request.app.state.clock())
