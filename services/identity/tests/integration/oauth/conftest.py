"""An identity api whose Google and GitHub are a provider of our own: a real one, that misbehaves when asked to."""

import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import uuid4

import httpx
import pytest
from services.identity.tests.conftest import Api, Person, migrated, running

from shared.testing.infra import TestDatabase, repository

FRONTEND = repository() / "frontend"
SITE = "http://localhost:8000"
# With something in it that has to be kept to the letter.
NEXT = "/dashboard?tab=past&q=a%2Fb"


@pytest.fixture(scope="session")
def provider_settings() -> Iterator[dict[str, Any]]:
    """Starts the provider; what identity has to be told of it."""
    node = shutil.which("node")
    if node is None or not (FRONTEND / "node_modules/oidc-provider").exists():
        pytest.fail("the provider needs Node and the web app's packages: deploy/local/frontend.sh packages")
    command = [node, "e2e/support/provider.mjs"]
    with subprocess.Popen(command, cwd=FRONTEND, stdout=subprocess.PIPE, stderr=sys.stderr, text=True) as process:
        assert process.stdout is not None
        settings: dict[str, Any] = {"debug": True, "oauth_timeout_seconds": 20, "oauth_keys_refetch_seconds": 0}
        for line in iter(process.stdout.readline, "\n"):
            name, _, value = line.strip().partition("=")
            settings[name.lower()] = value
        try:
            yield settings
        finally:
            process.terminate()


@pytest.fixture(scope="session")
async def api(database: TestDatabase, provider_settings: dict[str, Any]) -> AsyncIterator[Api]:
    async with running(await migrated(database), **provider_settings) as started:
        yield started


@dataclass
class Someone:
    """Who somebody is at a provider."""

    sub: str = field(default_factory=lambda: str(uuid4().int % 10**12))
    name: str = "Ada Lovelace"
    email: str = field(default_factory=lambda: f"ada-{uuid4().hex[:12]}@example.com")
    verified: bool = True
    mode: str = ""


@dataclass
class Browser:
    """One with its own cookies, as it goes between the site and the provider."""

    api: Api
    site: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)

    async def begin(self, provider: str, path: str = NEXT) -> str:
        """Where the login page's button leads."""
        answer = await self.site.get(f"/api/auth/oauth/{provider}/login/", params={"next": path}, headers=self.headers)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    async def at_provider(self, address: str, someone: Someone | None) -> str:
        """Say who one is there, or cancel; where the provider sends one back to."""
        async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as client:
            page = await client.get(address)
            assert page.status_code == 200, page.text
            form = re.search(r'action="([^"]+)"', page.text)
            assert form is not None, page.text
            body = {"choice": "cancel"} if someone is None else _form(someone)
            client.follow_redirects = False
            answer = await client.post(str(page.url.join(unescape(form[1]))), data=body)
            while not answer.headers["Location"].startswith(SITE):
                answer = await client.get(str(answer.url.join(answer.headers["Location"])))
            return answer.headers["Location"]

    async def come_back(self, address: str) -> httpx.Response:
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}" == SITE
        answer = await self.site.get(f"{parts.path}?{parts.query}", headers=self.headers)
        assert answer.status_code == 302, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return answer

    async def log_in(self, provider: str, someone: Someone | None, path: str = NEXT) -> httpx.Response:
        """All the way; the answer to the callback."""
        return await self.come_back(await self.at_provider(await self.begin(provider, path), someone))

    async def access(self) -> str:
        """What the page after the callback does: trade the cookie for tokens."""
        page = {"X-Auth-Mode": "cookie", "Sec-Fetch-Site": "same-origin"}
        answer = await self.site.post("/api/auth/refresh/", headers=page | self.headers)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access"]
        return token

    async def profile(self) -> dict[str, Any]:
        answer = await self.api.client(await self.access()).get("/api/auth/profile/")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found


def _form(someone: Someone) -> dict[str, str]:
    verified = {"verified": "yes"} if someone.verified else {}
    return {
        "choice": "continue",
        "sub": someone.sub,
        "name": someone.name,
        "email": someone.email,
        "mode": someone.mode,
        **verified,
    }


def browser_of(api: Api, **headers: str) -> Browser:
    return Browser(api, api.client(), headers)


@pytest.fixture
def browser(api: Api) -> Browser:
    return browser_of(api)


def changed(address: str, **query: str | None) -> str:
    """The address with other parameters; None takes one out."""
    parts = urlsplit(address)
    found = {**dict(parse_qsl(parts.query)), **query}
    return urlunsplit(parts._replace(query=urlencode({k: v for k, v in found.items() if v is not None})))


def told(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    """The page that a browser is sent to, and what it is told there."""
    parts = urlsplit(answer.headers["Location"])
    assert (parts.scheme, parts.netloc) == ("", "")
    return parts.path, dict(parse_qsl(parts.query))


def is_logged_in(answer: httpx.Response) -> bool:
    return told(answer)[0] == "/auth/callback" and "refresh_token=" in ";".join(answer.headers.get_list("Set-Cookie"))


def refused(answer: httpx.Response, reason: str, page: str = "/login", path: str | None = NEXT) -> bool:
    """Whether the browser is told why not, and has got nothing else."""
    assert not any("refresh_token=" in line or "signed_in=" in line for line in answer.headers.get_list("Set-Cookie"))
    expected = {"reason": reason} | ({"next": path} if path is not None else {})
    assert told(answer) == (page, expected)
    return True


async def linked(person: Person) -> list[str]:
    answer = await person.client.get("/api/auth/oauth/accounts/")
    assert answer.status_code == 200
    return [row["provider"] for row in answer.json()]


def page_of(api: Api, person: Person) -> Browser:
    """A page of the site, logged in as somebody."""
    return browser_of(api, Authorization=f"Bearer {person.access}")


async def ask(page: Browser, provider: str, password: str | None) -> httpx.Response:
    body = {} if password is None else {"current_password": password}
    return await page.site.post(f"/api/auth/oauth/{provider}/link/", json=body, headers=page.headers)


async def link(page: Browser, provider: str, someone: Someone, password: str | None) -> httpx.Response:
    """All the way; the answer to the callback."""
    asked = await ask(page, provider, password)
    assert asked.status_code == 200, asked.text
    return await page.come_back(await page.at_provider(asked.json()["authorize_url"], someone))


async def unlink(person: Person, provider: str, password: str | None) -> httpx.Response:
    body = {} if password is None else {"current_password": password}
    return await person.client.post(f"/api/auth/oauth/accounts/{provider}/unlink/", json=body)


async def joined_by(api: Api, provider: str, someone: Someone) -> Person:
    """Somebody whose account has no password."""
    browser = browser_of(api)
    assert is_logged_in(await browser.log_in(provider, someone))
    access = await browser.access()
    profile = (await api.client(access).get("/api/auth/profile/")).json()
    return Person(profile["id"], profile["email"], profile["username"], api.client(access), access, password="")


@pytest.fixture
async def own_providers(
    make_database: Callable[[], TestDatabase], provider_settings: dict[str, Any]
) -> AsyncIterator[Api]:
    """An api of one's own, for a test that changes what is set up."""
    async with running(await migrated(make_database()), **provider_settings) as started:
        yield started
