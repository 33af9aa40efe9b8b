"""Looking after booking through its API, done by real workers: revenue checked and made anew."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from booking.consumers import HANDLERS
from booking.revenue.repository.projection import TABLES
from booking.settings import Settings
from booking.worker import create
from shared.migrations import declare_topology
from shared.testing.eventually import eventually
from shared.testing.infra import TestBroker

PLACE = "/api/admin/booking"


@pytest.fixture
async def settings(own_api: Any, make_broker: Any) -> Settings:
    """With a broker of its own, and without the owner's password."""
    broker: TestBroker = make_broker()
    values = {**own_api.test_database.settings("booking"), "db_owner_password": "", **broker.settings("booking")}
    made = Settings(**values)
    await declare_topology(made, [kind.type for kind in HANDLERS])
    return made


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    worker = create(settings)
    async with worker.router.lifespan_context(worker):
        yield


async def projected(api: Any, make: Any) -> dict[str, list[Any]]:
    """Some history that has reached the projection; its tables."""
    session, user = await api.offer(), await api.join()
    for number in range(6):
        booked = await user.booked(session, make.start())
        if number % 3 == 0:
            await user.cancel(booked["id"])
    await api.project()
    return tables(api)


def tables(api: Any) -> dict[str, list[Any]]:
    return {table: sorted(api.rows(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


async def ask(admin: Any, path: str, **body: Any) -> dict[str, Any]:
    answer = await admin.client.post(f"{PLACE}/{path}/", json=body)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


async def ended(admin: Any, job: dict[str, Any]) -> dict[str, Any]:
    async def probe() -> dict[str, Any] | None:
        found: dict[str, Any] = (await admin.client.get(f"{PLACE}/jobs/{job['id']}/")).json()
        return found if found["state"] in ("done", "failed") else None

    found: dict[str, Any] | None = await eventually("the job has ended", probe, within=60)
    assert found is not None
    return found


async def test_drift_is_found_and_mended(own_api: Any, make: Any, settings: Settings) -> None:
    before = await projected(own_api, make)
    admin = await own_api.join("admin")
    own_api.execute("UPDATE revenue_daily SET gross = gross + 1")
    async with working(settings):
        found = await ended(admin, await ask(admin, "revenue/check"))
        (difference,) = found["result"]["differences"]
        assert (found["result"]["total"], difference["place"]) == (1, "sums per day")
        rebuilt = await ended(admin, await ask(admin, "revenue/rebuild", reason="a bad restore"))
        entries = len(before["revenue_ledger"])
        assert (rebuilt["state"], rebuilt["result"]) == ("done", {"entries": entries})
        assert rebuilt["progress"] == {"step": "reading bookings", "done": 6, "total": 6}
        assert (await ended(admin, await ask(admin, "revenue/check")))["result"]["total"] == 0
    assert tables(own_api) == before
    lines = own_api.rows("SELECT * FROM audit_log WHERE subject = %s ORDER BY id", rebuilt["id"])
    assert [line["action"] for line in lines] == ["operations.job_requested", "operations.job_done"]
    assert [line["reason"] for line in lines] == ["a bad restore", ""]
    assert {line["actor"] for line in lines} == {admin.id}
    assert lines[1]["after"] == {"kind": "revenue.rebuild", "entries": entries}


async def test_a_rebuild_survives_its_workers_death(own_api: Any, make: Any, settings: Settings) -> None:
    before = await projected(own_api, make)
    admin = await own_api.join("admin")
    own_api.execute("DELETE FROM revenue_daily")
    dsn = own_api.test_database.dsn("booking")

    def swap_waits() -> bool:
        return bool(own_api.rows("SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"))

    async with await psycopg.AsyncConnection.connect(dsn) as reader:
        # Somebody reads, so that the rebuild can't come to its end meanwhile.
        await reader.execute("SELECT count(*) FROM revenue_daily")
        job = await ask(admin, "revenue/rebuild")
        worker = await _start_worker(settings)
        try:
            await eventually("the swap waits", swap_waits, within=60)
            again = await admin.client.post(f"{PLACE}/revenue/rebuild/")
            assert (again.status_code, again.json()["code"], again.json()["job"]) == (409, "job_running", job["id"])
        finally:
            worker.kill()
            await worker.wait()
        # Else the statement that it died of could still come to its end.
        await eventually("its connection has ended", lambda: not swap_waits())
        await reader.rollback()
    assert own_api.rows("SELECT * FROM revenue_daily") == []
    async with working(settings):
        done = await ended(admin, job)
    assert (done["state"], done["attempts"]) == ("done", 2)
    assert tables(own_api) == before


async def _start_worker(settings: Settings) -> asyncio.subprocess.Process:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = settings.model_dump()
    values = {name: given[name] for name in given if name.startswith(("postgres_", "rabbitmq_"))}
    values |= {name: given[name].get_secret_value() for name in ("db_password", "rabbitmq_password")}
    environment = {name.upper(): str(value) for name, value in {**values, "port": port}.items()}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "booking", "worker", env={**os.environ, **environment}
    )
