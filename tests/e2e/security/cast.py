"""Who asks, in the tests of who may do what: one person of each kind, and the things that belong to them."""

import io
import re
import runpy
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import jwt
from PIL import Image

from shared.testing.eventually import eventually
from tests.e2e.conftest import PASSWORD, People, Person, a_start, admin_of
from tests.e2e.security import signing
from tests.e2e.security.signing import ROOT

KINDS = ("visitor", "user", "other_user", "creator", "other_creator", "admin", "disabled", "expired")
AUTHENTICATOR = runpy.run_path(str(ROOT / "services/identity/tests/authenticator.py"))
# The provider that is asked for; its app here is entered, and is none at the provider.
PROVIDER = "github"
_APPS = "/api/auth/oauth/apps/"
# With these a service is asked whether it knows yet that an account was disabled: one path of each.
_OWN = ("/api/auth/profile/", "/api/sessions/?my_sessions=true", "/api/bookings/my_bookings/")


@dataclass
class Cast:
    """Everybody of the table. The creator owns the sessions and the user the bookings that are asked for."""

    people: People
    gateway: str
    by_kind: dict[str, Person] = field(default_factory=dict)

    async def assemble(self) -> None:
        for kind in ("user", "other_user", "creator", "other_creator"):
            self.by_kind[kind] = await self.people.join(_role(kind))
        self.by_kind["admin"] = await admin_of(self.people)
        self.by_kind["disabled"] = await self._disabled()
        self.by_kind["expired"] = await self._expired()

    async def _disabled(self) -> Person:
        """A creator whose account was disabled a moment ago, with an access token that would live on."""
        person = await self.people.join("creator")
        answer = await self.by_kind["admin"].patch(f"/api/users/{person.id}/", {"is_active": False})
        assert answer.status_code == 200, answer.text

        async def refused(path: str) -> bool:
            return (await person.get(path)).status_code == 401

        for path in _OWN:
            await eventually(f"{path} refuses an account that was disabled", lambda path=path: refused(path))  # type: ignore[misc]
        return person

    async def _expired(self) -> Person:
        """A creator whose access token was good until a minute ago."""
        person = await self.people.join("creator")
        token = person.client.headers["Authorization"].removeprefix("Bearer ")
        now = int(time.time())
        stale = signing.of_this_stack().bent(token, iat=now - 960, exp=now - 60)
        person.client.headers["Authorization"] = f"Bearer {stale}"
        return person

    async def client(self, kind: str, *, fresh: bool) -> httpx.AsyncClient:
        """Of somebody of this kind; `fresh` for somebody whom nobody needs afterwards."""
        if kind == "visitor":
            client = httpx.AsyncClient(base_url=self.gateway, timeout=20)
            self.people.clients.append(client)
            return client
        if not fresh or kind in ("disabled", "expired"):
            return self.by_kind[kind].client
        if kind != "admin":
            return (await self.people.join(_role(kind))).client
        person = await self.people.join()
        answer = await self.by_kind["admin"].patch(f"/api/users/{person.id}/", {"role": "admin"})
        assert answer.status_code == 200, answer.text
        return (await self.people.log_in(person.email, PASSWORD)).client

    async def session(self, **fields: Any) -> str:
        """The id of a session of the creator's."""
        return str((await self.people.publish(self.by_kind["creator"], **fields))["id"])

    async def booking(self) -> str:
        """The id of a booking of the user's, in a session of the creator's."""
        wanted = {"session": await self.session(), "booking_date": a_start()}
        answer = await self.by_kind["user"].post("/api/bookings/", wanted)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def login(self) -> str:
        """The id of another login of the user's."""
        person = await self.people.log_in(self.by_kind["user"].email, PASSWORD)
        token = person.client.headers["Authorization"].removeprefix("Bearer ")
        return str(jwt.decode(token, options={"verify_signature": False})["sid"])

    async def picture(self) -> str:
        """The name of a picture that the user sent."""
        answer = await self.by_kind["user"].client.post("/api/auth/avatar/", files={"file": picture()})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["avatar"]).rpartition("/")[2]

    async def passkey(self) -> str:
        """The id of a passkey of the creator's, who has logged in with it."""
        creator = self.by_kind["creator"]
        confirmed = {"current_password": PASSWORD}
        options = await creator.post("/api/auth/passkeys/options/", confirmed)
        assert options.status_code == 200, options.text
        origin = f"http://localhost:{httpx.URL(self.gateway).port}"
        credential = AUTHENTICATOR["Authenticator"](origin=origin).create(options.json())
        answer = await creator.post("/api/auth/passkeys/", {"name": "Laptop", "credential": credential})
        assert answer.status_code == 201, answer.text
        renewed = await creator.post("/api/auth/refresh/", {"refresh": creator.refresh})
        assert renewed.status_code == 200, renewed.text
        creator.refresh = renewed.json()["refresh"]
        creator.client.headers["Authorization"] = f"Bearer {renewed.json()['access']}"
        return str(answer.json()["passkey"]["id"])

    async def provider(self) -> str:
        """The name of a provider that is set up."""
        app = {"provider": PROVIDER, "client_id": "app", "client_secret": "secret"}
        answer = await self.by_kind["admin"].post(_APPS, app)
        assert answer.status_code in (201, 409), answer.text
        return PROVIDER

    async def without_app(self) -> None:
        """Take away what an admin entered for the provider."""
        answer = await self.by_kind["admin"].client.delete(f"{_APPS}{PROVIDER}/")
        assert answer.status_code in (204, 404), answer.text

    async def account(self) -> str:
        """The id of an account that nobody needs."""
        return (await self.people.join()).id

    async def fill(self, path: str, *, inactive: bool = False) -> str:
        """The path with ids of such things in place of its parameters, or of nothing."""
        made: dict[str, Callable[[], Awaitable[str]]] = {
            "{session_id}": lambda: self.session(status="inactive" if inactive else "active"),
            "{booking_id}": self.booking,
            "{login_id}": self.login,
            "{name}": self.picture,
            "{passkey_id}": self.passkey,
            "{user_id}": self.account,
            "{provider}": self.provider,
        }
        for name, make in made.items():
            if name in path:
                path = path.replace(name, await make())
        path = path.replace("{creator_id}", self.by_kind["creator"].id)
        return re.sub(r"\{[a-z_]+\}", lambda _: str(uuid4()), path)


def picture() -> bytes:
    """A PNG of one colour."""
    made = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(made, "PNG")
    return made.getvalue()


def _role(kind: str) -> str:
    return "creator" if kind.endswith("creator") else "user"
