"""Figures for creators and admins over HTTP."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import jwt
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from booking.revenue import service
from booking.revenue.errors import StreamsExhausted, TooManyStreams
from booking.revenue.schemas import CreatorStats, LedgerRow, Period, SystemStats
from booking.revenue.streams import Streams, Watch
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


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


def _streams(request: Request) -> Streams:
    streams: Streams = request.app.state.streams
    return streams


StreamsDep = Annotated[Streams, Depends(_streams)]


async def _watch(
    request: Request, user: CreatorUser, creator: CreatorDep, period: PeriodDep, streams: StreamsDep
) -> AsyncIterator[Watch]:
    with streams.open(user, creator, period, _expiry(request)) as watch:
        if request.scope.get("is_head"):
            watch.end("left")  # who wants the headers alone would wait for the end of a body
        yield watch


def _expiry(request: Request) -> float:
    """When the caller's token expires, in seconds since 1970. It was verified before: only its words are read here."""
    _scheme, _, token = request.headers["authorization"].partition(" ")
    return float(jwt.decode(token.strip(), options={"verify_signature": False})["exp"])


# scope="request": the place is kept until the stream has ended, however it ends.
WatchDep = Annotated[Watch, Depends(_watch, scope="request")]


@router.get(
    "/creator_stats/stream/",
    summary="What a creator earned and sold, as it changes",
    response_class=EventStream,
    responses={
        200: {
            "description": "Server-sent events, the first at once and then one whenever something changed. `data` is a"
            " `CreatorStats` document. A comment every 15 seconds shows that the connection lives. The last event is"
            ' named `end`, and its data `{"reason": …}` says why: `expired` (the access token; refresh it and connect'
            " again), `forbidden` (the account may not see this any more), `restart` (connect again).",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'data: {"revenue": […], "series": […], …}\n\n: still here\n\n'
                    'event: end\ndata: {"reason": "expired"}\n\n',
                }
            },
        },
        **problem_responses(Forbidden, TooManyStreams, StreamsExhausted),
    },
)
async def stream_creator_stats(watch: WatchDep, streams: StreamsDep, session: SessionDep) -> EventStream:
    """The same figures as `creator_stats`, pushed. Read it with fetch and the bearer token; where a stream can't be
    had, ask for `creator_stats` now and then."""
    await streams.start(session, watch)
    return EventStream(streams.frames(watch), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


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
