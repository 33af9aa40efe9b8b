"""The service's own commands."""

import asyncio
import sys
import time

from booking import demo
from booking.revenue import service as revenue
from booking.settings import Settings
from shared.clock import utcnow
from shared.db import Database
from shared.logging import get_logger

log = get_logger(__name__)

PATIENCE = 60.0  # seconds until the demo's people and sessions, on their way as events, are given up
SETTLED = 1.5  # seconds without a further session: all have arrived
DRAIN = 10.0  # seconds that events on their way to the projection get


async def seed_demo(_arguments: list[str]) -> None:
    """Demo bookings, through the same use case as everybody's. Refused outside development; repeating adds nothing."""
    settings = Settings()
    if not settings.debug:
        sys.exit("seed-demo is for development: set DEBUG=true")
    database = Database(settings)
    await database.open()
    try:
        await _wait_for_replicas(database)
        made = await demo.seed(database, now=utcnow())
    finally:
        await database.close()
    log.info("demo bookings made", count=made)


async def _wait_for_replicas(database: Database) -> None:
    deadline = time.monotonic() + PATIENCE
    settled = (0, time.monotonic())
    while True:
        missing, count = await demo.is_ready(database)
        now = time.monotonic()
        if count != settled[0]:
            settled = (count, now)
        if not missing and now - settled[1] >= SETTLED:
            return
        if now > deadline:
            sys.exit(
                f"seed-demo: no word about {', '.join(missing)} within {PATIENCE:.0f} s. "
                "Run identity's and catalog's seed-demo first, and see that all workers run"
            )
        await asyncio.sleep(0.25)


async def check_revenue(_arguments: list[str]) -> None:
    """Compare the revenue projection with the bookings; says what differs and exits with 1 if anything does."""
    database = Database(Settings())
    await database.open()
    deadline = time.monotonic() + DRAIN
    try:
        while True:
            async with database.transaction() as db:
                drift = await revenue.find_drift(db)
            if not drift or time.monotonic() > deadline:
                break
            # Events on their way aren't drift.
            await asyncio.sleep(0.5)
    finally:
        await database.close()
    for line in drift:
        sys.stdout.write(f"{line}\n")
    if drift:
        sys.exit(f"check-revenue: {len(drift)} figures differ from the bookings")
    sys.stdout.write("check-revenue: the ledger and its sums agree with the bookings\n")
