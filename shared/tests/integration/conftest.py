"""A toy service in catalog's schema: outbox, inbox, jobs, letters, and an effect that shows every repetition."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, cast
from uuid import UUID

import aio_pika
import psycopg
import pytest
from aio_pika.abc import AbstractChannel
from alembic.operations import Operations
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit import create_audit_table
from shared.auth import AccountState, CurrentUser
from shared.contracts.base import Event
from shared.db import Database
from shared.idempotency import create_idempotency_table
from shared.messaging import topology
from shared.messaging.envelope import Meta, to_message
from shared.messaging.tables import create_messaging_tables
from shared.operations.tables import create_operations_tables
from shared.settings import ServiceSettings
from shared.testing.infra import TestBroker, TestDatabase
from shared.testing.tokens import TokenFactory, new_id

EVENTS, DEAD = "catalog.events", "catalog.dead"


class Settings(ServiceSettings):
    service_name = "catalog"


class Written(Event):
    """An event of the toy service."""

    type: ClassVar[str] = "catalog.letter.written.v1"
    aggregate_type: ClassVar[str] = "letter"
    number: int


async def count_up(session: AsyncSession, event: Written, meta: Meta) -> None:
    """An effect that shows every repetition and the order of its causes."""
    await session.execute(
        text("INSERT INTO effects (aggregate_id, version, number) VALUES (:id, :version, :number)"),
        {"id": event.id, "version": meta.version, "number": event.number},
    )


def letter(
    number: int,
    *,
    subject: UUID | None = None,
    version: int = 1,
    body: bytes | None = None,
    headers: Mapping[str, Any] | None = None,
) -> aio_pika.Message:
    """The event as a message, with these `headers` of the consumer's."""
    event = Written(id=subject or new_id(), number=number)
    made = to_message(
        event_id=new_id(),
        source="catalog",
        type_=Written.type,
        subject=event.id,
        version=version,
        occurred_at=datetime.now(UTC),
        headers={"correlation_id": "the-request"},
        body=body or event.model_dump_json().encode(),
    )
    made.headers.update(headers or {})
    return made


@asynccontextmanager
async def running(part: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """A part of a worker, beside the test."""
    task = asyncio.create_task(part())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def nobody_known(_session: object, _user: CurrentUser) -> AccountState | None:
    return None


@pytest.fixture
def tokens() -> TokenFactory:
    return TokenFactory()


@pytest.fixture
async def channel(settings: ServiceSettings) -> AsyncIterator[AbstractChannel]:
    """With the toy's topology and empty queues."""
    async with await aio_pika.connect(settings.amqp_url) as connection:
        opened = await connection.channel()
        await topology.declare(opened, "catalog", [Written.type])
        for name in (EVENTS, DEAD, *(f"catalog.retry.{number}" for number in range(1, 5))):
            await (await opened.get_queue(name)).purge()
        yield opened


@pytest.fixture
def settings(database: TestDatabase, broker: TestBroker) -> ServiceSettings:
    """Of the toy service, with fresh tables."""
    with psycopg.connect(database.dsn("catalog", owner=True)) as owner:
        owner.execute(
            "DROP TABLE IF EXISTS outbox, inbox, idempotency_keys, workers, jobs, audit_log, alembic_version, effects"
        )
        owner.execute("DROP FUNCTION IF EXISTS refuse_audit_change")
        for create in (
            create_messaging_tables,
            create_idempotency_table,
            create_operations_tables,
            create_audit_table,
        ):
            create(cast(Operations, owner))  # all that it needs of Alembic's operations is `execute`
        owner.execute("CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('0007')")
        owner.execute(
            "CREATE TABLE effects"
            " (id bigint GENERATED ALWAYS AS IDENTITY, aggregate_id uuid, version bigint, number int)"
        )
    return Settings(**database.settings("catalog"), **broker.settings("catalog"))


@pytest.fixture
async def db(settings: ServiceSettings) -> AsyncIterator[Database]:
    opened = Database(settings)
    # The second that a request waits for a connection is no measure of a busy machine.
    opened.pool.timeout = 20
    await opened.open()
    yield opened
    await opened.close()
