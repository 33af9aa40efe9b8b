"""Whole runs: load, trouble, rest, judgement."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from tests.resilience.faults import Record, plan, trouble
from tests.resilience.judge import judge
from tests.resilience.load import Crowd, Plan
from tests.resilience.report import Report
from tests.resilience.system import System

Meanwhile = Callable[[Crowd], Awaitable[None]]


@contextlib.asynccontextmanager
async def under_load(
    system: System, seed: int, rate: float, mix: Plan, *, fresh_connections: bool = False
) -> AsyncIterator[Crowd]:
    """People at work for as long as the block lasts; afterwards all of them have had their answers."""
    crowd = Crowd(system.url, seed, mix, fresh_connections=fresh_connections)
    stop = asyncio.Event()
    try:
        await crowd.settle(creators=6, buyers=24, sessions=30)
        working = asyncio.create_task(crowd.run(rate, stop))
        try:
            yield crowd
        finally:
            stop.set()
            await working
    finally:
        await crowd.close()


async def chaos(system: System, *, seed: int, seconds: float, kills: int, rate: float) -> Report:
    """Every kind of part killed so many times, and frozen and cut off, while people work."""
    chance = random.Random(seed)
    parts = [name for name in system.programs if name not in ("epmd", "upstreams", "owner")]
    record = Record()
    started = time.monotonic()
    async with under_load(system, seed, rate, Plan.mixed()) as crowd:
        await trouble(system, chance, plan(chance, kills, parts), seconds, record)
    lasted = time.monotonic() - started
    verdict = await judge(system, crowd.journal, patience=120)
    return Report(f"chaos, seed {seed}", lasted, crowd.journal, record, verdict)


async def quiet(
    system: System, title: str, *, seed: int, rate: float, mix: Plan, meanwhile: Meanwhile, patience: float = 30
) -> Report:
    """No trouble but what `meanwhile` makes."""
    started = time.monotonic()
    async with under_load(system, seed, rate, mix) as crowd:
        await meanwhile(crowd)
    lasted = time.monotonic() - started
    verdict = await judge(system, crowd.journal, patience=patience)
    return Report(title, lasted, crowd.journal, Record(), verdict)
