"""Streams of figures, from a real server: at once, when something changes, and with an end."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn
from services.booking.tests.conftest import Api, Catalog, Person, migrated, session_event, user_event

from booking.app import create
from booking.revenue import service as revenue
from booking.settings import Settings
from shared.contracts.booking import BookingCreated
from shared.contracts.catalog import SessionUpdated
from shared.contracts.identity import LoginRevoked, UserDeactivated, UserRoleChanged, UserUpdated
from shared.testing.eventually import eventually
from shared.testing.infra import TestDatabase
from shared.testing.tokens import TokenFactory, new_id

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
        await (await self.api.join()).booked(session, _start())
        await self.api.project()

    async def measured(self, name: str) -> float:
        """A figure of /metrics."""
        lines = (await self.api.client().get("/metrics")).text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def _start(hours: int = 48) -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)


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


@pytest.fixture(scope="module")
async def migrated_database(make_database: Callable[[], TestDatabase]) -> TestDatabase:
    return await migrated(make_database())


@pytest.fixture(scope="module")
async def server(migrated_database: TestDatabase, tokens: TokenFactory, catalog_door: Catalog) -> AsyncIterator[Server]:
    async with serving(migrated_database, tokens, catalog_door) as started:
        yield started


@pytest.fixture
async def seller(server: Server) -> Person:
    return await server.api.join("creator")


async def test_the_first_event_is_what_creator_stats_says(server: Server, seller: Person) -> None:
    await server.sold(seller)
    async with server.watching(seller) as stream:
        headers = stream.response.headers
        assert headers["Content-Type"].split(";")[0] == "text/event-stream"
        assert (headers["Cache-Control"], headers["X-Accel-Buffering"]) == ("no-store", "no")
        assert "X-Request-ID" in headers
        first = await stream.has(1)
    assert first == (await seller.client.get("/api/bookings/creator_stats/")).json()
    assert first["bookings"]["confirmed"] == 1


async def test_a_projected_booking_is_there_within_two_seconds(server: Server, seller: Person) -> None:
    session = await server.api.offer(seller)
    user = await server.api.join()
    async with server.watching(seller) as stream, server.watching(seller) as other_tab:
        await stream.has(1)
        await other_tab.has(1)
        booked = await user.booked(session, _start())
        await server.api.project()
        for each in (stream, other_tab):
            assert (await each.has(2))["bookings"] == {"confirmed": 1, "cancelled": 0, "upcoming": 1}
        await user.cancel(booked["id"])
        await server.api.project()
        last = await stream.has(3)
        assert last["revenue"][0]["refunded"] == "49.50"
        assert last == (await seller.client.get("/api/bookings/creator_stats/")).json()


async def test_a_request_for_the_headers_alone_ends_at_once(server: Server, seller: Person) -> None:
    async with httpx.AsyncClient(base_url=server.url, headers=seller.client.headers, trust_env=False) as http:
        for _ in range(10):
            answer = await http.head(PATH, timeout=PATIENCE)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"].split(";")[0] == "text/event-stream"
            # On the same connection: nothing is still being said on it.
            assert (await http.get("/api/bookings/creator_stats/", timeout=PATIENCE)).status_code == 200
            assert (await http.head("/api/bookings/creator_stats/", timeout=PATIENCE)).status_code == 200
    await eventually("no place is taken", lambda: _is_zero(server))


async def test_others_figures_and_other_days_are_silent(server: Server, seller: Person) -> None:
    stranger = await server.api.join("creator")
    async with server.watching(seller) as stream, server.watching(seller, to="2020-12-31") as past:
        await stream.has(1)
        await server.sold(stranger)
        await asyncio.sleep(1.2)
        await stream.has(1)
        await server.sold(seller)
        await stream.has(2)
        assert (await past.has(1))["revenue"] == []


async def test_a_late_commit_is_not_missed(server: Server, seller: Person) -> None:
    """The ledger's ids become visible in another order than they were given."""

    def entry(currency: str) -> Any:
        booked = _booking(seller, _start(), currency)
        return revenue.entry(
            event_id=new_id(),
            booking_id=booked.id,
            creator_id=booked.creator_id,
            session_id=booked.session_id,
            kind="booked",
            amount=booked.amount,
            currency=currency,
            starts_at=booked.booking_date,
            created_at=booked.created_at,
            cancelled_at=None,
        )

    async with server.watching(seller) as stream:
        await stream.has(1)
        async with server.api.database.transaction() as slow:
            await revenue.project(slow, [entry("EUR")])
            async with server.api.database.transaction() as fast:
                await revenue.project(fast, [entry("USD")])
            assert [money["currency"] for money in (await stream.has(2))["revenue"]] == ["USD"]
        assert [money["currency"] for money in (await stream.has(3))["revenue"]] == ["EUR", "USD"]


