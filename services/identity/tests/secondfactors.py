"""What people with second factors do, by the api."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pyotp
from services.identity.tests.authenticator import Authenticator
from services.identity.tests.conftest import Api, Clock, Person

FACTORS = "/api/auth/second-factors"
PASSKEYS = "/api/auth/passkeys"
SECOND_STEP = "/api/auth/login/second-factor/"


@dataclass
class App:
    """An authenticator app that knows an account's secret."""

    secret: str
    clock: Clock
    recovery_codes: list[str] = field(default_factory=list)

    def code(self, step: int = 0) -> str:
        """What it shows, or will show after so many steps."""
        return pyotp.TOTP(self.secret).at(self.clock.now, counter_offset=step)

    def next_code(self) -> str:
        """Half a minute later, since a code is good once."""
        self.clock.forward(seconds=30)
        return self.code()


def owner(person: Person, **more: Any) -> dict[str, Any]:
    """The body of a change by the account's owner, with the password if there is one."""
    return {"current_password": person.password or None, **more}


async def add_app(person: Person, clock: Clock) -> App:
    started = await person.client.post(f"{FACTORS}/totp/", json=owner(person))
    assert started.status_code == 200, started.text
    app = App(started.json()["secret"], clock)
    confirmed = await person.client.post(f"{FACTORS}/totp/confirm/", json={"code": app.code()})
    assert confirmed.status_code == 200, confirmed.text
    app.recovery_codes = confirmed.json()["recovery_codes"]
    return app


async def start_passkey(person: Person) -> dict[str, Any]:
    """Options for a new one."""
    answer = await person.client.post(f"{PASSKEYS}/options/", json=owner(person))
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()
    return options


async def save_passkey(person: Person, credential: dict[str, Any], name: str = "Laptop") -> httpx.Response:
    return await person.client.post(f"{PASSKEYS}/", json={"name": name, "credential": credential})


async def add_passkey(
    person: Person, authenticator: Authenticator | None = None, name: str = "Laptop"
) -> Authenticator:
    authenticator = authenticator or Authenticator()
    answer = await save_passkey(person, authenticator.create(await start_passkey(person)), name)
    assert answer.status_code == 201, answer.text
    return authenticator


async def first_step(api: Api, person: Person) -> dict[str, Any]:
    """The problem that a log-in by the password alone is answered with."""
    answer = await api.client().post("/api/auth/login/", json={"email": person.email, "password": person.password})
    assert answer.status_code == 403, answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == "second_factor_required"
    return problem


async def second_step(api: Api, challenge: str, method: str, code: str | None = None, **more: Any) -> httpx.Response:
    body = {"challenge": challenge, "method": method, "code": code, **more}
    return await api.client().post(SECOND_STEP, json=body)


async def request_options(api: Api, challenge: str | None = None) -> dict[str, Any]:
    """What an authenticator is to sign for a log-in."""
    answer = await api.client().post(f"{PASSKEYS}/login/options/", json={"challenge": challenge} if challenge else {})
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()
    return options


async def by_passkey(api: Api, credential: dict[str, Any]) -> httpx.Response:
    return await api.client().post(f"{PASSKEYS}/login/", json={"credential": credential})
