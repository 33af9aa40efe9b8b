"""Replicas beside events: the owner's snapshot, and comparing and resynchronising with it while events flow.

A snapshot is walked by id, page by page, and every row has its version. The queue is bound before (`migrate` does it),
so that whatever happens behind the walk comes as an event, and whatever comes twice is told by its version.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import httpx
from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import inspect, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import utcnow
from shared.contracts.base import Event
from shared.db import Database, SessionDep
from shared.messaging.consumer import Handler
from shared.messaging.envelope import Meta
from shared.settings import ServiceSettings
from shared.web import is_infrastructure_error

PAGE = 500
GRACE = 10.0  # seconds that events on their way get before a difference is one
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)
_ATTEMPTS = 5


def snapshot(path: str, table: Any, state: type[Event]) -> APIRouter:
    """The owner's side: all rows of a table as their events would tell them, for other services alone.

    The table has the state's fields, an `id` and a `version`. The gateway routes none of it.
    """
    router = APIRouter(include_in_schema=False)

    @router.get(path)
    async def page(
        session: SessionDep, after: UUID = _FIRST, limit: Annotated[int, Query(ge=1, le=1000)] = PAGE
    ) -> dict[str, Any]:
        found = (await session.scalars(select(table).where(table.id > after).order_by(table.id).limit(limit))).all()
        items = [
            {
                "version": row.version,
                "state": state(**{name: getattr(row, name) for name in state.model_fields}).model_dump(mode="json"),
            }
            for row in found
        ]
        return {"items": items, "next": found[-1].id if len(found) == limit else None}

    return router


@dataclass(frozen=True, slots=True)
class Replica:
    """What a service keeps of another's rows, and how it takes over their state."""

    owner: Literal["identity", "catalog", "booking"]
    path: str
    state: type[Event]
    table: Any  # with `id`, `version` and those of the state's fields that are kept
    apply: Handler
    # The changes that close a row whose owner doesn't have it any more.
    closing: Callable[[datetime], Mapping[str, Any]]
    # Mends what follows from the rows; returns how much there was to mend.
    settle: Callable[[AsyncSession], Awaitable[int]] | None = None

    @property
    def kept(self) -> list[str]:
        columns = inspect(self.table).column_attrs.keys()
        return [name for name in self.state.model_fields if name in columns]

    def client(self, settings: ServiceSettings) -> httpx.AsyncClient:
        """A way to the owner."""
        return httpx.AsyncClient(base_url=getattr(settings, f"{self.owner}_url"), timeout=30, trust_env=False)


class Difference(BaseModel):
    """A row that isn't what its owner says. `unknown`: the owner doesn't have it."""

    id: UUID
    what: Literal["missing", "older", "different", "unknown"]
    here: int | None
    there: int | None
    fields: list[str] = []

    def __str__(self) -> str:
        fields = f" in {', '.join(self.fields)}" if self.fields else ""
        return f"{self.id} {self.what}{fields}: version {self.here} here, {self.there} at the owner"


@dataclass(slots=True)
class Resynced:
    """What a resync did."""

    rows: int = 0
    applied: int = 0
    settled: int = 0
    unknown: list[Difference] = field(default_factory=list)  # that were left alone


class _Item(BaseModel):
    version: int
    state: dict[str, Any]


class _Page(BaseModel):
    items: list[_Item]
    next: UUID | None


Owned = dict[UUID, tuple[int, Event]]


def _nobody(_rows: int) -> None:
    """Nobody wants to know how far it is."""


async def resync(
    database: Database,
    client: httpx.AsyncClient,
    replica: Replica,
    *,
    close_unknown: bool = False,
    page: int = PAGE,
    tell: Callable[[int], None] = _nobody,
) -> Resynced:
    """Take over from the owner whatever is missing, older or different here; newer rows stay as they are.

    Rows go the way of events, each in a transaction of its own. What the owner doesn't have is left alone and told,
    or, with `close_unknown`, closed. Can be killed and repeated. `tell` hears how many of the owner's rows were
    read. Raises httpx.HTTPError.
    """
    done = Resynced()
    async for after, until, owned in _walk(client, replica, page):
        done.rows += len(owned)
        tell(done.rows)
        for difference in await _compare(database, client, replica, after, until, owned):
            if difference.what != "unknown":
                version, state = owned[difference.id]
            elif close_unknown:
                version, state = await _closed(database, replica, difference.id)
            else:
                done.unknown.append(difference)
                continue
            await _take_over(database, replica, difference, version, state)
            done.applied += 1
    if replica.settle is not None:
        async with database.transaction() as db:
            done.settled = await replica.settle(db)
    return done


