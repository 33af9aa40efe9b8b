"""The pool under the ORM outlives its connections."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import psycopg
import pytest
from psycopg import sql
from psycopg_pool import TooManyRequests
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


@contextmanager
def away(database: TestDatabase) -> Iterator[None]:
    """Nobody gets a connection to it, and whoever had one has lost it."""
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(database.server.dsn(), autocommit=True) as superuser:
        superuser.execute(allow.format(sql.Identifier(database.name), sql.SQL("false")))
        try:
            superuser.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [database.name]
            )
            yield
        finally:
            superuser.execute(allow.format(sql.Identifier(database.name), sql.SQL("true")))


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


@pytest.mark.parametrize("keeps_trying", [True, False], ids=["", "control"])
async def test_the_pool_recovers_from_an_outage_in_which_all_its_places_were_taken(
    db: Database, database: TestDatabase, keeps_trying: bool
) -> None:
    pool = db.pool
    # An outage of minutes under load, in short.
    pool.timeout, pool.max_waiting, pool.reconnect_timeout = 0.05, 5, 0.2
    keep_trying, given_up = pool._reconnect_failed, 0

    async def gives_up(_pool: object) -> None:
        nonlocal given_up
        given_up += 1
        if keeps_trying:
            await keep_trying(pool)

    pool._reconnect_failed = gives_up

    async def outcome() -> type[Exception] | None:
        try:
            await db.ping()
        except Exception as error:
            return type(error)
        return None

    async def full() -> bool:
        return await outcome() is TooManyRequests

    async def back() -> bool:
        return await outcome() is None

    await db.ping()
    with away(database):
        await eventually("no place is left to wait", full)
        await eventually("connecting was given up", lambda: given_up > 0)
        if not keeps_trying:
            await eventually("nobody tries any more", lambda: pool.get_stats()["pool_size"] == 0)
    if keeps_trying:
        await eventually("it connects again", back)
    else:
        with pytest.raises(AssertionError, match="it connects again"):
            await eventually("it connects again", back, within=3)


async def test_autocommit_ends_with_its_block(db: Database) -> None:
    async with db.connection() as connection:
        await connection.execute("INSERT INTO effects (number) VALUES (1)")
    async with db.transaction() as session:
        await session.execute(text("INSERT INTO effects (number) VALUES (2)"))
        await session.rollback()
    async with db.connection() as connection:
        cursor = await connection.execute("SELECT number FROM effects")
        assert await cursor.fetchall() == [(1,)]
