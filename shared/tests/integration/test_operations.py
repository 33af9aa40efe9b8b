"""Operations through their API and a real worker: the state of a service, its dead letters, and its jobs."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aio_pika
import httpx
import psycopg
import pytest
from aio_pika.abc import AbstractChannel
from fastapi.routing import APIRoute
from psycopg.rows import dict_row
from shared.tests.integration.conftest import Written, count_up, letter, nobody_known, running
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from shared.app import create_app
from shared.db import Database, make_base
from shared.messaging import topology
from shared.messaging.envelope import Meta
from shared.operations import endpoints, heartbeat
from shared.operations.runner import JobFailed, Kind, Runner, Work
from shared.replicas import Replica
from shared.settings import ServiceSettings
from shared.testing.eventually import eventually
from shared.testing.infra import TestBroker, TestDatabase
from shared.testing.tokens import TokenFactory, new_id
from shared.worker import create_worker

PLACE = "/api/admin/catalog"


class Base(make_base("catalog")):  # type: ignore[misc]
    __abstract__ = True


class Effect(Base):
    """The toy's effects, taken for a replica."""

    __tablename__ = "effects"

    id: Mapped[int] = mapped_column(primary_key=True)


REPLICAS: Mapping[str, Replica] = {
    "letters": Replica(
        owner="identity",
        path="/internal/letters/",
        state=Written,
        table=Effect,
        apply=count_up,
        closing=lambda _now: {},
    )
}


