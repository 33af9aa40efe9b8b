"""No secret in any log: after all other tests, the logs of every process of the system are searched."""

import json
import os
import re
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from shared.testing.eventually import eventually
from tests.e2e.conftest import PASSWORD, People, handed_out

# What must not be there whoever it belongs to. Tokens are searched for by name, too.
FORMS = {
    "a signed token": r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}",
    "an Authorization header": r"(?i)\b(?:bearer|basic) [A-Za-z0-9._~+/-]{16,}",
    "a cookie": r"(?i)\b(?:refresh_token|device)=[^;\s\"]{16,}",
    "a password's hash": r"\$argon2id\$|\$2b\$",
    "a private key": r"PRIVATE KEY-----",
}


def logs() -> dict[str, str]:
    """By process; what was rotated away while the tests ran belongs to it."""
    state = os.environ.get("STACK_STATE")
    if not state:
        pytest.skip("STACK_STATE doesn't name a native stack whose logs may be read")
    return {path.name: path.read_text(errors="replace") for path in sorted(Path(state, "logs").iterdir())}


def secrets_of_the_system() -> dict[str, str]:
    found: dict[str, str] = json.loads(Path(os.environ["STACK_STATE"], "secrets.json").read_text())
    return found


async def flushed(client: httpx.AsyncClient) -> None:
    """Wait until a request of now is in the gateway's log and in the services': all before it is, too."""
    marker = f"marker-{uuid4().hex}"
    for path in ("/api/auth/profile/", "/api/sessions/", "/api/bookings/"):
        await client.get(path, headers={"X-Request-ID": marker, "Authorization": f"Bearer {'x' * 8}"})
    for process in ("nginx", "identity-api", "catalog-api", "booking-api"):

        def written(process: str = process) -> bool:
            return any(marker in text for name, text in logs().items() if name.startswith(process))

        await eventually(f"{process} has logged what it was asked", written)


async def misuse(client: httpx.AsyncClient, secret: str) -> None:
    """Everything that is refused or fails while a secret is in hand: that is when people write too much into logs."""
    bearer = {"Authorization": f"Bearer {secret}"}
    for body in (
        json.dumps({"email": "nobody@example.com", "password": secret}),
        json.dumps({"email": "nobody@example.com", "password": [secret]}),
        json.dumps({"email": f"{secret}\x00@example.com", "password": secret, "username": secret}),
        f'{{"email": "x", "password": "{secret}',
        json.dumps({"refresh": secret}),
        json.dumps({"refresh": {secret: secret}}),
        json.dumps({"current_password": secret, "new_password": secret}),
        json.dumps({"token": secret, "new_password": secret}),
    ):
        for path in ("login/", "register/", "refresh/", "logout/", "password/change/", "profile/"):
            headers = {"Content-Type": "application/json", "Cookie": f"refresh_token={secret}", **bearer}
            await client.post(f"/api/auth/{path}", content=body, headers=headers)
    # Nothing secret belongs into a query, and where a page can't be had nginx tells its error log of the whole address.
    for path in ("/api/auth/profile/", "/api/users/", "/api/sessions/", "/api/bookings/"):
        await client.get(f"{path}?access_token={secret}", headers={**bearer, "Cookie": f"__Secure-x={secret}"})
    for path in ("/", "/nowhere"):
        await client.get(path, headers={**bearer, "Cookie": f"__Secure-x={secret}"})
    await client.post("/api/auth/login/", content=secret * 40_000, headers={"Content-Type": "application/json"})


async def test_no_secret_is_in_any_log(visitor: httpx.AsyncClient, people: People) -> None:
    canary = f"geheim{uuid4().hex}"
    await misuse(visitor, canary)
    person = await people.join()
    await person.client.post(
        "/api/auth/password/change/", json={"current_password": PASSWORD, "new_password": f"new-{canary}"}
    )
    page = {"X-Auth-Mode": "cookie", "Sec-Fetch-Site": "same-origin"}
    await visitor.post("/api/auth/login/", json={"email": person.email, "password": f"new-{canary}"}, headers=page)
    cookies = {cookie.value for cookie in visitor.cookies.jar if cookie.value and len(cookie.value) > 16}
    assert cookies
    await visitor.post("/api/auth/refresh/", headers=page)
    await flushed(visitor)

    texts = {"the canary": canary, "the tests' password": PASSWORD}
    texts |= {f"a token that was handed out ({number})": token for number, token in enumerate(handed_out | cookies)}
    texts |= {name: value for name, value in secrets_of_the_system().items() if len(value) >= 8}
    assert len(handed_out) > 2
    found = [f"{file}: {name}" for file, text in logs().items() for name, wanted in texts.items() if wanted in text]
    found += [
        f"{file}: {name}: {text[match.start() - 60 : match.start()]}"
        for file, text in logs().items()
        for name, form in FORMS.items()
        for match in re.finditer(form, text)
    ]
    assert found == []


async def test_the_search_would_find_it(visitor: httpx.AsyncClient) -> None:
    """What a client may choose and we do log, a request's id, is found by the same search."""
    canary = f"geheim-{uuid4().hex}"
    await visitor.get("/api/auth/profile/", headers={"X-Request-ID": canary})
    await flushed(visitor)
    holders = {name for name, text in logs().items() if canary in text}
    assert any(name.startswith("nginx") for name in holders)
    assert any(name.startswith("identity-api") for name in holders)
