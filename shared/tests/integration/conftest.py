"""A toy service in catalog's schema: outbox, inbox, jobs, and an effect that shows every repetition."""

from collections.abc import AsyncIterator
from typing import cast

import psycopg
import pytest
from alembic.operations import Operations

from shared.audit import create_audit_table
from shared.db import Database
from shared.idempotency import create_idempotency_table
from shared.messaging.tables import create_messaging_tables
from shared.operations.tables import create_operations_tables
from shared.settings import ServiceSettings
from shared.testing.infra import TestBroker, TestDatabase


class Settings(ServiceSettings):
    service_name = "catalog"


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
