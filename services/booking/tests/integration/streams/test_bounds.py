"""What streams cost, and who may have how many."""

import asyncio
import contextlib
import time

import httpx
import psycopg
from services.booking.tests.conftest import Catalog, Person
from services.booking.tests.integration.streams.conftest import PATH, PATIENCE, Server, serving

from shared.testing.eventually import eventually
from shared.testing.infra import TestDatabase
from shared.testing.tokens import TokenFactory


async def _is_zero(server: Server) -> bool:
    return await server.measured("stats_streams_open") == 0


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
