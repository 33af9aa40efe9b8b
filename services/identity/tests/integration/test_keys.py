"""Signing keys: the first one, the public half, rotation, a changed SECRET_KEY."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from services.identity.tests.conftest import SECRET, Api, Clock, Person, migrated, running

from identity.derivation import SEAL_SIGNING_KEYS, derive_key
from identity.keys import service as keys
from identity.keys.sealing import unseal
from identity.sealing import CannotUnseal
from shared.auth import JWKS_PATH
from shared.testing.infra import TestDatabase


def kid_of(person: Person) -> str:
    return str(jwt.get_unverified_header(person.access)["kid"])


async def published(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get(JWKS_PATH)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["keys"]
    return found


async def rotate(api: Api, *, lead: float = 300) -> str:
    async with api.database.transaction() as session:
        return await keys.rotate(
            session,
            derive_key(api.app.state.settings.secret_key, SEAL_SIGNING_KEYS),
            now=api.parts.clock(),
            lead=timedelta(seconds=lead),
            token_life=timedelta(minutes=15),
        )


async def test_the_key_set_is_public_and_has_public_halves_only(api: Api, user: Person) -> None:
    answer = await api.client().get(JWKS_PATH)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
    assert key["kid"] == kid_of(user)
    jwt.decode(user.access, jwt.PyJWK(key), ["ES256"], audience="sessions-marketplace-api")


async def test_processes_that_start_together_make_one_key(make_database: Callable[[], TestDatabase]) -> None:
    database = await migrated(make_database())

    async def start() -> list[dict[str, Any]]:
        async with running(database) as api:
            return await published(api.client())

    found = await asyncio.gather(*(start() for _ in range(4)))
    assert all(keys == found[0] for keys in found)
    assert len(found[0]) == 1


async def test_a_restart_keeps_the_key_and_the_logins(own_api: Api) -> None:
    person = await own_api.join()
    async with running(own_api.test_database) as again:
        assert (await again.client(person.access).get("/api/auth/profile/")).status_code == 200
        assert await published(again.client()) == await published(own_api.client())
        assert kid_of(await again.log_in(Person(person.id, person.email, person.username, again.client()))) == kid_of(
            person
        )


async def test_a_new_key_is_published_before_it_signs_and_an_old_one_stays(own_api: Api) -> None:
    clock = Clock()
    own_api.app.state.clock = clock
    person = await own_api.join()
    old = kid_of(person)
    new = await rotate(own_api)

    async def reload() -> None:
        await own_api.parts.keys.load(max_age=0)

    await reload()
    assert {key["kid"] for key in await published(own_api.client())} == {old, new}
    await own_api.log_in(person)
    assert kid_of(person) == old
    clock.forward(seconds=299)
    await own_api.log_in(person)
    assert kid_of(person) == old
    last_of_old = person.access
    clock.forward(seconds=2)
    await own_api.log_in(person)
    assert kid_of(person) == new
    # What the old key signed last is good for all of its fifteen minutes.
    clock.forward(minutes=15)
    await reload()
    assert old in {key["kid"] for key in await published(own_api.client())}
    assert jwt.get_unverified_header(last_of_old)["kid"] == old
    clock.forward(minutes=20)
    await reload()
    assert {key["kid"] for key in await published(own_api.client())} == {new}


async def test_no_request_fails_while_keys_rotate(own_api: Api) -> None:
    people = [await own_api.join() for _ in range(2)]
    for _ in range(3):
        await rotate(own_api, lead=0)
        await own_api.parts.keys.load(max_age=0)
        people.append(await own_api.join())
        for person in people:
            assert (await person.profile()).status_code == 200
    assert len({kid_of(person) for person in people}) == 4


async def test_another_secret_makes_another_key_and_old_access_tokens_stay_good(own_api: Api) -> None:
    person = await own_api.join()
    async with running(own_api.test_database, secret_key=f"other: {SECRET}") as other:
        assert (await other.client(person.access).get("/api/auth/profile/")).status_code == 200
        again = await other.log_in(Person(person.id, person.email, person.username, other.client()))
        assert kid_of(again) != kid_of(person)
        assert len(await published(other.client())) == 2


async def test_private_halves_are_encrypted_at_rest(api: Api) -> None:
    (row,) = api.rows("SELECT kid, private_key FROM signing_keys")
    with pytest.raises(CannotUnseal):
        unseal(row["private_key"], row["kid"], b"x" * 32)
    with pytest.raises(CannotUnseal):
        unseal(row["private_key"], "another", derive_key(api.app.state.settings.secret_key, SEAL_SIGNING_KEYS))


@pytest.mark.parametrize("secret", ["", "short"])
async def test_the_api_does_not_start_without_a_secret(database: TestDatabase, secret: str) -> None:
    with pytest.raises(RuntimeError, match="SECRET_KEY"):
        async with running(database, secret_key=secret):
            pass


async def test_without_the_database_the_api_starts_and_says_so(database: TestDatabase) -> None:
    away = {**database.settings("identity"), "postgres_port": 1}

    class Away:
        def settings(self, _service: str) -> dict[str, Any]:
            return away

    async with running(Away(), patience=1) as api:  # type: ignore[arg-type]
        client = api.client()
        for call in (
            client.get(JWKS_PATH),
            client.post("/api/auth/login/", json={"email": "a@example.com", "password": "x"}),
            client.post("/api/auth/refresh/", json={"refresh": "x"}),
            client.get("/api/auth/profile/", headers={"Authorization": "Bearer x"}),
        ):
            answer = await call
            if answer.status_code != 401:  # a token that can't be one needs no database
                assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
                assert int(answer.headers["Retry-After"]) > 0
        assert (await client.get("/health/live/")).status_code == 200
        assert (await client.get("/health/ready/")).status_code == 503
