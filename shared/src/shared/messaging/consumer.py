"""The consumer: each event of the service's queue has its effect once, in order per aggregate.

Message id and effect are one transaction (inbox); the ack comes after the commit. While the infrastructure is away
it waits in place and burns no delivery; what can never work goes to the dead letters at once; everything else is
tried again with growing delays, then set aside with its error.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import aio_pika
import structlog
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import metrics, tracing
from shared.contracts.base import Event
from shared.db import Database
from shared.logging import get_logger
from shared.messaging.connection import BROKER_ERRORS, keep_going
from shared.messaging.envelope import ATTEMPT, DIED_AT, ERROR, InvalidMessage, Meta, read_meta
from shared.messaging.topology import RETRIES, dead_letters, events_queue, retries, retry_queue
from shared.settings import ServiceSettings
from shared.web import is_infrastructure_error

log = get_logger(__name__)

# Any: a handler takes the event type it is registered for.
Handler = Callable[[AsyncSession, Any, Meta], Awaitable[None]]
Handlers = Mapping[type[Event], Handler]

PREFETCH = 64
LANES = 4
DRAIN_SECONDS = 20.0
_INBOX = text("INSERT INTO inbox (message_id, type) VALUES (:id, :type) ON CONFLICT DO NOTHING RETURNING 1")


async def apply(database: Database, handlers: Handlers, body: bytes, meta: Meta) -> str:
    """Apply one event once; returns `applied`, `duplicate` or `ignored` (no handler for its type).

    Raises InvalidMessage when the body is against its contract, and whatever the handler raises.
    """
    found = next(((kind, handler) for kind, handler in handlers.items() if kind.type == meta.type), None)
    if found is None:
        return "ignored"
    kind, handler = found
    try:
        event = kind.model_validate_json(body)
    except ValidationError as error:
        # Without the input: personal data has no place in a reason.
        found_wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise InvalidMessage(f"against the contract {meta.type}: {found_wrong}") from error
    async with database.transaction() as session:
        fresh = await session.scalar(_INBOX, {"id": meta.event_id, "type": meta.type})
        if fresh is None:
            return "duplicate"
        await handler(session, event, meta)
    return "applied"


class Consumer:
    """Runs until cancelled, then finishes what is in hand; survives the loss of the database and of the broker."""

    def __init__(self, settings: ServiceSettings, database: Database, handlers: Handlers) -> None:
        self._settings = settings
        self._database = database
        self._handlers = handlers
        self.consuming = False

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
            message = await lane.get()
            try:
                await self._handle(message, retry, dead)
            finally:
                lane.task_done()

    async def _handle(self, message: AbstractIncomingMessage, retry: AbstractExchange, dead: AbstractExchange) -> None:
        started = time.perf_counter()
        kind = "unknown"
        try:
            meta = read_meta(message)
            kind = meta.type
            result = await self._apply_patiently(message.body, meta)
            lag = (datetime.now(UTC) - meta.occurred_at).total_seconds()
            metrics.EVENT_LAG_SECONDS.labels(kind).observe(max(0.0, lag))
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

    async def _set_aside(self, message: AbstractIncomingMessage, dead: AbstractExchange, reason: str) -> None:
        log.error(
            "event set aside in the dead letters", type=message.type, message_id=message.message_id, reason=reason
        )
        copy = _copy(message, {ERROR: reason[:1000], DIED_AT: datetime.now(UTC).isoformat()})
        await dead.publish(copy, dead_letters(self._settings.service_name), timeout=10)


def _copy(message: AbstractIncomingMessage, headers: dict[str, Any]) -> Message:
    kept = {name: value for name, value in message.headers.items() if not name.startswith("x-death")}
    return Message(
        message.body,
        delivery_mode=DeliveryMode.PERSISTENT,
        content_type=message.content_type,
        message_id=message.message_id,
        type=message.type,
        headers={**kept, **headers},
    )
