"""The sending half: an event is written in the transaction of the change it tells of."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from uuid6 import uuid7

from shared.contracts.base import Event
from shared.tracing import causation_id, correlation_id

_INSERT = text(
    """
    INSERT INTO outbox (event_id, aggregate_type, aggregate_id, aggregate_version, type, payload, headers)
    VALUES (:event_id, :aggregate_type, :aggregate_id, :version, :type,
            CAST(:payload AS jsonb), CAST(:headers AS jsonb))
    """
)


async def publish(session: AsyncSession, event: Event, *, version: int) -> UUID:
    """Write an event to the outbox; it is published if, and only if, the session's transaction commits.

    `version` is the aggregate's version after the change, taken while its row is locked, so that the order of
    versions is the order of commits. Returns the event's id.
    """
    event_id = UUID(bytes=uuid7().bytes)
    await session.execute(
        _INSERT,
        {
            "event_id": event_id,
            "aggregate_type": event.aggregate_type,
            "aggregate_id": event.aggregate_id,
            "version": version,
            "type": event.type,
            "payload": event.model_dump_json(),
            "headers": json.dumps(trace_headers()),
        },
    )
    return event_id


def trace_headers() -> dict[str, Any]:
    """The headers that tie an event to what caused it."""
    found = {"correlation_id": correlation_id.get(), "causation_id": causation_id.get()}
    return {name: value for name, value in found.items() if value is not None}