def _booking(creator: Person, start: datetime, currency: str = "USD") -> BookingCreated:
    return BookingCreated(
        id=new_id(),
        session_id=new_id(),
        user_id=new_id(),
        creator_id=creator.id,
        booking_date=start,
        ends_at=start + timedelta(hours=1),
        status="confirmed",
        amount=Decimal("10.00"),
        currency=currency,
        created_at=datetime.now(UTC),
        cancelled_at=None,
        cancel_reason=None,
    )


async def test_a_renamed_session_and_a_start_that_passes_are_told(server: Server, seller: Person) -> None:
    session = await server.api.offer(seller)
    await (await server.api.join()).booked(session, _start())
    await server.api.project()
    async with server.watching(seller) as stream:
        await stream.has(1)
        renamed = session_event(SessionUpdated, id=session.id, creator_id=seller.id, title="Anew", max_participants=7)
        await server.api.deliver(renamed, 2)
        told = await stream.has(2)
        assert (told["top_sessions"][0]["title"], told["seats"]["capacity"]) == ("Anew", 7)
        # So far ahead that it is told before it has passed.
        await server.api.deliver(_booking(seller, datetime.now(UTC) + timedelta(seconds=8)), 1)
        assert (await stream.has(3))["bookings"]["upcoming"] == 2
        assert (await stream.has(4, within=8 + PATIENCE))["bookings"]["upcoming"] == 1


async def test_it_ends_when_the_token_expires(server: Server) -> None:
    expires = int(time.time()) + 5
    seller = server.api.person("creator", exp=expires)
    async with server.watching(seller) as stream:
        await stream.has(1)
        await stream.ends("expired")
        assert expires <= time.time()


@pytest.mark.parametrize("how", ["demoted", "deactivated"])
async def test_who_may_not_see_it_any_more_is_out(server: Server, seller: Person, how: str) -> None:
    async with server.watching(seller) as stream:
        await stream.has(1)
        # A new name changes nothing.
        await server.api.deliver(user_event(seller.id, UserUpdated, role="creator", first_name="Other"), 2)
        await asyncio.sleep(1)
        assert stream.end is None
        event = (
            user_event(seller.id, UserRoleChanged, role="user")
            if how == "demoted"
            else user_event(seller.id, UserDeactivated, role="creator", is_active=False)
        )
        await server.api.deliver(event, 3)
        await stream.ends("forbidden")
        assert len(stream.events) == 1
    async with server.watching(seller) as again:
        assert again.response.status_code == (403 if how == "demoted" else 401)


async def test_it_ends_with_its_login(server: Server, seller: Person) -> None:
    sid, now = new_id(), datetime.now(UTC)
    ended = server.api.person("creator", seller.id, sid=str(sid))
    async with server.watching(ended) as stream, server.watching(seller) as other:
        await stream.has(1)
        await other.has(1)
        end = LoginRevoked(id=sid, user_id=seller.id, revoked_at=now, tokens_expire_at=now + timedelta(minutes=15))
        await server.api.deliver(end, 1)
        await stream.ends("forbidden")
        assert other.end is None


async def test_an_admin_may_watch_a_creator_and_nobody_else_may(server: Server, seller: Person) -> None:
    admin = await server.api.join("admin")
    async with server.watching(admin, creator=str(seller.id)) as stream:
        await stream.has(1)
        await server.sold(seller)
        assert (await stream.has(2))["bookings"]["confirmed"] == 1
        await server.api.deliver(user_event(admin.id, UserRoleChanged, role="creator"), 2)
        await stream.ends("forbidden")
    stranger = await server.api.join("creator")
    for person, query, status in (
        (stranger, {"creator": str(seller.id)}, 403),
        (await server.api.join(), {}, 403),
        (Person(new_id(), "", server.api.client()), {}, 401),
        (server.api.person("creator", exp=int(time.time()) - 1), {}, 401),
        (seller, {"from": "2026-02-01", "to": "2026-01-01"}, 400),
        (seller, {"from": "x"}, 400),
        (seller, {"creator": "x"}, 400),
    ):
        async with server.watching(person, **query) as refused:
            assert refused.response.status_code == status
            assert refused.response.headers["Content-Type"] == "application/problem+json"


