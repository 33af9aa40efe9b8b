"""The pool under the ORM outlives its connections."""

from functools import partial

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.db import Database
from shared.settings import ServiceSettings
from shared.testing.eventually import eventually
from shared.testing.infra import TestDatabase


def cut_off(database: TestDatabase) -> None:
    with psycopg.connect(database.dsn(), autocommit=True) as superuser:
        # Five seconds each to be gone: terminating alone only asks.
        superuser.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE usename = 'catalog' AND datname = current_database()"
        )


def all_idle(db: Database) -> bool:
    stats = db.pool.get_stats()
    return stats["pool_available"] == stats["pool_size"]


async def test_idle_connections_that_died_are_replaced_unseen(db: Database, database: TestDatabase) -> None:
    for _ in range(3):
        async with db.transaction() as first, db.transaction() as second:
            assert await first.scalar(text("SELECT 1")) == await second.scalar(text("SELECT 1")) == 1
        # One that is cut off while the pool still opens it isn't an idle one: it costs whoever gets it a second.
        await eventually("every connection of the pool lies idle", partial(all_idle, db))
        cut_off(database)


async def test_a_connection_that_dies_in_use_comes_back_to_the_pool(
    settings: ServiceSettings, db: Database, database: TestDatabase
) -> None:
    """More often than the pool is large: each one lost for good would leave nobody a connection at the end."""
    for _ in range(settings.db_pool_size + 2):
        with pytest.raises(DBAPIError):
            async with db.transaction() as session:
                await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    async with db.transaction() as session:
        assert await session.scalar(text("SELECT 1")) == 1


async def test_autocommit_ends_with_its_block(db: Database) -> None:
    async with db.connection() as connection:
        await connection.execute("INSERT INTO effects (number) VALUES (1)")
    async with db.transaction() as session:
        await session.execute(text("INSERT INTO effects (number) VALUES (2)"))
        await session.rollback()
    async with db.connection() as connection:
        cursor = await connection.execute("SELECT number FROM effects")
        assert await cursor.fetchall() == [(1,)]
