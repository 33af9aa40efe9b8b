"""The service's own commands."""

import asyncio
import sys
import time
from uuid import UUID

from catalog import demo
from catalog.sessions.service import writing
from catalog.settings import Settings
from shared.clock import utcnow
from shared.db import Database
from shared.logging import get_logger

log = get_logger(__name__)

PATIENCE = 90.0  # seconds until the demo's creators, on their way as events, are given up
_PORTION = 500


async def seed_demo(_arguments: list[str]) -> None:
    """Demo sessions, through the same use case as everybody's. Refused outside development; repeating adds nothing."""
    settings = Settings()
    if not settings.debug:
        sys.exit("seed-demo is for development: set DEBUG=true")
    async with Database(settings) as database:
        deadline = time.monotonic() + PATIENCE
        while missing := await demo.missing_creators(database):
            if time.monotonic() > deadline:
                sys.exit(
                    f"seed-demo: no word from identity about {', '.join(missing)} within {PATIENCE:.0f} s. "
                    "Run identity's seed-demo first, and see that both workers run"
                )
            await asyncio.sleep(0.25)
        made = await demo.seed(database, now=utcnow())
    log.info("demo sessions created", count=made)


async def rebuild_cards(_arguments: list[str]) -> None:
    """Render every card of the read model anew, in portions and while the service runs; for a new form of card."""
    done, after = 0, UUID(int=0)
    async with Database(Settings()) as database:
        while True:
            async with database.transaction() as session:
                portion = await writing.rebuild(session, after, _PORTION)
            if not portion:
                break
            done, after = done + len(portion), portion[-1]
        async with database.transaction() as session:
            await writing.recount(session)
    log.info("cards rebuilt", count=done)
