"""What people notice while a part is away: as little as possible, and nothing is lost."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from shared.testing.eventually import eventually
from tests.e2e.conftest import People, Person, a_start

ROOT = Path(__file__).parents[2]


class Parts:
    """Stops and starts processes of the system under test."""

    def __init__(self, state: str) -> None:
        self._state = state
        self.stopped: set[str] = set()

    async def __call__(self, action: str, name: str) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "stack", "--state", self._state, action, name,
            env={**os.environ, "PYTHONPATH": str(ROOT / "deploy/local")}, cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        (self.stopped.add if action == "stop" else self.stopped.discard)(name)


@pytest.fixture
async def parts() -> AsyncIterator[Parts]:
    state = os.environ.get("STACK_STATE")
    if not state:
        pytest.skip("STACK_STATE doesn't name a native stack whose processes may be stopped")
    found = Parts(state)
    yield found
    for name in list(found.stopped):
        await found("start", name)


async def gross(creator: Person) -> str:
    revenue = (await creator.get("/api/bookings/creator_stats/")).json()["revenue"]
    return str(revenue[0]["gross"]) if revenue else "0.00"


async def test_bookings_go_on_without_the_broker_and_everything_arrives_afterwards(
    people: People, creator: Person, user: Person, parts: Parts
) -> None:
    session = await people.publish(creator, price="10.00")
    await user.post("/api/bookings/", {"session": session["id"], "booking_date": a_start()})

    async def counted(wanted: str) -> bool:
        return await gross(creator) == wanted

    await eventually("the first booking's revenue", lambda: counted("10.00"))
    await parts("stop", "rabbitmq")
    for _ in range(5):
        answer = await user.post("/api/bookings/", {"session": session["id"], "booking_date": a_start()})
        assert answer.status_code == 201, answer.text
    late = await people.join("creator")
    published = await people.publish(late, title="Made without a broker", price="7.00")
    answer = await user.post("/api/bookings/", {"session": published["id"], "booking_date": a_start()})
    assert answer.status_code == 201, answer.text
    assert await gross(creator) == "10.00"
    await parts("start", "rabbitmq")
    await eventually("the revenue of the bookings made meanwhile", lambda: counted("60.00"), within=60)

    async def late_counted() -> bool:
        return await gross(late) == "7.00"

    await eventually("the revenue of the session made meanwhile", late_counted, within=60)


async def test_figures_stand_still_without_the_worker_and_move_with_it(
    people: People, creator: Person, user: Person, parts: Parts
) -> None:
    """The stats read the projection and nothing else."""
    session = await people.publish(creator, price="10.00")
    await parts("stop", "booking-worker")
    await user.post("/api/bookings/", {"session": session["id"], "booking_date": a_start()})
    stats = (await creator.get("/api/bookings/creator_stats/")).json()
    assert (stats["revenue"], stats["bookings"]["confirmed"]) == ([], 0)
    assert len((await user.get("/api/bookings/my_bookings/")).json()) == 1
    await parts("start", "booking-worker")

    async def counted() -> bool:
        return await gross(creator) == "10.00"

    await eventually("the revenue, once the worker runs", counted, within=60)


async def test_without_the_database_the_answer_is_a_clean_503(
    visitor: httpx.AsyncClient, creator: Person, parts: Parts
) -> None:
    await parts("stop", "postgres")
    answer = await creator.get("/api/auth/profile/")
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert int(answer.headers["retry-after"]) >= 1
    assert "postgres" not in answer.text.lower()
    await parts("start", "postgres")

    async def back() -> bool:
        # Each service, whichever is the last: the tests that follow need all of them.
        paths = ("/api/auth/profile/", "/api/bookings/", "/api/sessions/?my_sessions=true")
        return {(await creator.get(path)).status_code for path in paths} == {200}

    await eventually("the services recover by themselves", back, within=60)
