"""Bringing a service's schema and queues up to date: `python -m <service> migrate`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import aio_pika
import psycopg
from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from shared.db import conninfo
from shared.logging import get_logger
from shared.messaging import topology
from shared.messaging.connection import BROKER_ERRORS
from shared.settings import ServiceSettings

log = get_logger(__name__)

PATIENCE = 60.0  # seconds to wait for a part that is still starting


async def migrate(settings: ServiceSettings, migrations: Path, event_types: Iterable[str]) -> None:
    """Schema first, then the topology. Waits a bounded time for parts that are still starting."""
    await _patiently(lambda: asyncio.to_thread(upgrade, settings, migrations), (psycopg.OperationalError,))
    await _patiently(lambda: declare_topology(settings, event_types), BROKER_ERRORS)


async def declare_topology(settings: ServiceSettings, event_types: Iterable[str]) -> None:
    async with await aio_pika.connect(settings.amqp_url, timeout=5) as broker:
        await topology.declare(await broker.channel(), settings.service_name, event_types)


def upgrade(settings: ServiceSettings, migrations: Path) -> None:
    """Alembic's upgrade to head, as the schema's owner; two at once wait for each other.

    Raises psycopg.OperationalError when the database can't be reached.
    """

    def connect() -> psycopg.Connection[tuple[object, ...]]:
        schema = settings.service_name
        connection = psycopg.connect(conninfo(settings, owner=True))
        connection.execute(f'SET search_path TO "{schema}", extensions')
        # Better no migration than a service that stands still behind one.
        connection.execute("SET lock_timeout = '10s'; SET statement_timeout = 0")
        connection.commit()
        return connection

    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["service"] = settings.service_name
    with engine.connect() as connection:
        _lock(connection, f"migrate {settings.service_name}")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {settings.service_name}"))
        connection.commit()


def _lock(connection: Connection, name: str) -> None:
    """Wait for others who migrate, outside of any statement: whoever builds an index waits for all that run."""
    while not connection.scalar(text("SELECT pg_try_advisory_lock(hashtext(:name))"), {"name": name}):
        connection.commit()
        time.sleep(0.2)
    connection.commit()


def build_indexes(op: Any, indexes: Mapping[str, str]) -> None:
    """Build indexes, by name what they are ON, while the table is in use. The last thing that a migration does.

    Whoever is killed leaves an index that isn't valid: a repeat makes it anew.
    """
    with op.get_context().autocommit_block():
        for name, definition in indexes.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {definition}")


def run_migrations() -> None:
    """What a service's env.py calls."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, version_table_schema=context.config.attributes["service"])
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


async def _patiently(action: Callable[[], Awaitable[None]], errors: tuple[type[BaseException], ...]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            return await action()
        except errors as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            log.info("waiting for a part to start", error=str(error).strip())
        await asyncio.sleep(0.5)
