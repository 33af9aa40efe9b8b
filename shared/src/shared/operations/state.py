"""Reading a service's state from where it is true: its database, the broker, and its workers' signs of life."""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aio_pika
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.messaging.connection import BROKER_ERRORS
from shared.messaging.topology import RETRIES, dead_letters, events_queue, retry_queue
from shared.operations.schemas import (
    BrokerState,
    DatabaseState,
    DeadLettersState,
    OperationsState,
    OutboxState,
    QueueState,
    ReplicaState,
    WorkerState,
)
from shared.replicas import Replica
from shared.settings import ServiceSettings

ALIVE_SECONDS = 15.0
COUNTED = 100_000  # rows of a replica; of more the planner's estimate has to do
_BROKER_PATIENCE = 3.0
_TABLES = text(
    """
    SELECT
        (
            SELECT sum(pg_total_relation_size(oid)) FROM pg_class
            WHERE relnamespace = to_regnamespace(current_schema()) AND relkind = 'r'
        ) AS size,
        (SELECT version_num FROM alembic_version) AS revision
    """
)
_OUTBOX = text(
    """
    SELECT count(*) AS unpublished,
        extract(epoch FROM clock_timestamp() - min(occurred_at))::double precision AS oldest_age_seconds
    FROM outbox WHERE published_at IS NULL
    """
)
_WORKERS = text(
    """
    SELECT *, seen_at > clock_timestamp() - make_interval(secs => :alive) AS alive
    FROM workers ORDER BY started_at, id
    """
)
_ESTIMATE = text("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:table)")


async def read_state(
    session: AsyncSession,
    settings: ServiceSettings,
    replicas: Mapping[str, Replica],
    *,
    consumes: bool,
    version: str,
    started_at: datetime,
) -> OperationsState:
    """A broker that is away is part of the answer. Raises what the database raises when that one is."""
    begun = time.perf_counter()
    await session.execute(text("SELECT 1"))
    ms = _ms_since(begun)
    tables = (await session.execute(_TABLES)).one()
    outbox = (await session.execute(_OUTBOX)).one()
    workers = (await session.execute(_WORKERS, {"alive": ALIVE_SECONDS})).all()
    alive = [worker for worker in workers if worker.alive]
    broker, queue, dead = await _ask_broker(settings, consumes=consumes)
    if queue is not None:
        queue.in_hand = sum(worker.in_hand for worker in alive)
        queue.lag_seconds = max((w.lag_seconds for w in alive if w.lag_seconds is not None), default=None)
    return OperationsState(
        service=settings.service_name,
        version=version,
        started_at=started_at,
        consumes=consumes,
        database=DatabaseState(ok=True, ms=ms, size_bytes=int(tables.size or 0), revision=tables.revision),
        broker=broker,
        outbox=OutboxState(
            unpublished=outbox.unpublished,
            oldest_age_seconds=outbox.oldest_age_seconds,
            failing=sum(worker.failing for worker in alive if worker.leads),
        ),
        queue=queue,
        dead_letters=dead,
        workers=[WorkerState.model_validate(worker) for worker in workers],
        replicas=[await _count(session, name, replica) for name, replica in replicas.items()],
    )


async def _ask_broker(
    settings: ServiceSettings, *, consumes: bool
) -> tuple[BrokerState, QueueState | None, DeadLettersState | None]:
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(_BROKER_PATIENCE), await aio_pika.connect(settings.amqp_url, timeout=2) as broker:
            channel = await broker.channel()
            ms = _ms_since(begun)
            if not consumes:
                return BrokerState(ok=True, ms=ms), None, None

            async def ask(name: str) -> Any:
                return (await channel.declare_queue(name, passive=True)).declaration_result

            events = await ask(events_queue(settings.service_name))
            dead = await ask(dead_letters(settings.service_name))
            waiting = [await ask(retry_queue(settings.service_name, number)) for number in range(1, RETRIES + 1)]
    except BROKER_ERRORS:
        return BrokerState(ok=False, ms=None), None, None
    queue = QueueState(
        messages=events.message_count,
        in_hand=0,
        retrying=sum(each.message_count for each in waiting),
        consumers=events.consumer_count,
        lag_seconds=None,
    )
    return BrokerState(ok=True, ms=ms), queue, DeadLettersState(count=dead.message_count)


async def _count(session: AsyncSession, name: str, replica: Replica) -> ReplicaState:
    table = replica.table.__table__
    rows = await session.scalar(_ESTIMATE, {"table": f"{table.schema}.{table.name}"}) or 0
    exact = rows <= COUNTED
    if exact:
        rows = await session.scalar(text(f"SELECT count(*) FROM {table.schema}.{table.name}")) or 0
    return ReplicaState(name=name, owner=replica.owner, rows=rows, exact=exact)


def _ms_since(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 1)