@dataclass
class Api:
    """The toy's api, asked by an admin."""

    client: httpx.AsyncClient
    admin: UUID
    dsn: str

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.client.get(f"{PLACE}/{path}", params=params)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return answer.json()

    async def post(self, path: str, body: Any = None, status: int = 202) -> Any:
        answer = await self.client.post(f"{PLACE}/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def ended(self, job: dict[str, Any], within: float = 30) -> dict[str, Any]:
        async def probe() -> dict[str, Any] | None:
            found: dict[str, Any] = await self.get(f"jobs/{job['id']}/")
            return found if found["state"] in ("done", "failed") else None

        found: dict[str, Any] | None = await eventually("the job has ended", probe, within=within)
        assert found is not None
        return found

    def rows(self, query: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.dsn, row_factory=dict_row) as connection:
            return connection.execute(query).fetchall()

    def audited(self) -> list[tuple[str, str]]:
        found = self.rows("SELECT action, reason FROM audit_log ORDER BY id")
        return [(line["action"], line["reason"]) for line in found]


@asynccontextmanager
async def serving(settings: ServiceSettings, database: TestDatabase, tokens: TokenFactory) -> AsyncIterator[Api]:
    made = endpoints.router("catalog", consumes=True, replicas=REPLICAS)
    app = create_app(settings, routers=[made], accounts=nobody_known, key_source=tokens.source)
    app.state.database.pool.timeout = 20
    admin, transport = new_id(), httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        client.headers.update(tokens.headers(admin, "admin"))
        yield Api(client, admin, database.dsn("catalog"))


@pytest.fixture
async def api(settings: ServiceSettings, database: TestDatabase, tokens: TokenFactory) -> AsyncIterator[Api]:
    async with serving(settings, database, tokens) as started:
        yield started


@asynccontextmanager
async def working(settings: ServiceSettings, handler: Any = count_up) -> AsyncIterator[None]:
    worker = create_worker(settings, handlers={Written: handler}, replicas=REPLICAS)
    async with worker.router.lifespan_context(worker):
        yield


@asynccontextmanager
async def doing(db: Database, settings: ServiceSettings, kinds: Mapping[str, Kind]) -> AsyncIterator[Runner]:
    """The part of a worker that does jobs, quicker than in life."""
    runner = Runner(settings, db, kinds)
    runner.pause_seconds, runner.lease_seconds = 0.02, 1.0
    async with running(runner.run):
        yield runner


async def test_a_poison_message_is_found_read_and_sent_again(
    api: Api, settings: ServiceSettings, channel: AbstractChannel
) -> None:
    mended = asyncio.Event()

    async def handler(session: AsyncSession, event: Written, meta: Meta) -> None:
        if not mended.is_set():
            raise ValueError("no ink")
        await count_up(session, event, meta)

    async def dead() -> list[Any]:
        letters: list[Any] = await api.get("dead-letters/")
        return letters

    poison = letter(7, headers={"x-attempt": topology.RETRIES})  # its delays are behind it
    async with working(settings, handler):
        await (await channel.get_exchange(topology.EVENTS)).publish(poison, Written.type)
        (found,) = await eventually("it lies in the dead letters", dead)
        assert (found["id"], found["type"], found["attempts"]) == (poison.message_id, Written.type, 5)
        assert (await api.get("operations/"))["dead_letters"] == {"count": 1}
        document = await api.get(f"dead-letters/{found['id']}/")
        assert document["payload"]["number"] == 7
        assert document["headers"]["correlation-id"] == "the-request"
        assert "no ink" in document["reason"]
        # Each look comes from elsewhere, and none of them disturbs another.
        assert [len(each) for each in await asyncio.gather(*(dead() for _ in range(5)))] == [1] * 5

        mended.set()
        wanted = {"ids": [found["id"], "unknown"], "reason": "there is ink"}
        sent = await api.post("dead-letters/resend/", wanted, 200)
        assert sent == {"sent": [found["id"]], "missing": ["unknown"]}
        await eventually("its effect", lambda: api.rows("SELECT 1 FROM effects WHERE number = 7"))
    assert await dead() == []
    assert (await api.client.get(f"{PLACE}/dead-letters/{found['id']}/")).status_code == 404
    (line,) = api.rows("SELECT * FROM audit_log")
    assert (line["action"], line["actor"]) == ("operations.dead_letter_resent", api.admin)
    assert (str(line["subject"]), line["reason"]) == (found["id"], "there is ink")
    assert "no ink" in line["after"]["died_of"]


async def test_all_dead_letters_are_a_job(api: Api, settings: ServiceSettings, channel: AbstractChannel) -> None:
    exchange = await channel.get_exchange("catalog.dead", ensure=False)
    for number in range(3):
        await exchange.publish(letter(number), "catalog.dead")
    await exchange.publish(aio_pika.Message(b"{}"), "catalog.dead")  # no event of ours
    job = await api.post("dead-letters/resend/", {"all": True, "reason": "mended"})
    assert (job["state"], job["kind"], job["asked_by"]) == ("waiting", "dead_letters.resend", str(api.admin))
    async with working(settings):
        done = await api.ended(job)
        assert (done["state"], done["result"], done["attempts"]) == ("done", {"sent": 4}, 1)
        await eventually("their effects", lambda: len(api.rows("SELECT FROM effects")) == 3)

        async def left() -> bool:
            return [each["type"] for each in await api.get("dead-letters/")] == [None]

        await eventually("what is no event is dead again", left)
    resent = ("operations.dead_letter_resent", "")
    assert api.audited() == [("operations.job_requested", "mended"), *[resent] * 4, ("operations.job_done", "")]
    wrong: dict[str, Any]
    for wrong in ({}, {"ids": []}, {"ids": ["x"], "all": True}, {"all": False}):
        await api.post("dead-letters/resend/", wrong, 400)


async def test_the_state_is_the_truth(
    api: Api,
    settings: ServiceSettings,
    database: TestDatabase,
    tokens: TokenFactory,
    channel: AbstractChannel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.1)
    stuck = asyncio.Event()

    async def handler(session: AsyncSession, event: Written, meta: Meta) -> None:
        await stuck.wait()
        await count_up(session, event, meta)

    with psycopg.connect(api.dsn) as connection:
        connection.execute(
            "INSERT INTO outbox (event_id, aggregate_type, aggregate_id, aggregate_version, type, payload, occurred_at)"
            " SELECT gen_random_uuid(), 'letter', gen_random_uuid(), 1, 'catalog.letter.lost.v1', '{}',"
            " now() - n * interval '1 minute' FROM generate_series(1, 2) AS n"
        )
    resting = await api.get("operations/")
    assert (resting["workers"], resting["queue"]["consumers"], resting["database"]["revision"]) == ([], 0, "0007")
    assert resting["outbox"]["unpublished"] == 2
    assert 120 <= resting["outbox"]["oldest_age_seconds"] < 180
    assert resting["replicas"] == [{"name": "letters", "owner": "identity", "rows": 0, "exact": True}]

    other = settings.model_copy(update={"version": "v1.2-3-gabc"})
    async with working(other, handler):
        exchange = await channel.get_exchange(topology.EVENTS)
        await exchange.publish(letter(1), Written.type)

        async def at_work() -> Any:
            state = await api.get("operations/")
            (worker,) = state["workers"]
            assert worker["leads"]
            assert worker["consuming"]
            assert (state["queue"]["in_hand"], state["queue"]["consumers"]) == (1, 1)
            # Nobody is bound to these events, so that the broker doesn't take them.
            assert state["outbox"]["failing"] == 2
            return worker

        worker = await eventually("all of it shows", at_work, within=30)
        assert (worker["alive"], worker["version"]) == (True, "v1.2-3-gabc")
        stuck.set()

        async def lagged() -> bool:
            return (await api.get("operations/"))["queue"]["lag_seconds"] is not None

        await eventually("and how long it took", lagged, within=30)
    assert (await api.get("operations/"))["workers"] == [], "it said good-bye"

    api.rows(
        "INSERT INTO workers (id, version, started_at, seen_at, leads, consuming, in_hand, failing)"
        " VALUES (gen_random_uuid(), '1', now(), now() - interval '20 seconds', true, true, 0, 0) RETURNING 1"
    )
    (dead,) = (await api.get("operations/"))["workers"]
    assert not dead["alive"]

    away = settings.model_copy(update={"rabbitmq_port": 1})
    async with serving(away, database, tokens) as cut_off:
        state = await cut_off.get("operations/")
        assert (state["broker"], state["queue"], state["dead_letters"]) == ({"ok": False, "ms": None}, None, None)
        assert (await cut_off.client.get(f"{PLACE}/dead-letters/")).status_code == 503


async def test_a_job_survives_its_workers_death(
    api: Api, settings: ServiceSettings, db: Database, database: TestDatabase, broker: TestBroker
) -> None:
    job = await api.post("replicas/check/")
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _DYING, env={**os.environ, **database.environment("catalog")}
    )
    try:

        async def begun() -> bool:
            found = await api.get(f"jobs/{job['id']}/")
            return bool(found["progress"] == {"step": "counting", "done": 3, "total": 9})

        await eventually("a worker is at it", begun, within=60)
    finally:
        other.kill()
        await other.wait()

    async def check(work: Work) -> dict[str, Any]:
        return {"differing": work.attempt}

    async with doing(db, settings, {"replicas.check": check}):
        done = await api.ended(job)
    assert (done["state"], done["attempts"], done["result"]) == ("done", 2, {"differing": 2})


