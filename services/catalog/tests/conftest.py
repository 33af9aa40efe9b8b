"""A catalog api on a real, migrated database, the people who use it, and events as the other services send them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg.rows import dict_row

from catalog.app import create
from catalog.consumers import HANDLERS
from catalog.sessions.service import writing
from catalog.settings import Settings
from shared.clock import utcnow
from shared.contracts.base import Event
from shared.contracts.booking import BookingCancelled, BookingCreated
from shared.contracts.identity import UserState, UserUpdated
from shared.db import Database
from shared.messaging.consumer import apply
from shared.messaging.envelope import Meta
from shared.migrations import upgrade
from shared.testing.infra import TestDatabase
from shared.testing.tokens import TokenFactory, new_id

MIGRATIONS = Path(__file__).parents[1] / "migrations"
SESSION = {
    "title": "Poetical Science",
    "description": "Numbers as poetry.",
    "duration": 90,
    "price": "49.90",
    "max_participants": 12,
}


class Clock:
    """The app's clock, which a test may set."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@dataclass
class Person:
    """Somebody with a token, and a client that shows it."""

    id: UUID
    username: str
    role: str
    client: httpx.AsyncClient

    async def offers(self, **fields: Any) -> dict[str, Any]:
        """Create a session; returns the answer's body."""
        answer = await self.client.post("/api/sessions/", json={**SESSION, **fields})
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body


