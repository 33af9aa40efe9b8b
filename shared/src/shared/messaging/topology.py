"""Exchanges, queues and bindings. Declared by `migrate`, before any relay starts; limits are policies of the broker.

Queue arguments can't be changed later, so only the queue's kind is one; see deploy/rabbitmq for the policies.
"""

from collections.abc import Iterable

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel

EVENTS = "events"
RETRIES = 4  # queues S.retry.1 … S.retry.4, with growing delays
_QUORUM = {"x-queue-type": "quorum"}


def events_queue(service: str) -> str:
    return f"{service}.events"


def retry_queue(service: str, attempt: int) -> str:
    """Where attempt 1, 2, … waits for its delay."""
    return f"{service}.retry.{attempt}"


def retries(service: str) -> str:
    """The exchange before the retry queues and, for what an operator sends again, before the service's own queue.

    Not the default exchange: who may publish there reaches every queue.
    """
    return f"{service}.retry"


def dead_letters(service: str) -> str:
    """The name of the dead-letter queue, and of the exchange before it."""
    return f"{service}.dead"


async def declare(channel: AbstractChannel, service: str, event_types: Iterable[str]) -> None:
    """Declare what a service needs: to publish, and, when it consumes any event types, to receive."""
    exchange = await channel.declare_exchange(EVENTS, ExchangeType.TOPIC, durable=True)
    types = list(event_types)
    if not types:
        return
    dead_exchange = await channel.declare_exchange(dead_letters(service), ExchangeType.DIRECT, durable=True)
    dead_queue = await channel.declare_queue(dead_letters(service), durable=True, arguments=dict(_QUORUM))
    await dead_queue.bind(dead_exchange, dead_letters(service))
    retry_exchange = await channel.declare_exchange(retries(service), ExchangeType.DIRECT, durable=True)
    for attempt in range(1, RETRIES + 1):
        waiting = await channel.declare_queue(retry_queue(service, attempt), durable=True, arguments=dict(_QUORUM))
        await waiting.bind(retry_exchange, waiting.name)
    queue = await channel.declare_queue(
        events_queue(service), durable=True, arguments={**_QUORUM, "x-single-active-consumer": True}
    )
    await queue.bind(retry_exchange, queue.name)
    for event_type in types:
        await queue.bind(exchange, event_type)
