"""An event on the wire: CloudEvents 1.0 attributes in AMQP's binary mode; the body is the contract alone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage

CE = "cloudEvents:"
ATTEMPT = "x-attempt"
ERROR = "x-error"
DIED_AT = "x-dead-at"


class InvalidMessage(Exception):
    """A message that can never be handled: not ours, or against its contract."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What an event's envelope says."""

    event_id: UUID
    type: str
    aggregate_id: UUID
    version: int
    occurred_at: datetime
    correlation_id: str | None
    attempt: int


def to_message(
    *,
    event_id: UUID,
    source: str,
    type_: str,
    subject: UUID,
    version: int,
    occurred_at: datetime,
    headers: dict[str, Any],
    body: bytes,
) -> Message:
    """A persistent message. `headers` are what the outbox kept: correlation and causation."""
    return Message(
        body,
        delivery_mode=DeliveryMode.PERSISTENT,
        content_type="application/json",
        message_id=str(event_id),
        type=type_,
        headers={
            f"{CE}specversion": "1.0",
            f"{CE}id": str(event_id),
            f"{CE}source": f"/{source}",
            f"{CE}type": type_,
            f"{CE}subject": str(subject),
            f"{CE}time": occurred_at.astimezone(UTC).isoformat(),
            "aggregate-version": version,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
    )


def again(message: AbstractIncomingMessage, headers: dict[str, Any]) -> Message:
    """The same message to be published once more, with these headers instead of its own."""
    return Message(
        message.body,
        delivery_mode=DeliveryMode.PERSISTENT,
        content_type=message.content_type,
        message_id=message.message_id,
        type=message.type,
        headers=headers,
    )


def read_meta(message: AbstractIncomingMessage) -> Meta:
    """Raises InvalidMessage when the envelope isn't one of ours."""
    headers = message.headers
    try:
        attempt = headers.get(ATTEMPT, 0)
        correlation = headers.get("correlation-id")
        return Meta(
            event_id=UUID(str(headers[f"{CE}id"])),
            type=str(headers[f"{CE}type"]),
            aggregate_id=UUID(str(headers[f"{CE}subject"])),
            version=int(str(headers["aggregate-version"])),
            occurred_at=datetime.fromisoformat(str(headers[f"{CE}time"])),
            correlation_id=str(correlation) if correlation is not None else None,
            attempt=attempt if isinstance(attempt, int) else 0,
        )
    except (KeyError, ValueError) as error:
        raise InvalidMessage(f"not an event of ours: {error!r}") from error
