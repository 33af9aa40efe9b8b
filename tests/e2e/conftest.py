"""People and tools of the end-to-end tests: everything goes through the gateway, as a client's requests do."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

ROOT = Path(__file__).parents[2]
PASSWORD = "correct-horse-battery-9"
_days = count(30)
handed_out: set[str] = set()  # tokens that people got: none of them may be in a log


@dataclass
class Person:
    """Somebody with an account and a client that is logged in."""

    client: httpx.AsyncClient
    id: str
    email: str
    username: str
    refresh: str

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(path, params=params)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.client.post(path, json=body, headers=headers)

    async def patch(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.client.patch(path, json=body, headers=headers)

    async def put(self, path: str, body: Any) -> httpx.Response:
        return await self.client.put(path, json=body)

    async def delete(self, path: str) -> httpx.Response:
        return await self.client.delete(path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Random requests come late, since they change what they can, and the logs last, when everything is logged."""
    last = ("test_fuzz.py", "test_logs.py")
    items.sort(key=lambda item: last.index(item.path.name) if item.path.name in last else -1)


@pytest.fixture(scope="session")
def gateway_url() -> str:
    """Where the system under test listens; `make test` starts one and says where."""
    url = os.environ.get("GATEWAY_URL")
    if not url:
        pytest.fail("GATEWAY_URL isn't set: run these tests by `make e2e`, or point it at a running system")
    return url.rstrip("/")


@pytest.fixture
async def visitor(gateway_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway_url, timeout=20) as client:
        yield client


class People:
    def __init__(self, url: str) -> None:
        self._url = url
        self.clients: list[httpx.AsyncClient] = []

    async def join(self, role: str = "user", **more: Any) -> Person:
        """Register and log in somebody new."""
        name = f"{role}-{uuid4().hex[:12]}"
        client = httpx.AsyncClient(base_url=self._url, timeout=20)
        self.clients.append(client)
        email = f"{name}@example.com"
        registered = await client.post(
            "/api/auth/register/",
            json={
                "email": email,
                "username": name,
                "password": PASSWORD,
                "first_name": "Robin",
                "last_name": role.capitalize(),
                "role": role,
                **more,
            },
        )
        assert registered.status_code == 201, registered.text
        return await self.log_in(email, PASSWORD, client)

    async def log_in(self, email: str, password: str, client: httpx.AsyncClient | None = None) -> Person:
        if client is None:
            client = httpx.AsyncClient(base_url=self._url, timeout=20)
            self.clients.append(client)
        answer = await client.post("/api/auth/login/", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        handed_out.update((body["access"], body["refresh"]))
        client.headers["Authorization"] = f"Bearer {body['access']}"
        return Person(client, body["user"]["id"], email, body["user"]["username"], body["refresh"])

    async def publish(self, creator: Person, **fields: Any) -> dict[str, Any]:
        """A session of this creator."""
        body = {
            "title": f"Session {uuid4().hex[:8]}",
            "description": "What it is about.",
            "duration": 60,
            "price": "99.99",
            "max_participants": 5,
            **fields,
        }
        answer = await creator.post("/api/sessions/", body)
        assert answer.status_code == 201, answer.text
        session: dict[str, Any] = answer.json()
        return session


@pytest.fixture
async def people(gateway_url: str) -> AsyncIterator[People]:
    crowd = People(gateway_url)
    yield crowd
    for client in crowd.clients:
        await client.aclose()


@pytest.fixture
async def creator(people: People) -> Person:
    return await people.join("creator")


@pytest.fixture
async def user(people: People) -> Person:
    return await people.join("user")


async def identity_command(*arguments: str, **environment: str) -> str:
    """What one of the operators' commands of identity says, where the system under test is a native stack."""
    state = os.environ.get("STACK_STATE")
    if not state:
        pytest.skip("STACK_STATE doesn't name a native stack whose commands may be called")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stack", "--state", state, "run", "identity", *arguments, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "deploy/local"), **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def admin_of(people: People) -> Person:
    """An admin, made by the operators' command: there is no other first one."""
    name = f"admin-{uuid4().hex[:12]}"
    options = ("--email", f"{name}@example.com", "--username", name)
    await identity_command("create-admin", *options, IDENTITY_ADMIN_PASSWORD=PASSWORD)
    return await people.log_in(f"{name}@example.com", PASSWORD)


@pytest.fixture
async def admin(people: People) -> Person:
    return await admin_of(people)


def a_start(hour: int = 14) -> str:
    """A start time of its own for each call, in RFC 3339."""
    day = datetime.now(UTC) + timedelta(days=next(_days))
    return day.replace(hour=hour, minute=0, second=0, microsecond=0).isoformat()