@dataclass
class Api:
    """A running catalog api and its database."""

    app: FastAPI
    test_database: TestDatabase
    tokens: TokenFactory
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    def client(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://catalog", headers=headers)
        self.clients.append(client)
        return client

    def person(self, role: str = "user", user_id: UUID | None = None, **claims: Any) -> Person:
        """Somebody who shows a token; no event has told of them."""
        user_id = user_id or new_id()
        username = claims.setdefault("username", f"{role}-{user_id.hex[-10:]}")
        return Person(user_id, username, role, self.client(self.tokens.headers(user_id, role, **claims)))

    async def known(self, role: str = "creator", **state: Any) -> Person:
        """Somebody whom identity's event told of."""
        person = self.person(role)
        await self.told(person, role=role, **state)
        return person

    async def told(
        self, person: Person, *, version: int = 1, event: type[UserState] = UserUpdated, **state: Any
    ) -> None:
        """Deliver an event about somebody."""
        await self.deliver(user_event(event, person, **state), version=version)

    async def deliver(self, event: Event, *, version: int = 1) -> str:
        """Hand an event to the handlers as the consumer does: with inbox, in one transaction."""
        return await self.deliver_raw(event.type, event.aggregate_id, event.model_dump_json().encode(), version=version)

    async def deliver_raw(self, kind: str, aggregate_id: UUID, body: bytes, *, version: int = 1) -> str:
        meta = Meta(new_id(), kind, aggregate_id, version, utcnow(), None, 0)
        return await apply(self.database, HANDLERS, body, meta)

    async def booked(self, session_id: str, *, status: str = "confirmed", booking_id: UUID | None = None) -> UUID:
        """Deliver booking's event of a new booking, or of a cancelled one."""
        booking_id = booking_id or new_id()
        event = booking_event(session_id, booking_id, status)
        await self.deliver(event, version=1 if status == "confirmed" else 2)
        return booking_id

    async def copies(self, session_id: str, count: int) -> None:
        """Many sessions like one, each a second older than the next, put into the tables directly to save time."""
        columns = "creator_id, title, description, duration, price, currency, max_participants, status, timezone"
        self.execute(
            f"INSERT INTO sessions (id, created_at, updated_at, {columns})"
            f" SELECT gen_random_uuid(), created_at - n * interval '1 s', updated_at, {columns}"
            " FROM sessions, generate_series(1, %s) AS n WHERE id = %s",
            count,
            session_id,
        )
        await self.rebuild()

    async def rebuild(self) -> None:
        """All cards anew, as the command does it."""
        async with self.database.transaction() as session:
            await writing.rebuild(session, UUID(int=0), 100_000)
            await writing.recount(session)

    def execute(self, statement: str, *values: Any) -> None:
        """Behind the service's back."""
        with psycopg.connect(self.test_database.dsn("catalog"), autocommit=True) as connection:
            connection.execute(statement, values)

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """What the service's own role sees in its schema."""
        with psycopg.connect(self.test_database.dsn("catalog"), row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    def events(self, session_id: str) -> list[dict[str, Any]]:
        """What the outbox holds of a session, oldest first."""
        query = "SELECT type, aggregate_version, payload FROM outbox WHERE aggregate_id = %s ORDER BY id"
        return self.rows(query, UUID(session_id))


def user_event(event: type[UserState], person: Person, **state: Any) -> UserState:
    fields = {
        "id": person.id,
        "email": f"{person.username}@example.com",
        "username": person.username,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "role": person.role,
        "avatar": None,
        "bio": "",
        "is_active": True,
        "created_at": datetime(2026, 3, 1, 9, tzinfo=UTC),
        **state,
    }
    return event(**fields)


def booking_event(session_id: str, booking_id: UUID, status: str) -> BookingCreated | BookingCancelled:
    kind = BookingCreated if status == "confirmed" else BookingCancelled
    start = datetime(2027, 4, 1, 14, tzinfo=UTC)
    fields: dict[str, Any] = {
        "id": booking_id,
        "session_id": session_id,
        "user_id": new_id(),
        "creator_id": new_id(),
        "booking_date": start,
        "ends_at": start + timedelta(minutes=90),
        "status": status,
        "amount": "49.90",
        "currency": "USD",
        "created_at": start - timedelta(days=30),
        "cancelled_at": None if status == "confirmed" else start - timedelta(days=20),
        "cancel_reason": None,
    }
    return kind(**fields)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check that this is a problem document of that status and code; returns it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.content)
    assert (body["status"], body["code"]) == (status, code), body
    return body


@asynccontextmanager
async def running(database: TestDatabase, tokens: TokenFactory, **settings: Any) -> AsyncIterator[Api]:
    """An api on a migrated database, with its lifespan."""
    app = create(Settings(**database.settings("catalog"), **settings), key_source=tokens.source)
    # The second that a request waits for a connection is no measure of many at once on a busy machine.
    app.state.database.pool.timeout = 20
    async with app.router.lifespan_context(app):
        api = Api(app, database, tokens)
        yield api
        for client in api.clients:
            await client.aclose()


async def migrated(database: TestDatabase) -> TestDatabase:
    await asyncio.to_thread(upgrade, Settings(**database.settings("catalog")), MIGRATIONS)
    return database


@pytest.fixture(scope="session")
def tokens() -> TokenFactory:
    return TokenFactory()


@pytest.fixture(scope="session")
async def api(database: TestDatabase, tokens: TokenFactory) -> AsyncIterator[Api]:
    async with running(await migrated(database), tokens) as started:
        yield started


@pytest.fixture
async def own_api(make_database: Callable[[], TestDatabase], tokens: TokenFactory) -> AsyncIterator[Api]:
    """One with nothing in it, for a test that counts or orders everything."""
    async with running(await migrated(make_database()), tokens) as started:
        yield started


@pytest.fixture
def client(api: Api) -> httpx.AsyncClient:
    """Of a visitor."""
    return api.client()


@pytest.fixture
def user(api: Api) -> Person:
    return api.person("user")


@pytest.fixture
def creator(api: Api) -> Person:
    return api.person("creator")


@pytest.fixture
def admin(api: Api) -> Person:
    return api.person("admin")


@pytest.fixture
def clock(api: Api) -> Iterator[Clock]:
    made = Clock()
    api.app.state.clock = made
    yield made
    api.app.state.clock = utcnow
