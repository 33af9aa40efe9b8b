"""Forged and bent access tokens: all refused with 401, never an error of ours."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from services.identity.tests.conftest import SECRET, Api, Clock, Person, migrated, running

from identity.derivation import SEAL_SIGNING_KEYS, derive_key
from identity.keys import service as keys
from shared.auth import JWKS_PATH
from shared.testing.attacks import ATTACKS, Attacker
from shared.testing.infra import TestDatabase
from shared.testing.tokens import TokenFactory


async def attacker_of(api: Api, person: Person) -> Attacker:
    signer = api.parts.keys.signer()
    jwks = (await person.client.get(JWKS_PATH)).json()
    return Attacker(person.access, jwks, signer.private_key, signer.kid)


@pytest.fixture(scope="module")
async def attacker(api: Api) -> Attacker:
    return await attacker_of(api, await api.join())


async def refused(api: Api, token: str) -> bool:
    answer = await api.client(token).get("/api/auth/profile/")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token"), answer.text
    return answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


async def test_the_real_token_and_one_made_the_same_way_are_good(api: Api, attacker: Attacker) -> None:
    """Without this, refusals would prove nothing."""
    for token in (attacker.token, attacker.signed()):
        assert (await api.client(token).get("/api/auth/profile/")).status_code == 200


@pytest.mark.parametrize("name", ATTACKS)
async def test_is_refused(api: Api, attacker: Attacker, name: str) -> None:
    assert await refused(api, ATTACKS[name](attacker))


async def test_only_ones_own_login_counts(api: Api, attacker: Attacker) -> None:
    """By the real key, as no attacker could: identity knows logins, and believes no token about them."""
    other, gone = await api.join(), await api.join()
    await gone.client.post("/api/auth/logout/", json={"refresh": gone.refresh})
    theirs, ended = await attacker_of(api, other), await attacker_of(api, gone)
    for claims in (
        {"sub": str(uuid4())},
        {"sid": str(uuid4())},
        {"sid": theirs.claims["sid"]},
        {"sub": theirs.claims["sub"]},
        {"sub": ended.claims["sub"], "sid": ended.claims["sid"]},
    ):
        assert await refused(api, attacker.signed(**claims)), claims


async def test_a_role_in_a_token_is_no_role(api: Api, attacker: Attacker) -> None:
    """Even by the real key: an older version of the account doesn't speak for it."""
    answer = await api.client(attacker.signed(role="admin", ver=0)).get("/api/users/")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_the_tokens_are_not_taken_for_each_other(api: Api, attacker: Attacker, user: Person) -> None:
    assert await refused(api, user.refresh)
    answer = await api.client().post("/api/auth/refresh/", json={"refresh": user.access})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


async def test_keys_of_another_place_sign_nothing_here(api: Api, database: TestDatabase, attacker: Attacker) -> None:
    """A test system's token, with the same issuer and audience."""
    elsewhere = TokenFactory()
    assert await refused(api, elsewhere.token(role="admin", sub=attacker.claims["sub"], sid=attacker.claims["sid"]))
    same_name = TokenFactory(kid=attacker.header["kid"])
    assert await refused(api, same_name.token(role="admin", sub=attacker.claims["sub"], sid=attacker.claims["sid"]))


async def test_a_retired_key_signs_nothing_any_more(own_api: Api) -> None:
    clock = Clock()
    own_api.app.state.clock = clock
    person = await own_api.join()
    old = await attacker_of(own_api, person)
    async with own_api.database.transaction() as session:
        await keys.rotate(
            session,
            derive_key(own_api.app.state.settings.secret_key, SEAL_SIGNING_KEYS),
            now=clock(),
            lead=timedelta(0),
            token_life=timedelta(minutes=15),
        )
    good = await own_api.client(old.signed(jti="before")).get("/api/auth/profile/")
    assert good.status_code == 200
    clock.forward(hours=1)
    # A process that has just started: the others forget a key within five minutes of its end.
    async with running(own_api.test_database) as later:
        later.app.state.clock = clock
        await later.parts.keys.load(max_age=0)
        assert await refused(later, old.signed(jti="after"))


@pytest.mark.parametrize("header", ["Bearer", "Basic YTpi", "bearer  ", "Token x", "Bearer a b", "\x7f", ""])
async def test_other_credentials_are_refused(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("/api/auth/profile/", headers={"Authorization": header})
    assert answer.status_code == 401, answer.text


async def test_a_token_counts_in_its_header_alone(client: httpx.AsyncClient, attacker: Attacker) -> None:
    """Addresses are logged and cookies are sent by other sites' pages."""
    path, token = "/api/auth/profile/", attacker.token
    places: list[dict[str, Any]] = [
        {"url": f"{path}?access_token={token}"},
        {"url": path, "headers": {"Cookie": f"access={token}; access_token={token}; refresh_token={token}"}},
        {"url": path, "headers": {"X-Authorization": f"Bearer {token}", "Proxy-Authorization": f"Bearer {token}"}},
    ]
    for place in places:
        answer = await client.request("GET", **place)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


async def test_two_tokens_are_no_token(client: httpx.AsyncClient, attacker: Attacker) -> None:
    """Whoever stands between might look at another one than we do."""
    pair = [("Authorization", f"Bearer {attacker.forged()}"), ("Authorization", f"Bearer {attacker.token}")]
    for headers in (pair, pair[::-1]):
        answer = await client.get("/api/auth/profile/", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


async def test_a_stolen_database_does_not_sign(api: Api, attacker: Attacker) -> None:
    """What is stored of a private key isn't one."""
    for row in api.rows("SELECT private_key FROM signing_keys"):
        assert b"\x02\x01\x01\x04\x20" not in row["private_key"]  # a private key in PKCS#8
        guess = hashlib.sha256(row["private_key"]).digest()
        assert await refused(api, attacker.hs256(guess))


async def test_a_token_of_another_installation_is_refused(make_database: Any, api: Api, attacker: Attacker) -> None:
    """With the same SECRET_KEY, as after a copied configuration."""
    async with running(await migrated(make_database()), secret_key=SECRET) as other:
        person = await other.join("admin")
        assert await refused(api, person.access)
        assert await refused(other, attacker.token)