_DYING = """
import asyncio
from shared.db import Database
from shared.operations.runner import Runner
from shared.settings import ServiceSettings

class Settings(ServiceSettings):
    service_name = "catalog"

async def check(work):
    work.tell("counting", 3, 9)
    await asyncio.Event().wait()

async def main():
    async with Database(Settings()) as database:
        runner = Runner(Settings(), database, {"replicas.check": check})
        runner.pause_seconds, runner.lease_seconds = 0.02, 1.0
        await runner.run()

asyncio.run(main())
"""


async def test_a_living_workers_job_is_nobody_elses(api: Api, settings: ServiceSettings, db: Database) -> None:
    begun: list[int] = []
    finish = asyncio.Event()

    async def check(work: Work) -> dict[str, Any]:
        begun.append(work.attempt)
        await finish.wait()
        return {}

    async def held(job: dict[str, Any]) -> bool:
        (row,) = api.rows("SELECT held_until - started_at > interval '2.5 seconds' AS long FROM jobs")
        return bool(row["long"])

    job = await api.post("replicas/check/")
    async with doing(db, settings, {"replicas.check": check}), doing(db, settings, {"replicas.check": check}):
        await eventually("it is held for longer than a lease", lambda: held(job))
        finish.set()
        assert (await api.ended(job))["attempts"] == 1
    assert begun == [1]


async def test_who_has_lost_a_job_leaves_it_alone(api: Api, settings: ServiceSettings, db: Database) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def check(_work: Work) -> dict[str, Any]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    job = await api.post("replicas/check/")
    async with doing(db, settings, {"replicas.check": check}):
        await asyncio.wait_for(begun.wait(), 20)
        with psycopg.connect(api.dsn) as connection:
            # As a worker does that found the lease run out.
            connection.execute("UPDATE jobs SET attempts = attempts + 1, held_until = now() + interval '1 hour'")
        await asyncio.wait_for(ended.wait(), 20)
    assert (await api.get(f"jobs/{job['id']}/"))["state"] == "running"


