"""The consumer: each event of the service's queue has its effect once, in order per aggregate.

Message id and effect are one transaction (inbox); the ack comes after the commit. While the infrastructure is away
it waits in place and burns no delivery; what can never work goes to the dead letters at once; everything else is
tried again with growing delays, then set aside with its error. Events whose handler takes many at once share a
transaction; should that fail, each is tried alone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import aio_pika
import structlog
from aio_pika import Message
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import metrics, tracing
from shared.contracts.base import Event
from shared.db import Database
from shared.logging import get_logger
from shared.messaging.connection import BROKER_ERRORS, keep_going
from shared.messaging.envelope import ATTEMPT, DIED_AT, ERROR, InvalidMessage, Meta, again, read_meta
from shared.messaging.topology import RETRIES, dead_letters, events_queue, retries, retry_queue
from shared.settings import ServiceSettings
from shared.web import is_infrastructure_error

log = get_logger(__name__)

# Any: a handler takes the event type it is registered for.
Handler = Callable[[AsyncSession, Any, Meta], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Together:
    """A handler of many events of different aggregates at once, given in the order in which they came.

    It locks rows in an order of its own, so that two of them don't wait for each other, and publishes nothing: an
    event has one cause.
    """

    handle: Callable[[AsyncSession, Sequence[tuple[Any, Meta]]], Awaitable[None]]

    async def __call__(self, session: AsyncSession, event: Any, meta: Meta) -> None:
        """One alone."""
        await self.handle(session, [(event, meta)])


Handlers = Mapping[type[Event], Handler]

PREFETCH = 256
LANES = 4
MOST_TOGETHER = 100
DRAIN_SECONDS = 20.0
_INBOX = text(
    """
    INSERT INTO inbox (message_id, type)
    SELECT id, type FROM unnest(CAST(:ids AS uuid[]), CAST(:types AS text[])) AS m (id, type) ORDER BY id
    ON CONFLICT DO NOTHING RETURNING message_id
    """
)


async def apply(database: Database, handlers: Handlers, body: bytes, meta: Meta) -> str:
    """Apply one event once; returns `applied`, `duplicate` or `ignored` (no handler for its type).

    Raises InvalidMessage when the body is against its contract, and whatever the handler raises.
    """
    found = _responsible(handlers, meta.type)
    if found is None:
        return "ignored"
    kind, handler = found
    fresh = await _effect(database, handler, {meta.event_id: (_read(kind, body), meta)})
    return "applied" if fresh else "duplicate"


def _responsible(handlers: Handlers, name: str | None) -> tuple[type[Event], Handler] | None:
    return next(((kind, handler) for kind, handler in handlers.items() if kind.type == name), None)


def _read(kind: type[Event], body: bytes) -> Event:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        # Without the input: personal data has no place in a reason.
        found_wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise InvalidMessage(f"against the contract {kind.type}: {found_wrong}") from error


async def _effect(database: Database, handler: Handler, events: Mapping[UUID, tuple[Event, Meta]]) -> set[UUID]:
    """In one transaction; returns the ids of those that weren't duplicates."""
    async with database.transaction() as session:
        given = {"ids": list(events), "types": [meta.type for _, meta in events.values()]}
        fresh = set(await session.scalars(_INBOX, given))
        new = [one for event_id, one in events.items() if event_id in fresh]
        if isinstance(handler, Together):
            if new:
                await handler.handle(session, new)
        else:
            for event, meta in new:
                await handler(session, event, meta)
    return fresh


