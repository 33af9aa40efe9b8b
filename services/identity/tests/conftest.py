"""An identity api on a real, migrated database, and the people who use it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg.rows import dict_row
from sqlalchemy import event

from identity.accounts import service as accounts
from identity.app import create
from identity.parts import Parts
from identity.settings import Settings
from shared.clock import utcnow
from shared.db import Database
from shared.migrations import upgrade
from shared.testing.infra import TestDatabase

MIGRATIONS = Path(__file__).parents[1] / "migrations"
PASSWORD = "correct-horse-battery-9"
UNLIMITED = {
    "login_backoff_after": 1_000_000,
    "login_failures_per_address": 1_000_000,
    "registrations_burst": 1_000_000,
}
SECRET = "a secret of the tests, and of nothing else"


class Clock:
    """The app's clock, which stands still until a test sets it forward: a slow machine takes no time by it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Person:
    """Somebody with an account, and a client that is logged in."""

    id: str
    email: str
    username: str
    client: httpx.AsyncClient
    access: str = ""
    refresh: str = ""
    password: str = PASSWORD

    def use(self, tokens: dict[str, Any]) -> None:
        self.access, self.refresh = tokens["access"], tokens["refresh"]
        self.client.headers["Authorization"] = f"Bearer {self.access}"

    async def profile(self) -> httpx.Response:
        return await self.client.get("/api/auth/profile/")


@dataclass
class Api:
    """A running identity api and its database."""

    app: FastAPI
    test_database: TestDatabase
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def parts(self) -> Parts:
        parts: Parts = self.app.state.parts
        return parts

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    def client(self, access: str | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://identity")
        if access is not None:
            client.headers["Authorization"] = f"Bearer {access}"
        self.clients.append(client)
        return client

    async def join(self, role: str = "user", **more: Any) -> Person:
        """Open an account and log in."""
        name = f"{role}-{uuid4().hex[:12]}"
        fields = {
            "email": f"{name}@example.com",
            "username": name,
            "password": PASSWORD,
            "first_name": "Robin",
            "last_name": "Doe",
            "role": role,
            **more,
        }
        async with self.database.transaction() as session:
            user = await accounts.register(session, self.parts.passwords, fields, now=self.parts.clock())
        person = Person(str(user.id), user.email, user.username, self.client(), password=fields["password"])
        return await self.log_in(person)

    async def log_in(self, person: Person) -> Person:
        answer = await person.client.post("/api/auth/login/", json={"email": person.email, "password": person.password})
        assert answer.status_code == 200, answer.text
        person.use(answer.json())
        return person

    async def another_login(self, person: Person) -> Person:
        return await self.log_in(Person(person.id, person.email, person.username, self.client()))

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """What the service's own role sees in its schema."""
        with psycopg.connect(self.test_database.dsn("identity"), row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """What the api asks the database meanwhile."""
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        event.listen(self.database.engine.sync_engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(self.database.engine.sync_engine, "before_cursor_execute", note)

    def events(self, user_id: str | UUID) -> list[dict[str, Any]]:
        """What the outbox holds of an account, oldest first."""
        query = "SELECT type, aggregate_version, payload, headers FROM outbox WHERE aggregate_id = %s ORDER BY id"
        return self.rows(query, UUID(str(user_id)))


@asynccontextmanager
async def running(database: TestDatabase, *, patience: float = 20, **settings: Any) -> AsyncIterator[Api]:
    """An api on a migrated database, with its lifespan. Nobody is slowed down unless the settings say so."""
    with TemporaryDirectory(prefix="media-") as folder:
        defaults = {"secret_key": SECRET, "media_folder": folder, **UNLIMITED}
        app = create(Settings(**{**defaults, **database.settings("identity"), **settings}))
        # The second that a request waits for a connection is no measure of many at once on a busy machine.
        app.state.database.pool.timeout = patience
        async with app.router.lifespan_context(app):
            api = Api(app, database)
            yield api
            for client in api.clients:
                await client.aclose()


async def migrated(database: TestDatabase) -> TestDatabase:
    await asyncio.to_thread(upgrade, Settings(**database.settings("identity")), MIGRATIONS)
    return database


@pytest.fixture(scope="session")
async def api(database: TestDatabase) -> AsyncIterator[Api]:
    async with running(await migrated(database)) as started:
        yield started


@pytest.fixture
async def own_api(make_database: Callable[[], TestDatabase]) -> AsyncIterator[Api]:
    """One with nobody in it, for a test that counts."""
    async with running(await migrated(make_database())) as started:
        yield started


@pytest.fixture
def client(api: Api) -> httpx.AsyncClient:
    """Of a visitor."""
    return api.client()


@pytest.fixture
async def user(api: Api) -> Person:
    return await api.join("user")


@pytest.fixture
async def creator(api: Api) -> Person:
    return await api.join("creator")


@pytest.fixture
async def admin(api: Api) -> Person:
    return await api.join("admin")


@pytest.fixture
def clock(api: Api) -> Iterator[Clock]:
    made = Clock()
    api.app.state.clock = made
    yield made
    api.app.state.clock = utcnow
