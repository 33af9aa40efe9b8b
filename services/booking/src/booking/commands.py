"""The service's own commands."""

import argparse
import asyncio
import sys
import time

import psycopg

from booking import demo
from booking.revenue import service as revenue
from booking.revenue.rebuild import RebuildRunning, rebuild
from booking.settings import Settings
from shared.clock import utcnow
from shared.db import Database
from shared.logging import get_logger
from shared.operators import note

log = get_logger(__name__)

PATIENCE = 60.0  # seconds until the demo's people and sessions, on their way as events, are given up
SETTLED = 1.5  # seconds without a further session: all have arrived


async def seed_demo(_arguments: list[str]) -> None:
    """Demo bookings, through the same use case as everybody's. Refused outside development; repeating adds nothing."""
    settings = Settings()
    if not settings.debug:
        sys.exit("seed-demo is for development: set DEBUG=true")
    async with Database(settings) as database:
        await _wait_for_replicas(database)
        made = await demo.seed(database, now=utcnow())
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


async def check_revenue(arguments: list[str]) -> None:
    """Compare the revenue projection with the bookings; says what differs and exits with 1 if anything does."""
    parser = argparse.ArgumentParser(prog="python -m booking check-revenue", description=check_revenue.__doc__)
    parser.add_argument("--json", action="store_true", help="as one JSON document")
    options = parser.parse_args(arguments)
    async with Database(Settings()) as database:
        drift = await revenue.check(database)
    if options.json:
        _say(drift.model_dump_json())
    else:
        for difference in drift.differences:
            _say(str(difference))
    if drift.total:
        sys.exit(f"check-revenue: {drift.total} rows differ from the bookings; rebuild-revenue mends them")
    if drift.pending:
        sys.exit(f"check-revenue: {drift.pending} events don't arrive: look at the workers and at the dead letters")
    if not options.json:
        _say("check-revenue: the ledger and its sums agree with the bookings")


async def rebuild_revenue(arguments: list[str]) -> None:
    """Make the revenue projection anew from the bookings, while everything runs."""
    argparse.ArgumentParser(prog="python -m booking rebuild-revenue", description=rebuild_revenue.__doc__).parse_args(
        arguments
    )
    try:
        entries = await rebuild(Settings(), _say)
        async with Database(Settings()) as database:
            await note(database, "rebuild-revenue", entries=entries)
    except RebuildRunning:
        sys.exit("rebuild-revenue: another rebuild, or a migration, runs")
    except psycopg.OperationalError as error:
        sys.exit(f"rebuild-revenue: nothing was changed: {error}")


def _say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
