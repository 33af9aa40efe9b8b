"""A booking api that listens, and what clients read of its streams."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from services.booking.tests.conftest import Api, Catalog, Person, migrated, next_start

from booking.app import create
from booking.settings import Settings
from shared.testing.eventually import eventually
from shared.testing.infra import TestDatabase
from shared.testing.tokens import TokenFactory

PATH = "/api/bookings/creator_stats/stream/"
PATIENCE = 30.0  # seconds; how soon a change is there is measured elsewhere, not asserted


@dataclass
class Stream:
    """What a client has read of a stream so far."""

    response: httpx.Response
    events: list[Any] = field(default_factory=list)
    comments: int = 0
    end: str | None = None
    closed: bool = False

    async def read(self) -> None:
        kind = "message"
        async for line in self.response.aiter_lines():
            if line.startswith(":"):
                self.comments += 1
            elif line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
                if kind == "end":
                    self.end = data["reason"]
                else:
                    self.events.append(data)
            elif not line:
                kind = "message"
        self.closed = True

    async def has(self, number: int, within: float = PATIENCE) -> Any:
        """The last event, once there are so many."""
        await eventually(f"{number} events", lambda: len(self.events) >= number, within=within)
        assert len(self.events) == number
        return self.events[-1]

    async def ends(self, reason: str, within: float = PATIENCE) -> None:
        await eventually(f"the end: {reason}", lambda: self.closed, within=within)
        assert self.end == reason


@dataclass
class Server:
    """A booking api that listens."""

    url: str
    api: Api

    @asynccontextmanager
    async def watching(self, person: Person, **query: str) -> AsyncIterator[Stream]:
        async with (
            httpx.AsyncClient(base_url=self.url, headers=person.client.headers, timeout=30, trust_env=False) as http,
            http.stream("GET", PATH, params=query) as response,
        ):
            if response.status_code != 200:
                await response.aread()
                yield Stream(response)
                return
            stream = Stream(response)
            reader = asyncio.create_task(stream.read())
            try:
                yield stream
            finally:
                reader.cancel()
                with contextlib.suppress(asyncio.CancelledError, httpx.TransportError):
                    await reader

    async def sold(self, creator: Person, **facts: Any) -> None:
        """A booking of a new session of theirs, projected."""
        session = await self.api.offer(creator, **facts)
        await (await self.api.join()).booked(session, next_start())
        await self.api.project()

    async def measured(self, name: str) -> float:
        """A figure of /metrics."""
        lines = (await self.api.client().get("/metrics")).text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


@asynccontextmanager
async def serving(
    database: TestDatabase, tokens: TokenFactory, catalog: Catalog, **settings: Any
) -> AsyncIterator[Server]:
    values = {**database.settings("booking"), "catalog_url": catalog.url, **settings}
    app = create(Settings(**values), key_source=tokens.source)
    app.state.database.pool.timeout = 20  # as in conftest.py
    with socket.create_server(("127.0.0.1", 0)) as door:
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[door]))
        await eventually("the server has started", lambda: server.started)
        api = Api(app, database, tokens, catalog)
        try:
            yield Server(f"http://127.0.0.1:{door.getsockname()[1]}", api)
        finally:
            for client in api.clients:
                await client.aclose()
            server.should_exit = True
            await task


@pytest.fixture(scope="package")
async def migrated_database(make_database: Callable[[], TestDatabase]) -> TestDatabase:
    return await migrated(make_database())


@pytest.fixture(scope="package")
async def server(migrated_database: TestDatabase, tokens: TokenFactory, catalog_door: Catalog) -> AsyncIterator[Server]:
    async with serving(migrated_database, tokens, catalog_door) as started:
        yield started


@pytest.fixture
async def seller(server: Server) -> Person:
    return await server.api.join("creator")