class Consumer:
    """Runs until cancelled, then finishes what is in hand; survives the loss of the database and of the broker."""

    def __init__(self, settings: ServiceSettings, database: Database, handlers: Handlers) -> None:
        self._settings = settings
        self._database = database
        self._handlers = handlers
        self.consuming = False
        self.in_hand = 0  # messages that were delivered and aren't acknowledged
        self._worst_lag: float | None = None

    def take_lag(self) -> float | None:
        """The longest that an event took to its effect here since this was asked last; None when there was none."""
        lag, self._worst_lag = self._worst_lag, None
        return lag

    async def run(self) -> None:
        """Consume whenever there is a broker."""
        await keep_going("consumer", self._consume, BROKER_ERRORS)

    async def _consume(self) -> None:
        name = self._settings.service_name
        async with await aio_pika.connect(self._settings.amqp_url, timeout=5, heartbeat=10) as broker:
            # A connection that doesn't reconnect by itself: after any interruption everything is set up anew, so
            # there is no half-restored consumer to watch.
            lost = asyncio.Event()
            broker.close_callbacks.add(lambda *_: lost.set())
            channel = await broker.channel()
            channel.close_callbacks.add(lambda *_: lost.set())
            await channel.set_qos(prefetch_count=PREFETCH)
            queue = await channel.get_queue(events_queue(name), ensure=False)
            publishing = await broker.channel(publisher_confirms=True, on_return_raises=True)
            dead = await publishing.get_exchange(dead_letters(name), ensure=False)
            retry = await publishing.get_exchange(retries(name), ensure=False)
            lanes: list[asyncio.Queue[AbstractIncomingMessage]] = [asyncio.Queue() for _ in range(LANES)]

            async def dispatch(message: AbstractIncomingMessage) -> None:
                # One lane an aggregate: callbacks run concurrently, and order matters only there.
                subject = str(message.headers.get("cloudEvents:subject", ""))
                lanes[hash(subject) % LANES].put_nowait(message)
                self.in_hand += 1

            self.in_hand = 0
            tag = await queue.consume(dispatch)
            losing = asyncio.create_task(lost.wait())
            workers = [
                asyncio.create_task(self._work(lane, retry, dead), name=f"lane {number}")
                for number, lane in enumerate(lanes)
            ]
            self.consuming = True
            log.info("consuming", queue=queue.name)
            try:
                await asyncio.wait([losing, *workers], return_when=asyncio.FIRST_COMPLETED)
                for worker in workers:
                    if worker.done():
                        worker.result()
            except asyncio.CancelledError:
                await queue.cancel(tag)
                await self._finish(lanes)
                raise
            finally:
                self.consuming = False
                for task in (losing, *workers):
                    task.cancel()
                await asyncio.gather(losing, *workers, return_exceptions=True)

    async def _finish(self, lanes: list[asyncio.Queue[AbstractIncomingMessage]]) -> None:
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await asyncio.gather(*(lane.join() for lane in lanes))
        except TimeoutError:
            log.warning("stopped before everything in hand was finished; it will be delivered again")

    async def _work(
        self,
        lane: asyncio.Queue[AbstractIncomingMessage],
        retry: AbstractExchange,
        dead: AbstractExchange,
    ) -> None:
        while True:
            batch = [await lane.get()]
            while len(batch) < MOST_TOGETHER and not lane.empty():
                batch.append(lane.get_nowait())
            try:
                for handler, run in self._runs(batch):
                    if handler is None or len(run) == 1 or not await self._handle_together(handler, run):
                        for message in run:
                            await self._handle(message, retry, dead)
            finally:
                self.in_hand -= len(batch)
                for _ in batch:
                    lane.task_done()

    def _runs(
        self, messages: Sequence[AbstractIncomingMessage]
    ) -> Iterator[tuple[Together | None, list[AbstractIncomingMessage]]]:
        """The messages in their order: neighbours that one handler takes together, and others."""

        def together(message: AbstractIncomingMessage) -> Together | None:
            found = _responsible(self._handlers, message.type)
            return found[1] if found is not None and isinstance(found[1], Together) else None

        for handler, run in groupby(messages, together):
            yield handler, list(run)

    async def _handle_together(self, handler: Together, messages: Sequence[AbstractIncomingMessage]) -> bool:
        """False when that failed and changed nothing, for whatever reason: alone each gets its own judgement."""
        started = time.perf_counter()
        # What this lane handled before is no cause of these.
        structlog.contextvars.unbind_contextvars("request_id", "event_id")
        try:
            metas = [read_meta(message) for message in messages]
            events = {}
            for message, meta in zip(messages, metas, strict=True):
                found = _responsible(self._handlers, meta.type)
                if found is not None:
                    events[meta.event_id] = (_read(found[0], message.body), meta)
            fresh = await _effect(self._database, handler, events)
        except Exception as error:
            log.warning("events that failed together are tried one by one", number=len(messages), error=repr(error))
            return False
        seconds = (time.perf_counter() - started) / len(messages)
        for message, meta in zip(messages, metas, strict=True):
            await message.ack()
            self._measure_lag(meta)
            metrics.CONSUMED.labels(meta.type, "applied" if meta.event_id in fresh else "duplicate").inc()
            metrics.CONSUME_SECONDS.labels(meta.type).observe(seconds)
            fresh.discard(meta.event_id)  # the same message again in this run is a duplicate
        return True

    async def _handle(self, message: AbstractIncomingMessage, retry: AbstractExchange, dead: AbstractExchange) -> None:
        started = time.perf_counter()
        kind = "unknown"
        try:
            meta = read_meta(message)
            kind = meta.type
            result = await self._apply_patiently(message.body, meta)
            self._measure_lag(meta)
        except InvalidMessage as error:
            result = "dead"
            await self._set_aside(message, dead, repr(error))
        except Exception as error:
            result = await self._retry(message, retry, dead, error)
        await message.ack()
        metrics.CONSUMED.labels(kind, result).inc()
        metrics.CONSUME_SECONDS.labels(kind).observe(time.perf_counter() - started)

    async def _apply_patiently(self, body: bytes, meta: Meta) -> str:
        tracing.correlation_id.set(meta.correlation_id)
        tracing.causation_id.set(str(meta.event_id))
        structlog.contextvars.bind_contextvars(request_id=meta.correlation_id, event_id=str(meta.event_id))
        pause = 0.05
        while True:
            try:
                return await apply(self._database, self._handlers, body, meta)
            except Exception as error:
                if not is_infrastructure_error(error):
                    raise
                log.warning("waiting for the database", error=str(error), retry_in=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def _retry(
        self,
        message: AbstractIncomingMessage,
        retry: AbstractExchange,
        dead: AbstractExchange,
        error: Exception,
    ) -> str:
        attempt = read_meta(message).attempt + 1
        log.error("event not handled", attempt=attempt, type=message.type, exc_info=error)
        if attempt > RETRIES:
            await self._set_aside(message, dead, repr(error))
            return "dead"
        copy = _copy(message, {ATTEMPT: attempt, ERROR: repr(error)[:1000]})
        await retry.publish(copy, retry_queue(self._settings.service_name, attempt), timeout=10)
        return "retried"

    def _measure_lag(self, meta: Meta) -> None:
        lag = max(0.0, (datetime.now(UTC) - meta.occurred_at).total_seconds())
        metrics.EVENT_LAG_SECONDS.labels(meta.type).observe(lag)
        self._worst_lag = max(lag, self._worst_lag or 0.0)

    async def _set_aside(self, message: AbstractIncomingMessage, dead: AbstractExchange, reason: str) -> None:
        log.error(
            "event set aside in the dead letters", type=message.type, message_id=message.message_id, reason=reason
        )
        copy = _copy(message, {ERROR: reason[:1000], DIED_AT: datetime.now(UTC).isoformat()})
        await dead.publish(copy, dead_letters(self._settings.service_name), timeout=10)


def _copy(message: AbstractIncomingMessage, headers: dict[str, Any]) -> Message:
    kept = {name: value for name, value in message.headers.items() if not name.startswith("x-death")}
    return again(message, {**kept, **headers})
