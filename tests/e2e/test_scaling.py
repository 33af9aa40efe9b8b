"""Replicas come and go while people go on working."""

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import Person

ROOT = Path(__file__).parents[2]


async def stack(*arguments: str) -> str:
    state = os.environ.get("STACK_STATE")
    if not state:
        pytest.skip("STACK_STATE doesn't name a native stack that may be scaled")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stack", "--state", state, *arguments,
        env={**os.environ, "PYTHONPATH": str(ROOT / "deploy/local")}, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


def bound_to() -> list[str]:
    """The process with which this stack ends, as options of `up`."""
    owner = json.loads(Path(os.environ["STACK_STATE"], "settings.json").read_text())["owner"]
    return ["--until-pid", str(owner)] if owner else []


@pytest.mark.parametrize(("kind", "path"), [("booking-api", "/api/bookings/"), ("frontend", "/login")])
async def test_no_request_fails_while_replicas_come_and_go(
    gateway_url: str, user: Person, kind: str, path: str
) -> None:
    answers: Counter[str] = Counter()
    stop = asyncio.Event()

    async def go_on() -> None:
        # A connection each: one that is kept may be closed by the reloading gateway in the very moment it is used.
        headers = {"Authorization": user.client.headers["Authorization"], "Connection": "close"}
        while not stop.is_set():
            # There is no TLS here, and to read all certificates takes longer than the request.
            async with httpx.AsyncClient(base_url=gateway_url, headers=headers, timeout=20, verify=False) as client:
                try:
                    answers[str((await client.get(path)).status_code)] += 1
                except httpx.HTTPError as error:
                    answers[repr(error)] += 1
            await asyncio.sleep(0.02)

    people = [asyncio.create_task(go_on()) for _ in range(4)]
    try:
        await stack("scale", kind, "3")
        assert (await stack("status")).count(f"{kind}-") == 3
        await stack("scale", kind, "1")
        assert (await stack("status")).count(f"{kind}-") == 1
    finally:
        stop.set()
        await asyncio.gather(*people)
    assert set(answers) == {"200"}, answers
    assert answers["200"] > 50


async def test_starting_what_runs_changes_nothing(gateway_url: str) -> None:
    before = await stack("status")
    port = str(httpx.URL(gateway_url).port)
    await stack("up", "--gateway-port", port, "--no-seed", *bound_to())
    after = await stack("status")

    def processes(text: str) -> list[str]:
        return [line.partition("uptime")[0] for line in text.splitlines()]

    assert processes(before) == processes(after)