async def check(
    database: Database,
    client: httpx.AsyncClient,
    replica: Replica,
    *,
    grace: float | None = None,
    tell: Callable[[int], None] = _nobody,
) -> tuple[list[Difference], int]:
    """What differs from the owner, and how much would be to settle, for longer than events are on their way.

    `tell` hears how many of the owner's rows were read. Raises httpx.HTTPError.
    """
    differing: dict[UUID, Difference] = {}
    rows = 0
    async for after, until, owned in _walk(client, replica, PAGE):
        rows += len(owned)
        tell(rows)
        found = await _compare(database, client, replica, after, until, owned)
        differing |= {difference.id: difference for difference in found}
    unsettled = await _count_unsettled(database, replica)
    grace = GRACE if grace is None else grace
    deadline = asyncio.get_running_loop().time() + grace
    while (differing or unsettled) and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(min(0.5, grace))
        again: dict[UUID, Difference] = {}
        for row_id in differing:
            before = UUID(int=row_id.int - 1)
            owned = await _one(client, replica, row_id)
            found = await _compare(database, client, replica, before, row_id, owned)
            again |= {difference.id: difference for difference in found}
        differing, unsettled = again, await _count_unsettled(database, replica)
    return list(differing.values()), unsettled


async def _walk(client: httpx.AsyncClient, replica: Replica, page: int) -> AsyncIterator[tuple[UUID, UUID, Owned]]:
    """The owner's rows in portions: those between two ids, the first of which is left out."""
    after: UUID | None = _FIRST
    while after is not None:
        found = await _fetch(client, replica, after, page)
        yield after, found.next or _LAST, _owned(replica, found)
        after = found.next


async def _one(client: httpx.AsyncClient, replica: Replica, row_id: UUID) -> Owned:
    owned = _owned(replica, await _fetch(client, replica, UUID(int=row_id.int - 1), 1))
    return {row_id: owned[row_id]} if row_id in owned else {}


async def _fetch(client: httpx.AsyncClient, replica: Replica, after: UUID, limit: int) -> _Page:
    answer = await client.get(replica.path, params={"after": str(after), "limit": limit})
    answer.raise_for_status()
    return _Page.model_validate_json(answer.content)


def _owned(replica: Replica, page: _Page) -> Owned:
    states = ((item.version, replica.state.model_validate(item.state)) for item in page.items)
    return {state.id: (version, state) for version, state in states}


async def _compare(
    database: Database, client: httpx.AsyncClient, replica: Replica, after: UUID, until: UUID, owned: Owned
) -> list[Difference]:
    async with database.transaction() as db:
        table = replica.table
        rows = (await db.scalars(select(table).where(table.id > after, table.id <= until))).all()
    here = {row.id: row for row in rows}
    found = []
    for row_id, (version, state) in owned.items():
        row = here.get(row_id)
        if row is None:
            found.append(Difference(id=row_id, what="missing", here=None, there=version))
        elif row.version < version:
            found.append(Difference(id=row_id, what="older", here=row.version, there=version))
        elif row.version == version:
            fields = [name for name in replica.kept if getattr(row, name) != getattr(state, name)]
            if fields:
                found.append(Difference(id=row_id, what="different", here=version, there=version, fields=fields))
    for row_id, row in here.items():
        # Version 0 is known by name only, and what is younger than the page isn't unknown.
        if row_id not in owned and row.version > 0 and not await _one(client, replica, row_id):
            found.append(Difference(id=row_id, what="unknown", here=row.version, there=None))
    return found


async def _take_over(database: Database, replica: Replica, difference: Difference, version: int, state: Event) -> None:
    table = replica.table
    meta = Meta(uuid4(), "resync", difference.id, version, utcnow(), None, 0)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with database.transaction() as db:
                if difference.what == "different":
                    # Not what this version is: any state of it is news then.
                    distrust = update(table).where(table.id == difference.id, table.version == version)
                    await db.execute(distrust.values(version=version - 1).execution_options(synchronize_session=False))
                await replica.apply(db, state, meta)
            return
        except Exception as error:
            # A deadlock or a lock that others hold: events flow meanwhile.
            if attempt == _ATTEMPTS or not is_infrastructure_error(error):
                raise
        await asyncio.sleep(0.1 * attempt)


async def _closed(database: Database, replica: Replica, row_id: UUID) -> tuple[int, Event]:
    """The state that closes a row, as its next version."""
    async with database.transaction() as db:
        row = await db.get_one(replica.table, row_id)
    values = {name: getattr(row, name) for name in replica.kept}
    return row.version + 1, replica.state.model_construct(**{**values, **replica.closing(utcnow())})


async def _count_unsettled(database: Database, replica: Replica) -> int:
    if replica.settle is None:
        return 0
    async with database.transaction() as db:
        found = await replica.settle(db)
        await db.rollback()
    return found