async def test_ten_streams_hold_none_of_two_connections(
    migrated_database: TestDatabase, tokens: TokenFactory, catalog_door: Catalog
) -> None:
    async with (
        serving(migrated_database, tokens, catalog_door, db_pool_size=2, stream_poll_seconds=0.2) as server,
        contextlib.AsyncExitStack() as stack,
    ):
        sellers = [await server.api.join("creator") for _ in range(5)]
        streams = [await stack.enter_async_context(server.watching(seller)) for seller in sellers for _ in range(2)]
        for stream in streams:
            await stream.has(1)

        async def ten_are_open() -> bool:
            return await server.measured("stats_streams_open") == 10

        # The figure is the process': the streams of the tests before have to be gone.
        await eventually("ten streams are open", ten_are_open)
        for _ in range(5):
            answers = await asyncio.gather(
                *(seller.client.get("/api/bookings/creator_stats/") for seller in sellers for _ in range(4))
            )
            assert {answer.status_code for answer in answers} == {200}
        # One look for all of them, however many there are.
        started = time.monotonic()
        before = await server.measured("stats_stream_poll_seconds_count")

        async def looks() -> float:
            found = await server.measured("stats_stream_poll_seconds_count") - before
            return found if found >= 5 else 0

        assert await eventually("five looks", looks) <= (time.monotonic() - started) / 0.2 + 1
        await server.sold(sellers[0])
        for number, stream in enumerate(streams):
            await stream.has(2 if number < 2 else 1)
        # The control: were two connections held, nobody would get an answer.
        server.api.database.pool.timeout = 0.1
        async with server.api.database.connection(), server.api.database.connection():
            assert (await sellers[0].client.get("/api/bookings/creator_stats/")).status_code == 503
        await stack.aclose()
        await eventually("all places are free", lambda: _is_zero(server))


async def _is_zero(server: Server) -> bool:
    return await server.measured("stats_streams_open") == 0


async def test_there_is_a_bound_for_everybody_and_for_all(
    migrated_database: TestDatabase, tokens: TokenFactory, catalog_door: Catalog
) -> None:
    async with serving(migrated_database, tokens, catalog_door, streams_per_user=2, streams_per_process=3) as server:
        one, other = await server.api.join("creator"), await server.api.join("creator")
        async with server.watching(one) as first, server.watching(one):
            await first.has(1)
            async with server.watching(one) as refused:
                assert refused.response.status_code == 429
                assert refused.response.json()["code"] == "too_many_streams"
                assert int(refused.response.headers["Retry-After"]) > 0
            async with server.watching(other) as third:
                await third.has(1)
                async with server.watching(other) as refused:
                    assert refused.response.status_code == 503
                    assert refused.response.json()["code"] == "streams_exhausted"
                    assert int(refused.response.headers["Retry-After"]) > 0

        async def there_is_room() -> bool:
            async with server.watching(one) as stream:
                return stream.response.status_code == 200

        # Who leaves makes room, without a word.
        await eventually("their places are free", there_is_room)


async def test_a_sign_of_life_comes_between_the_events(
    migrated_database: TestDatabase, tokens: TokenFactory, catalog_door: Catalog
) -> None:
    async with (
        serving(migrated_database, tokens, catalog_door, stream_heartbeat_seconds=0.1) as server,
        server.watching(await server.api.join("creator")) as stream,
    ):
        await stream.has(1)
        await eventually("three comments", lambda: stream.comments >= 3)
        assert len(stream.events) == 1


async def test_it_outlives_its_database_connections(server: Server, seller: Person) -> None:
    async with server.watching(seller) as stream:
        await stream.has(1)
        with psycopg.connect(server.api.test_database.dsn(), autocommit=True) as connection:
            for _ in range(5):
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND usename = 'booking'"
                )
                await asyncio.sleep(0.2)
        await server.sold(seller)
        await stream.has(2)


class Keys:
    """The one door of identity that booking knocks at."""

    def __init__(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
async def keys(tokens: TokenFactory) -> AsyncIterator[Keys]:
    door = Keys(await tokens.jwks())
    yield door
    door.close()


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number: int = probe.getsockname()[1]
    return number


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_process_that_is_told_to_stop_does_not_wait_for_streams(
    server: Server, tokens: TokenFactory, keys: Keys, port: int, number: signal.Signals
) -> None:
    """The real command, which would give answers twenty seconds to finish."""
    environment = {
        **os.environ,
        **server.api.test_database.environment("booking"),
        "IDENTITY_URL": keys.url,
        "PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "booking", "api", env=environment)
    try:
        real = Server(f"http://127.0.0.1:{port}", server.api)

        async def is_up() -> bool:
            async with httpx.AsyncClient(base_url=real.url, trust_env=False) as http:
                return (await http.get("/health/ready")).status_code == 200

        await eventually("the process answers", is_up, within=30)
        async with (
            real.watching(server.api.person("creator")) as stream,
            real.watching(server.api.person("creator")) as other,
        ):
            await stream.has(1)
            await other.has(1)
            process.send_signal(number)
            await stream.ends("restart")
            await other.ends("restart")
            await asyncio.wait_for(process.wait(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
