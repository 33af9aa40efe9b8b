"""The audit log keeps what was committed, whoever asks to change it."""

from typing import cast
from uuid import uuid4

import psycopg
import pytest
from alembic.operations import Operations
from psycopg import sql

from shared import audit
from shared.audit import Scope
from shared.db import Database
from shared.settings import ServiceSettings
from shared.testing.infra import TestDatabase
from shared.tracing import Client, client, correlation_id


@pytest.fixture(autouse=True)
def _table(settings: ServiceSettings, database: TestDatabase) -> None:
    with psycopg.connect(database.dsn("catalog", owner=True)) as owner:
        owner.execute("DROP TABLE IF EXISTS audit_log; DROP FUNCTION IF EXISTS refuse_audit_change")
        audit.create_audit_table(cast(Operations, owner))


async def test_a_line_is_written_with_its_change_or_not_at_all(db: Database) -> None:
    subject, actor = uuid4(), uuid4()
    request, sender = correlation_id.set("the-request"), client.set(Client("203.0.113.9", "Browser/1.0"))
    try:
        async with db.transaction() as session:
            await audit.record(
                session,
                action="thing.changed",
                actor=actor,
                subject=subject,
                before={"size": 1},
                after={"size": 2, "by": actor},
                reason="because",
            )
        async with db.transaction() as session:
            await audit.record(session, action="thing.lost", actor=actor, subject=subject)
            await session.rollback()
    finally:
        correlation_id.reset(request)
        client.reset(sender)
    async with db.transaction() as session:
        await audit.record(session, action="thing.ended", actor=None, subject=subject)
        await audit.record(session, action="thing.ended", actor=None, subject=uuid4())
        command, line = await audit.find(session, Scope(subject=subject), before=None, offset=0, limit=10)
        assert await audit.count(session, Scope(subject=subject), cap=10) == 2
        assert await audit.count(session, Scope(subject=subject), cap=0) == 1
        [own] = await audit.find(session, Scope(actor=actor), before=None, offset=0, limit=10)
        assert (own.id, await audit.count(session, Scope(subject, uuid4()), cap=10)) == (line.id, 0)
    assert (line.action, line.actor, line.reason) == ("thing.changed", actor, "because")
    assert (line.before, line.after) == ({"size": 1}, {"size": 2, "by": str(actor)})
    assert (line.request_id, line.address, line.user_agent) == ("the-request", "203.0.113.9", "Browser/1.0")
    assert (command.action, command.actor, command.request_id, command.address) == ("thing.ended", None, None, "")


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_log SET reason = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"]
)
def test_not_even_the_owner_changes_it(database: TestDatabase, statement: str) -> None:
    with (
        psycopg.connect(database.dsn("catalog", owner=True)) as owner,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        owner.execute(sql.SQL(statement))


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_log SET reason = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"]
)
def test_the_service_may_only_add_and_read(database: TestDatabase, statement: str) -> None:
    with (
        psycopg.connect(database.dsn("catalog")) as service,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        service.execute(sql.SQL(statement))
