"""Keys are changed while people work, and nobody notices."""

import asyncio
from collections import Counter
from itertools import cycle

import httpx
import jwt
import pytest

from shared.testing.eventually import eventually
from tests.e2e.conftest import PASSWORD, People, Person, identity_command

# Every process reads identity's keys again within half a minute; the new one signs when all of them know it.
LEAD = 35
PATHS = ("/api/auth/profile/", "/api/sessions/?my_sessions=true", "/api/bookings/")


def signed_by(person: Person) -> str:
    token = person.client.headers["Authorization"].removeprefix("Bearer ")
    kid: str = jwt.get_unverified_header(token)["kid"]
    return kid


@pytest.mark.timeout(300)
async def test_no_request_fails_while_keys_rotate(people: People, gateway_url: str) -> None:
    old = await people.join("creator")
    before = signed_by(old)
    answers: Counter[str] = Counter()
    stop = asyncio.Event()

    async def go_on(person: Person) -> None:
        for path in cycle(PATHS):
            if stop.is_set():
                return
            try:
                answers[str((await person.get(path)).status_code)] += 1
            except httpx.HTTPError as error:
                answers[repr(error)] += 1
            await asyncio.sleep(0.02)

    async def come_and_go() -> None:
        """Logins all the while: the first that is signed by the new key is used at once, in every service."""
        while not stop.is_set():
            person = await people.log_in(old.email, PASSWORD)
            for path in PATHS:
                answers[str((await person.get(path)).status_code)] += 1
            await asyncio.sleep(0.5)

    async def new_key() -> Person | None:
        person = await people.log_in(old.email, PASSWORD)
        return person if signed_by(person) != before else None

    workers = [asyncio.create_task(work) for work in (go_on(old), go_on(old), come_and_go())]
    try:
        said = await identity_command("rotate-keys", KEY_LEAD_SECONDS=str(LEAD))
        new = await eventually("the new key signs", new_key, within=LEAD + 60, every=1)
        assert new is not None
        assert signed_by(new) in said
        workers.append(asyncio.create_task(go_on(new)))
        enough = answers["200"] + 300
        await eventually("many requests by both keys", lambda: answers["200"] > enough, within=60)
    finally:
        stop.set()
        await asyncio.gather(*workers)
    assert set(answers) == {"200"}, answers
    async with httpx.AsyncClient(base_url=gateway_url) as client:
        published = (await client.get("/api/auth/.well-known/jwks.json")).json()["keys"]
    assert {before, signed_by(new)} <= {key["kid"] for key in published}
