"""From a request to the broker: the worker's relay publishes what the outbox holds."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractQueue
from services.identity.tests.conftest import MIGRATIONS, PASSWORD, Api, running

from identity.settings import Settings
from identity.worker import prune_logins
from shared.migrations import migrate
from shared.testing.eventually import eventually
from shared.testing.infra import TestBroker, TestDatabase
from shared.worker import Chore, create_worker


@pytest.fixture
async def settings(make_database: Callable[[], TestDatabase], broker: TestBroker) -> Settings:
    """Of a system after `migrate`."""
    database = make_database()
    made = Settings(**database.settings("identity"), **broker.settings("identity"))
    await migrate(made, MIGRATIONS, [])
    return made


@pytest.fixture
async def queue(settings: Settings, broker: TestBroker) -> AsyncIterator[AbstractQueue]:
    """A consumer of all that identity says."""
    async with await aio_pika.connect(broker.url()) as connection:
        channel = await connection.channel()
        made = await channel.declare_queue(exclusive=True)
        await made.bind("events", "identity.#")
        yield made


async def test_what_happens_to_an_account_reaches_the_broker(
    settings: Settings, queue: AbstractQueue, make_database: Callable[[], TestDatabase]
) -> None:
    class There:
        def settings(self, _service: str) -> dict[str, Any]:
            return {name: getattr(settings, name) for name in type(settings).model_fields if name != "secret_key"}

    worker = create_worker(settings, handlers={}, chores=[Chore(prune_logins)])
    async with running(There()) as api, worker.router.lifespan_context(worker):  # type: ignore[arg-type]
        body = {"email": "ada@example.com", "username": "ada", "password": PASSWORD, "role": "user"}
        registered = await api.client().post(
            "/api/auth/register/", json=body, headers={"X-Request-ID": "the-request-of-ada"}
        )
        login = await api.client().post("/api/auth/login/", json={"email": body["email"], "password": PASSWORD})
        client = api.client(login.json()["access"])
        await client.patch("/api/auth/profile/", json={"first_name": "Ada"})
        await client.patch("/api/auth/profile/", json={"timezone": "Europe/London"})  # nobody else's business
        await client.post("/api/auth/become-creator/")
        messages = []

        async def three() -> bool:
            while (message := await queue.get(fail=False, no_ack=True)) is not None:
                messages.append(message)
            return len(messages) >= 3

        await eventually("three events arrive", three)
        assert [message.routing_key for message in messages] == [
            "identity.user.registered.v1",
            "identity.user.updated.v1",
            "identity.user.role_changed.v1",
        ]
        assert [message.headers["aggregate-version"] for message in messages] == [1, 2, 3]
        assert messages[0].headers["correlation-id"] == "the-request-of-ada"
        state = json.loads(messages[-1].body)
        assert (state["id"], state["role"], state["first_name"]) == (registered.json()["id"], "creator", "Ada")
        transport = httpx.ASGITransport(worker)
        async with httpx.AsyncClient(transport=transport, base_url="http://worker") as probe:
            assert (await probe.get("/health/ready/")).status_code == 200


async def test_the_job_forgets_expired_logins(own_api: Api) -> None:
    await own_api.join()
    async with own_api.database.connection() as connection:
        await connection.execute("UPDATE refresh_tokens SET expires_at = %s", (datetime.now(UTC) - timedelta(days=2),))
    await prune_logins(own_api.database)
    assert own_api.rows("SELECT 1 FROM logins") == []
    assert own_api.rows("SELECT 1 FROM refresh_tokens") == []


async def test_the_snapshot_of_accounts_says_what_their_events_said(own_api: Api) -> None:
    """The owner's side of others' replicas."""
    people = [await own_api.join() for _ in range(3)]
    await people[1].client.patch("/api/auth/profile/", json={"first_name": "Ada"})
    client = own_api.client()
    first = (await client.get("/internal/users/", params={"limit": 2})).json()
    rest = (await client.get("/internal/users/", params={"limit": 2, "after": first["next"]})).json()
    assert rest["next"] is None
    found = first["items"] + rest["items"]
    assert [item["version"] for item in found] == [1, 2, 1]
    assert [item["state"] for item in found] == [own_api.events(person.id)[-1]["payload"] for person in people]
