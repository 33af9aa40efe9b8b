"""One psycopg pool per process, under SQLAlchemy and under the hot paths alike, and the transaction of a request.

The pool is psycopg's own because under load its waiting times stay short where SQLAlchemy's grow.
"""

import select
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Self

from fastapi import Depends, Request
from psycopg import AsyncConnection, OperationalError
from psycopg.conninfo import make_conninfo
from psycopg.errors import Diagnostic
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import NullPool

from shared.settings import ServiceSettings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def make_base(schema: str) -> type[DeclarativeBase]:
    """The declarative base of one service; every table lives in its schema."""

    class Base(DeclarativeBase):
        metadata = MetaData(schema=schema, naming_convention=NAMING)

    return Base


def conninfo(settings: ServiceSettings, *, owner: bool = False) -> str:
    """libpq connection string of the run-time role, or of the schema's owner for migrations."""
    name = settings.service_name
    return make_conninfo(
        host=settings.postgres_host,
        port=settings.postgres_port,
        dbname=settings.postgres_db,
        user=f"{name}_owner" if owner else name,
        password=(settings.db_owner_password if owner else settings.db_password).get_secret_value(),
        application_name=name,
        connect_timeout=5,
        # A forgotten transaction must never hold its locks for ever.
        options="-c timezone=UTC -c statement_timeout=15s -c lock_timeout=5s"
        " -c idle_in_transaction_session_timeout=30s",
    )


class PooledConnection(AsyncConnection[Any]):
    """A connection that SQLAlchemy closes and the pool gets back, in whatever state it is."""

    async def close(self) -> None:
        pool = getattr(self, "_pool", None)
        if self.closed and pool is not None:
            # psycopg's own close() does nothing on a broken connection, and the pool would never hear of it: after as
            # many of them as the pool is large, nobody would get a connection again.
            await pool.putconn(self)
            self._pool = None
            return
        await super().close()

    def add_notice_handler(self, callback: Callable[[Diagnostic], None]) -> None:
        # SQLAlchemy adds its handler at every checkout, because it takes each for a new connection.
        if not self._notice_handlers:
            super().add_notice_handler(callback)


class Database:
    """A process's way to its schema. Open it in the lifespan, close it at the end; a command uses it as a context."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.pool: AsyncConnectionPool[PooledConnection] = AsyncConnectionPool(
            conninfo(settings),
            connection_class=PooledConnection,
            min_size=min(2, settings.db_pool_size),
            max_size=settings.db_pool_size,
            # Who gets no connection is told so within a second, with the time that everything else takes.
            timeout=0.5,
            max_waiting=1000,
            reconnect_timeout=5,
            reconnect_failed=self._keep_trying,
            check=self._check,
            open=False,
            close_returns=True,
        )
        self.engine: AsyncEngine = create_async_engine(
            "postgresql+psycopg://",
            poolclass=NullPool,
            async_creator=self.pool.getconn,
            # Errors are logged, and values are people's.
            hide_parameters=True,
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    async def open(self) -> None:
        """Open the pool without waiting for the database: a service starts, and says it isn't ready."""
        await self.pool.open(wait=False)

    async def close(self) -> None:
        await self.engine.dispose()
        await self.pool.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One unit of work: commits at the end, rolls back on any exception."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        """A raw psycopg connection in autocommit mode, for hot paths of one statement."""
        async with self.pool.connection() as connection:
            await connection.set_autocommit(True)
            try:
                yield connection
            finally:
                if not connection.closed:
                    await connection.set_autocommit(False)

    async def _check(self, connection: PooledConnection) -> None:
        """Refuse an idle connection whose server has gone: its socket is readable although nobody asked anything.

        No round trip, unlike psycopg_pool's own check. Where one is dead the others are too; the pool looks at
        one a second only, so all of them are replaced at once.
        """
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        if poll.poll(0):
            connection.pgconn.finish()
            await self.pool.drain()
            raise OperationalError("the server has closed this connection")

    async def _keep_trying(self, pool: AsyncConnectionPool[PooledConnection]) -> None:
        """Go on connecting when an attempt has been given up.

        By itself the pool would do so when the next request waits for a connection. But requests that gave up waiting
        keep their place until there is a connection: after an outage of minutes all places are taken, nobody is let in
        to wait, and the pool would stay empty for ever.
        """
        await pool.check()

    async def ping(self) -> None:
        """Raises when the database doesn't answer."""
        async with self.connection() as connection:
            await connection.execute("SELECT 1")


def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


DatabaseDep = Annotated[Database, Depends(get_database)]


async def get_session(database: DatabaseDep) -> AsyncIterator[AsyncSession]:
    async with database.transaction() as session:
        yield session


# scope="function": the commit happens before the answer is sent, so a 2xx means durable.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
