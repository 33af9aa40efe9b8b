"""Dead letters for operators: look at what could not be handled, and send it again when its cause is mended.

Looking takes messages without acknowledging them and closes the channel, which puts them back where they were. While
somebody looks, others see fewer; nothing is lost whoever dies when.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aio_pika
from aio_pika import Message
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage, AbstractQueue

from shared.logging import get_logger
from shared.messaging.envelope import ATTEMPT, CE, DIED_AT, ERROR, again
from shared.messaging.topology import dead_letters, events_queue, retries
from shared.settings import ServiceSettings

log = get_logger(__name__)

MOST = 10_000  # letters that are looked at together
_RETURN_SECONDS = 2.0
# What the way to the dead letters left on a message. It starts afresh.
_TRACES = (ATTEMPT, ERROR, DIED_AT, "x-death", "x-first-death-", "x-last-death-", "x-delivery-", "x-acquired-")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was set aside. `id` is None when whoever sent it gave none."""

    id: str | None
    type: str | None
    subject: str | None
    reason: str
    attempts: int
    died_at: datetime | None
    headers: dict[str, Any]
    body: bytes

    def summary(self) -> dict[str, Any]:
        """Without headers and payload, ready for JSON."""
        return {
            "id": self.id,
            "type": self.type,
            "subject": self.subject,
            "reason": self.reason,
            "attempts": self.attempts,
            "died_at": None if self.died_at is None else self.died_at.isoformat(),
        }

    def document(self) -> dict[str, Any]:
        """All of it, ready for JSON; a payload that isn't JSON is text."""
        payload: Any
        try:
            payload = json.loads(self.body)
        except ValueError:
            payload = self.body.decode(errors="replace")
        return {**self.summary(), "headers": json.loads(json.dumps(self.headers, default=str)), "payload": payload}


async def list_dead_letters(settings: ServiceSettings) -> list[DeadLetter]:
    """What lies in the service's dead letters, oldest first, at most the first MOST. The queue stays as it is."""
    found: list[DeadLetter] = []
    async with _connected(settings) as broker:
        async with _queue(broker, settings) as queue:
            while len(found) < MOST and (message := await queue.get(fail=False)) is not None:
                found.append(_read(message))
        await _returned(broker, settings, len(found))
    first = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda letter: letter.died_at or first)


async def _unrecorded(_letter: DeadLetter) -> None:
    """The log alone knows of it."""


async def resend(
    settings: ServiceSettings,
    ids: Collection[str] | None,
    *,
    by: str,
    record: Callable[[DeadLetter], Awaitable[None]] = _unrecorded,
) -> list[str | None]:
    """Send these dead letters to the service's own queue again, or (None) all; returns the ids of those sent.

    A letter leaves the dead letters only after the broker has confirmed its copy: whoever dies between leaves two, and
    the inbox knows the second. What dies again meanwhile isn't sent twice. `by` names who wanted it, for the log, and
    `record` writes it down before the letter is gone. Raises aio_pika's DeliveryError when the broker doesn't take a
    copy; the letter stays.
    """
    name = settings.service_name
    sent: list[str | None] = []
    async with _connected(settings) as broker:
        left = 0
        async with _queue(broker, settings) as queue:
            publishing = await broker.channel(publisher_confirms=True, on_return_raises=True)
            exchange = await publishing.get_exchange(retries(name), ensure=False)
            for _ in range(queue.declaration_result.message_count or 0):
                message = await queue.get(fail=False)
                if message is None:
                    break
                if ids is not None and message.message_id not in ids:
                    left += 1
                    continue
                letter = _read(message)
                await exchange.publish(_afresh(message), events_queue(name), mandatory=True, timeout=10)
                # At every level of logging: somebody stepped in.
                log.warning(
                    "dead letter sent again",
                    message_id=letter.id,
                    type=letter.type,
                    subject=letter.subject,
                    reason=letter.reason,
                    by=by,
                )
                await record(letter)
                await message.ack()
                sent.append(letter.id)
        await _returned(broker, settings, left)
    return sent


@asynccontextmanager
async def _connected(settings: ServiceSettings) -> AsyncIterator[AbstractConnection]:
    async with await aio_pika.connect(settings.amqp_url, timeout=5) as broker:
        yield broker


@asynccontextmanager
async def _queue(broker: AbstractConnection, settings: ServiceSettings) -> AsyncIterator[AbstractQueue]:
    """The dead letters on a channel of their own, whose end puts back what was taken and not acknowledged."""
    async with broker.channel() as channel:
        yield await channel.declare_queue(dead_letters(settings.service_name), passive=True)


async def _returned(broker: AbstractConnection, settings: ServiceSettings, number: int) -> None:
    """Wait a moment until what was put back can be seen again: the next look comes from somewhere else."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_RETURN_SECONDS):
            while await count(broker, dead_letters(settings.service_name)) < number:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)


async def count(broker: AbstractConnection, queue: str) -> int:
    """How many messages wait in a queue."""
    async with broker.channel() as channel:
        declared = await channel.declare_queue(queue, passive=True)
    return declared.declaration_result.message_count or 0


def _read(message: AbstractIncomingMessage) -> DeadLetter:
    headers = dict(message.headers)
    attempt, kind, subject = headers.get(ATTEMPT, 0), headers.get(f"{CE}type"), headers.get(f"{CE}subject")
    reason, died_at = headers.get(ERROR), headers.get(DIED_AT)
    # What the broker itself set aside has neither, but its own account of it.
    deaths = headers.get("x-death")
    by_broker: Any = deaths[0] if isinstance(deaths, list) and deaths else {}
    return DeadLetter(
        id=message.message_id,
        type=message.type or (None if kind is None else str(kind)),
        subject=None if subject is None else str(subject),
        reason=str(reason or f"set aside by the broker: {by_broker.get('reason', 'unknown')}"),
        attempts=attempt + 1 if isinstance(attempt, int) else 1,
        died_at=datetime.fromisoformat(str(died_at)) if died_at else by_broker.get("time"),
        headers=headers,
        body=message.body,
    )


def _afresh(message: AbstractIncomingMessage) -> Message:
    return again(message, {name: value for name, value in message.headers.items() if not name.startswith(_TRACES)})
