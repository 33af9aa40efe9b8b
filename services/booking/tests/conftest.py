"""A booking api on a real, migrated database; a catalog that answers over HTTP; and the people who book."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg.rows import dict_row
from services.booking.tests.door import Door

from booking.app import create
from booking.bookings.repository import Seat, book_many
from booking.consumers import HANDLERS
from booking.settings import Settings
from shared.contracts.base import Event
from shared.contracts.catalog import SessionCreated, SessionState
from shared.contracts.identity import UserRegistered, UserState
from shared.db import Database
from shared.messaging.consumer import apply
from shared.messaging.envelope import Meta
from shared.migrations import upgrade
from shared.testing.infra import TestDatabase
from shared.testing.tokens import TokenFactory, new_id

MIGRATIONS = Path(__file__).parents[1] / "migrations"
_hours = itertools.count(48)


class Catalog(Door):
    """Catalog, as far as booking asks it."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.status: int | None = None
        super().__init__(self._answer)

    def _answer(self, path: str) -> tuple[int, Any]:
        self.asked.append(path)
        found = self.sessions.get(path.removeprefix("/internal/sessions/").removesuffix("/"))
        status = self.status or (200 if found else 404)
        return status, found or {"status": status}

    def offer(self, session: SessionState, version: int = 1, creator: dict[str, Any] | None = None) -> None:
        self.sessions[str(session.id)] = {
            "version": version,
            "session": session.model_dump(mode="json"),
            "creator": creator,
        }


