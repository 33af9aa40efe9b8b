"""Use cases of revenue: projecting booking events, and reading what was projected."""

import asyncio
import time
from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from booking.revenue.repository import figures, projection
from booking.revenue.schemas import CreatorStats, Difference, Drift, Entry, Kind, LedgerRow, Period, SystemStats
from shared.db import Database
from shared.errors import InvalidInput
from shared.export import PORTION
from shared.pagination import Page

DRAIN = 10.0  # seconds that events on their way to the projection get


def entry(
    *,
    event_id: UUID,
    booking_id: UUID,
    creator_id: UUID,
    session_id: UUID,
    kind: Kind,
    amount: Decimal,
    currency: str,
    starts_at: datetime,
    created_at: datetime,
    cancelled_at: datetime | None,
) -> Entry:
    """The ledger's row for a booking event; days are UTC days of the booking and of the event."""
    occurred_at = created_at if cancelled_at is None else cancelled_at
    return Entry(
        event_id=event_id,
        booking_id=booking_id,
        creator_id=creator_id,
        session_id=session_id,
        kind=kind,
        amount=amount if kind == "booked" else -amount,
        currency=currency,
        day=occurred_at.astimezone(UTC).date(),
        booked_day=created_at.astimezone(UTC).date(),
        starts_at=starts_at,
        occurred_at=occurred_at,
    )


async def project(db: AsyncSession, entries: list[Entry]) -> int:
    """Add events to the ledger and to its sums, each once; returns how many were new."""
    return await projection.project(db, entries)


async def creator_stats(db: AsyncSession, creator_id: UUID, period: Period) -> CreatorStats:
    """What a creator earned and sold, from the projection alone."""
    _check(period)
    return CreatorStats.model_validate(await figures.read_stats(db, creator_id, period))


async def versions(db: AsyncSession, creator_ids: Collection[UUID]) -> dict[UUID, str]:
    """For each creator a text that is another one whenever their figures may be others. Read it before the figures."""
    return await figures.read_versions(db, creator_ids)


async def system_stats(db: AsyncSession, period: Period) -> SystemStats:
    """The whole place in figures."""
    _check(period)
    found = await figures.read_stats(db, None, period)
    return SystemStats.model_validate({**found, **await figures.count_replicas(db)})


async def ledger(
    db: AsyncSession, creator_id: UUID, period: Period, session_id: UUID | None, page: Page
) -> tuple[list[LedgerRow], dict[str, str]]:
    """The rows behind the figures, newest first, and the headers of the page."""
    _check(period)
    after = _after(page)
    rows = await figures.find_ledger(
        db, creator_id, period, session_id, size=page.size + 1, offset=page.offset, after=after
    )
    total = await figures.count_ledger(db, creator_id, period, session_id)
    shown = rows[: page.size]
    more = len(rows) > page.size
    headers = page.headers(total, next_cursor=[shown[-1].position] if more else None)
    return [LedgerRow.model_validate(row._asdict()) for row in shown], headers


async def export_ledger(db: AsyncSession, creator_id: UUID, after: int | None) -> tuple[list[LedgerRow], int | None]:
    """A portion of a creator's ledger for their export, and where the next one begins."""
    rows = await figures.find_ledger(db, creator_id, Period(), None, size=PORTION, offset=0, after=after)
    following = rows[-1].position if len(rows) == PORTION else None
    return [LedgerRow.model_validate(row._asdict()) for row in rows], following


def _after(page: Page) -> int | None:
    match page.cursor:
        case None | []:
            return None
        case [int() as position] if not isinstance(position, bool) and 0 < position < 2**63:
            return position
    raise InvalidInput(errors={"cursor": ["Use the cursor of a `next` link"]})


def _check(period: Period) -> None:
    if period.first is not None and period.last is not None and period.last < period.first:
        raise InvalidInput(errors={"to": ["Give an end that isn't before the start"]})


async def find_drift(db: AsyncSession) -> Drift:
    """What differs between the bookings, the ledger and its sums. Events on their way are no drift, but counted."""
    rows = await projection.find_drift(db)
    return Drift(
        total=rows[0].total if rows else 0,
        differences=[Difference.model_validate(row._asdict()) for row in rows],
        pending=await projection.count_pending(db),
    )


async def check(database: Database) -> Drift:
    """What differs, once the events on their way have come; those that don't come in time are `pending`."""
    deadline = time.monotonic() + DRAIN
    while True:
        async with database.transaction() as db:
            drift = await find_drift(db)
        if drift.total or not drift.pending or time.monotonic() > deadline:
            return drift
        await asyncio.sleep(0.5)
