"""The worker process: relay of booking's events, consumer of everybody's, check of the revenue projection."""

from fastapi import FastAPI

from booking import metrics
from booking.consumers import HANDLERS, REPLICAS
from booking.revenue import service as revenue
from booking.revenue.jobs import KINDS
from booking.settings import Settings
from shared.db import Database
from shared.logging import get_logger
from shared.revocation import prune_revoked_logins
from shared.worker import Chore, create_worker

log = get_logger(__name__)
_SHOWN = 10


async def check_revenue(database: Database) -> None:
    """Compare the revenue projection with the bookings, and tell of drift."""
    async with database.transaction() as db:
        drift = await revenue.find_drift(db)
    metrics.REVENUE_DRIFT.set(drift.total)
    metrics.REVENUE_PENDING.set(drift.pending)
    if drift.total:
        first = [str(difference) for difference in drift.differences[:_SHOWN]]
        log.error("revenue differs from the bookings", rows=drift.total, first=first)


def create(settings: Settings | None = None) -> FastAPI:
    settings = settings or Settings()
    chores = [Chore(check_revenue, every=settings.revenue_check_seconds), Chore(prune_revoked_logins)]
    return create_worker(settings, handlers=HANDLERS, chores=chores, replicas=REPLICAS, own_kinds=KINDS)
