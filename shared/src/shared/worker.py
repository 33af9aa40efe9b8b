"""A service's worker process: relay, consumer, chores and jobs, with health and metrics like an api."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

from shared import version, web
from shared.app import probes
from shared.db import Database
from shared.errors import Unavailable
from shared.logging import get_logger
from shared.messaging.consumer import Consumer, Handlers
from shared.messaging.relay import Relay
from shared.operations import tables
from shared.operations.heartbeat import Heartbeat, Pulse
from shared.operations.kinds import kinds
from shared.operations.runner import Kind, Runner
from shared.replicas import Replica
from shared.settings import ServiceSettings

log = get_logger(__name__)

_FAILED_SECONDS = 5.0  # until a chore that failed is tried again, at the earliest

_PRUNE = (
    "DELETE FROM outbox WHERE published_at < now() - interval '7 days'",
    # Longer than any delivery or dead letter is expected to come back.
    "DELETE FROM inbox WHERE received_at < now() - interval '30 days'",
    "DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'",
    *tables.PRUNE,
)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done every so many seconds, by one of a service's workers: the one whose relay leads.

    One that shares its work among all workers needn't be `led`, and goes on while the broker is away.
    """

    run: Callable[[Database], Awaitable[None]]
    every: float = 3600.0
    led: bool = True


async def prune(database: Database) -> None:
    """Remove what messaging, idempotency and operations no longer need."""
    async with database.connection() as connection:
        for statement in _PRUNE:
            await connection.execute(statement)


def create_worker(
    settings: ServiceSettings,
    *,
    handlers: Handlers,
    chores: Sequence[Chore] = (),
    replicas: Mapping[str, Replica] | None = None,
    own_kinds: Mapping[str, Kind] | None = None,
) -> FastAPI:
    """The worker's app. A service without handlers only relays. `chores` run beside pruning.

    What operators ask for: every service's kinds of jobs, for its `replicas`, and `own_kinds`.
    """
    database = Database(settings)
    relay = Relay(settings)
    consumer = Consumer(settings, database, handlers) if handlers else None
    asked = {**kinds(replicas or {}, consumes=consumer is not None), **(own_kinds or {})}
    runner = Runner(settings, database, asked)

    def pulse() -> Pulse:
        return Pulse(
            leads=relay.leading.is_set(),
            consuming=None if consumer is None else consumer.consuming,
            in_hand=0 if consumer is None else consumer.in_hand,
            failing=relay.failing,
            lag_seconds=None if consumer is None else consumer.take_lag(),
        )

    heartbeat = Heartbeat(database, version.of(settings), pulse)

    async def repeat(chore: Chore) -> None:
        while True:
            if chore.led:
                await relay.leading.wait()
            pause = chore.every
            try:
                await chore.run(database)
            except Exception as error:
                log.error("chore failed", chore=chore.run.__name__, exc_info=error)
                pause = max(pause, _FAILED_SECONDS)
            await asyncio.sleep(pause)

    async def ping() -> None:
        await database.ping()
        if time.monotonic() - relay.beat > 30:
            raise Unavailable("The relay stands still.")
        if consumer is not None and not consumer.consuming:
            raise Unavailable("Not consuming.")

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await database.open()
        tasks: list[asyncio.Task[None]] = [asyncio.create_task(relay.run(), name="relay")]
        tasks += [asyncio.create_task(repeat(chore), name=chore.run.__name__) for chore in (Chore(prune), *chores)]
        tasks.append(asyncio.create_task(heartbeat.run(), name="heartbeat"))
        if asked:
            tasks.append(asyncio.create_task(runner.run(), name="jobs"))
        if consumer is not None:
            tasks.append(asyncio.create_task(consumer.run(), name="consumer"))
        for task in tasks:
            task.add_done_callback(_report)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await heartbeat.leave()
            await database.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    health = probes(ping)
    app.state.routers = [health]
    app.include_router(health)
    web.install(app)
    return app


def _report(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        # A part that died by a bug of ours: leave, so that the process manager starts a fresh one.
        log.critical("worker part died", part=task.get_name(), exc_info=error)
        raise SystemExit(1)
