"""The real thing: api and worker with a broker between them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aio_pika
import pytest

from booking.consumers import HANDLERS
from booking.settings import Settings
from shared.messaging.envelope import to_message
from shared.messaging.topology import EVENTS
from shared.migrations import declare_topology
from shared.testing.eventually import eventually
from shared.testing.infra import TestBroker
from shared.testing.tokens import new_id
from shared.worker import create_worker

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@asynccontextmanager
async def _worker(settings: Settings) -> AsyncIterator[None]:
    worker = create_worker(settings, handlers=HANDLERS)
    async with worker.router.lifespan_context(worker):
        yield


@pytest.fixture
async def settings(own_api: Any, broker: TestBroker) -> Settings:
    made = Settings(**own_api.test_database.settings("booking"), **broker.settings("booking"))
    await declare_topology(made, [kind.type for kind in HANDLERS])
    return made


async def _publish(broker: TestBroker, source: str, event: Any, version: int) -> None:
    async with await aio_pika.connect(broker.url(source)) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        exchange = await channel.get_exchange(EVENTS, ensure=False)
        message = to_message(
            event_id=new_id(),
            source=source,
            type_=event.type,
            subject=event.id,
            version=version,
            occurred_at=event.created_at,
            headers={"correlation_id": "test"},
            body=event.model_dump_json().encode(),
        )
        await exchange.publish(message, event.type)


async def test_figures_move_with_the_worker_only(own_api: Any, settings: Settings, broker: Any, make: Any) -> None:
    api = own_api
    creator, user = api.person("creator"), api.person()
    session = make.session(creator_id=creator.id)

    async def net() -> str | None:
        revenue = (await creator.client.get("/api/bookings/creator_stats/")).json()["revenue"]
        return revenue[0]["net"] if revenue else None

    async def unpublished() -> int:
        (row,) = api.rows("SELECT count(*) AS n FROM outbox WHERE published_at IS NULL")
        return int(row["n"])

    async def is_known() -> bool:
        return bool(api.rows("SELECT 1 FROM sessions WHERE id = %s", session.id))

    async with _worker(settings):
        await _publish(broker, "catalog", session, 1)
        await eventually("the session is in the replica", is_known)
        booked = await user.booked(session, make.start())
        await eventually("the amount is projected", lambda: _is(net, "49.50"))
        # Marked after the broker's confirmation, when its effect may be there already.
        await eventually("all is marked as published", lambda: _is(unpublished, 0))

    # Without the worker bookings go on, and the figure stands still.
    await user.booked(session, make.start())
    await user.cancel(booked["id"])
    await asyncio.sleep(1)
    assert await net() == "49.50"
    assert await unpublished() == 2

    async with _worker(settings):

        async def caught_up() -> bool:
            answer = await creator.client.get("/api/bookings/creator_stats/")
            return bool(answer.json()["bookings"] == {"confirmed": 1, "cancelled": 1, "upcoming": 1})

        await eventually("the rest is projected", caught_up)
        assert await net() == "49.50"
        events = api.rows("SELECT headers FROM outbox ORDER BY id")
        assert all(json.dumps(row["headers"]) != "{}" for row in events)


async def _is(probe: Any, expected: str | int) -> bool:
    return bool(await probe() == expected)
