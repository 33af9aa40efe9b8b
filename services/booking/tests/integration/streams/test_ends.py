"""Every stream ends: with the token, the login or the right to see it, and with the process."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from services.booking.tests.conftest import Person, user_event
from services.booking.tests.door import Door
from services.booking.tests.integration.streams.conftest import PATIENCE, Server

from shared.contracts.identity import LoginRevoked, UserDeactivated, UserRoleChanged, UserUpdated
from shared.testing.eventually import eventually
from shared.testing.tokens import TokenFactory, new_id


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


@pytest.fixture
async def keys(tokens: TokenFactory) -> AsyncIterator[Door]:
    """The one door of identity that booking knocks at."""
    document = await tokens.jwks()
    door = Door(lambda _path: (200, document))
    yield door
    door.close()


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number: int = probe.getsockname()[1]
    return number


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_process_that_is_told_to_stop_does_not_wait_for_streams(
    server: Server, tokens: TokenFactory, keys: Door, port: int, number: signal.Signals
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