@dataclass
class Person:
    """Somebody with a token, and a client that sends it."""

    id: UUID
    role: str
    client: httpx.AsyncClient

    async def book(
        self, session: SessionState | UUID, start: datetime | str, *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        return await self.client.post(
            "/api/bookings/",
            json={
                "session": str(session if isinstance(session, UUID) else session.id),
                "booking_date": start if isinstance(start, str) else start.isoformat(),
                **more,
            },
            headers={} if key is None else {"Idempotency-Key": key},
        )

    async def booked(self, session: SessionState, start: datetime, **more: Any) -> dict[str, Any]:
        answer = await self.book(session, start, **more)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def cancel(self, booking_id: str, **more: Any) -> httpx.Response:
        return await self.client.patch(f"/api/bookings/{booking_id}/", json={"status": "cancelled", **more})


@dataclass
class Api:
    """A running booking api, its database, and others' events delivered to it."""

    app: FastAPI
    test_database: TestDatabase
    tokens: TokenFactory
    catalog: Catalog
    clients: list[httpx.AsyncClient] = field(default_factory=list)
    delivered: set[UUID] = field(default_factory=set)

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    def client(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.clients.append(httpx.AsyncClient(transport=transport, base_url="http://booking", headers=headers))
        return self.clients[-1]

    def person(self, role: str = "user", user_id: UUID | None = None, **claims: Any) -> Person:
        """With a token only; booking hasn't heard of them."""
        user_id = user_id or new_id()
        return Person(user_id, role, self.client(self.tokens.headers(user_id, role, **claims)))

    async def join(self, role: str = "user", **facts: Any) -> Person:
        """With a token and a row in the replica."""
        person = self.person(role)
        await self.deliver(user_event(person.id, role=role, **facts), 1)
        return person

    async def offer(self, creator: Person | UUID | None = None, **facts: Any) -> SessionState:
        """A session that booking knows of."""
        owner = creator.id if isinstance(creator, Person) else creator or new_id()
        event = session_event(creator_id=owner, **facts)
        await self.deliver(event, 1)
        return event

    async def deliver(self, event: Event, version: int, event_id: UUID | None = None) -> str:
        """What the consumer does with a message: inbox, effect, commit."""
        meta = Meta(
            event_id=event_id or new_id(),
            type=event.type,
            aggregate_id=event.aggregate_id,
            version=version,
            occurred_at=datetime.now(UTC),
            correlation_id="test",
            attempt=0,
        )
        return await apply(self.database, HANDLERS, event.model_dump_json().encode(), meta)

    async def project(self) -> int:
        """Deliver booking's own events to itself, as relay and queue do; returns how many were new."""
        rows = [row for row in self.rows("SELECT * FROM outbox ORDER BY id") if row["event_id"] not in self.delivered]
        for row in rows:
            kind = next(kind for kind in HANDLERS if kind.type == row["type"])
            event = kind.model_validate(row["payload"])
            await self.deliver(event, row["aggregate_version"], row["event_id"])
            self.delivered.add(row["event_id"])
        return len(rows)

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """What the service's own role sees in its schema."""
        with psycopg.connect(self.test_database.dsn("booking"), row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    def execute(self, query: str, *values: Any) -> None:
        """Beside all rules, to set up what takes time otherwise."""
        with psycopg.connect(self.test_database.dsn("booking")) as connection:
            connection.execute(query, values)

    async def book_in_the_past(self, user: Person, session: SessionState, days: int = 3) -> str:
        """A booking that was made when its start was still ahead; returns its id."""
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        start = now - timedelta(days=days)
        booker = {"username": "x", "first_name": "", "last_name": "", "role": user.role}
        seat = Seat(new_id(), session.id, user.id, booker, start, None, {})
        async with self.database.transaction() as db:
            (row,) = await book_many(db, [seat], start - timedelta(days=1))
        assert row.refusal is None, row.refusal
        return str(seat.id)

    def seats(self, session: SessionState) -> int:
        (row,) = self.rows(
            "SELECT coalesce(sum(seats_taken), 0) AS n FROM occurrences WHERE session_id = %s", session.id
        )
        return int(row["n"])

    def confirmed(self, session: SessionState) -> int:
        query = "SELECT count(*) AS n FROM bookings WHERE session_id = %s AND status = 'confirmed'"
        return int(self.rows(query, session.id)[0]["n"])


def session_event(kind: type[SessionState] = SessionCreated, **facts: Any) -> SessionState:
    now = datetime.now(UTC)
    values = {
        "id": new_id(),
        "creator_id": new_id(),
        "title": "Poetical Science",
        "description": "Numbers as poetry.",
        "duration": 60,
        "price": Decimal("49.50"),
        "currency": "USD",
        "max_participants": 10,
        "status": "active",
        "image_url": None,
        "category": "science",
        "timezone": "UTC",
        "location": None,
        "schedule": None,
        "created_at": now,
        "updated_at": now,
        "deleted_at": None,
    }
    return kind.model_validate({**values, **facts})


def user_event(user_id: UUID, kind: type[UserState] = UserRegistered, **facts: Any) -> UserState:
    values = {
        "id": user_id,
        "email": f"{user_id.hex}@example.com",
        "username": f"u{user_id.hex[-10:]}",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "role": "user",
        "avatar": None,
        "bio": "",
        "is_active": True,
        "created_at": datetime.now(UTC),
    }
    return kind.model_validate({**values, **facts})


def next_start() -> datetime:
    """A whole hour from the day after tomorrow on, another one each time."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=next(_hours))


class Make:
    """Events as their owners make them."""

    session = staticmethod(session_event)
    user = staticmethod(user_event)
    start = staticmethod(next_start)


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()


@pytest.fixture(scope="session")
def tokens() -> TokenFactory:
    return TokenFactory()


@pytest.fixture(scope="session")
def catalog_door() -> Iterator[Catalog]:
    catalog = Catalog()
    yield catalog
    catalog.close()


@pytest.fixture
def catalog(catalog_door: Catalog) -> Iterator[Catalog]:
    catalog_door.asked.clear()
    catalog_door.status = None
    yield catalog_door
    catalog_door.status = None


@asynccontextmanager
async def running(
    database: TestDatabase, tokens: TokenFactory, catalog: Catalog, **settings: Any
) -> AsyncIterator[Api]:
    """An api on a migrated database, with its lifespan."""
    values = {**database.settings("booking"), "catalog_url": catalog.url, "db_pool_size": 12, **settings}
    app = create(Settings(**values), key_source=tokens.source)
    # The second that a request waits for a connection is no measure of many at once on a busy machine.
    app.state.database.pool.timeout = 20
    async with app.router.lifespan_context(app):
        api = Api(app, database, tokens, catalog)
        yield api
        for client in api.clients:
            await client.aclose()


async def migrated(database: TestDatabase) -> TestDatabase:
    await asyncio.to_thread(upgrade, Settings(**database.settings("booking")), MIGRATIONS)
    return database


@pytest.fixture(scope="session")
async def api(database: TestDatabase, tokens: TokenFactory, catalog_door: Catalog) -> AsyncIterator[Api]:
    async with running(await migrated(database), tokens, catalog_door) as started:
        yield started


@pytest.fixture
async def own_api(
    make_database: Callable[[], TestDatabase], tokens: TokenFactory, catalog_door: Catalog
) -> AsyncIterator[Api]:
    """One that knows nobody, for a test that counts everything."""
    async with running(await migrated(make_database()), tokens, catalog_door) as started:
        yield started


@pytest.fixture
async def creator(api: Api) -> Person:
    return await api.join("creator", username=f"creator-{new_id().hex[-12:]}", avatar="https://example.com/a.png")


@pytest.fixture
async def user(api: Api) -> Person:
    return await api.join("user")


@pytest.fixture
async def admin(api: Api) -> Person:
    return await api.join("admin")


@pytest.fixture
async def session(api: Api, creator: Person) -> SessionState:
    return await api.offer(creator)