async def test_who_stops_puts_the_job_back(api: Api, settings: ServiceSettings, db: Database) -> None:
    begun = asyncio.Event()

    async def check(_work: Work) -> dict[str, Any]:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    job = await api.post("replicas/check/")
    async with doing(db, settings, {"replicas.check": check}):
        await asyncio.wait_for(begun.wait(), 20)
    found = await api.get(f"jobs/{job['id']}/")
    assert (found["state"], found["attempts"]) == ("waiting", 0)


async def test_a_job_that_cannot_be_done_says_why(api: Api, settings: ServiceSettings, db: Database) -> None:
    async def check(_work: Work) -> dict[str, Any]:
        raise JobFailed("Identity can't be asked.")

    async def resync(_work: Work) -> dict[str, Any]:
        raise ValueError("a bug with somebody's name in it")

    expected, bug = await api.post("replicas/check/"), await api.post("replicas/resync/")
    async with doing(db, settings, {"replicas.check": check, "replicas.resync": resync}):
        assert (await api.ended(expected))["error"] == "Identity can't be asked."
        found = await api.ended(bug)
    assert (found["state"], found["result"]) == ("failed", None)
    assert "somebody" not in found["error"]
    assert [each["id"] for each in await api.get("jobs/")] == [bug["id"], expected["id"]]
    assert [each["id"] for each in await api.get("jobs/", kind="replicas.check", page_size=1)] == [expected["id"]]
    with psycopg.connect(api.dsn) as connection:
        connection.execute("UPDATE jobs SET state = 'running', attempts = 5, held_until = now(), finished_at = NULL")
    async with doing(db, settings, {"replicas.check": check, "replicas.resync": resync}):
        assert "Given up" in (await api.ended(expected))["error"]


async def test_an_owner_that_is_away(api: Api, settings: ServiceSettings, channel: AbstractChannel) -> None:
    job = await api.post("replicas/check/", {"replicas": ["letters"]})
    async with working(settings.model_copy(update={"identity_url": "http://127.0.0.1:1"})):
        found = await api.ended(job)
    assert (found["state"], found["error"]) == ("failed", "Identity can't be asked (ConnectError).")
    for wrong in (["nothing"], []):
        assert "replicas" in (await api.post("replicas/check/", {"replicas": wrong}, 400))["errors"]


async def test_one_of_a_kind_at_a_time(api: Api) -> None:
    answers = await asyncio.gather(*(api.client.post(f"{PLACE}/replicas/check/") for _ in range(8)))
    (first,) = (answer.json() for answer in answers if answer.status_code == 202)
    refused = [answer for answer in answers if answer.status_code == 409]
    assert len(refused) == 7
    assert {(each.json()["code"], each.json()["job"]) for each in refused} == {("job_running", first["id"])}
    # Another kind, and the same one with the key of a request that was answered.
    await api.post("replicas/resync/")
    key = {"Idempotency-Key": "once"}
    (again,) = {(await api.client.post(f"{PLACE}/dead-letters/resend/", json={"all": True}, headers=key)).text
                for _ in range(2)}  # fmt: skip
    assert "waiting" in again
    assert [action for action, _ in api.audited()] == ["operations.job_requested"] * 3


async def test_nobody_else_gets_anything(api: Api, tokens: TokenFactory) -> None:
    made = endpoints.router("catalog", consumes=True, replicas=REPLICAS)
    routes = [route for route in made.routes if isinstance(route, APIRoute)]
    assert len(routes) == 8
    for route in routes:
        path = route.path.format(job_id=new_id(), letter_id="x")
        method = next(iter(route.methods or ()))
        body = {"all": True} if method == "POST" else None
        for who, status in (
            ({"Authorization": ""}, 401),
            (tokens.headers(role="user"), 403),
            (tokens.headers(role="creator"), 403),
        ):
            answer = await api.client.request(method, path, json=body, headers=who)
            assert answer.status_code == status, (method, path, who)
    assert api.rows("SELECT FROM jobs") == []


async def test_one_that_consumes_nothing_says_so(
    settings: ServiceSettings, tokens: TokenFactory, database: TestDatabase
) -> None:
    app = create_app(settings, routers=[endpoints.router("catalog")], accounts=nobody_known, key_source=tokens.source)
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        client.headers.update(tokens.headers(role="admin"))
        state = (await client.get(f"{PLACE}/operations/")).json()
        assert (state["consumes"], state["queue"], state["dead_letters"], state["replicas"]) == (False, None, None, [])
        assert state["broker"]["ok"]
        assert (await client.get(f"{PLACE}/dead-letters/")).status_code == 404
