"""Each service verifies tokens itself, so each is attacked: one door of each, through the gateway."""

import httpx
import jwt
import pytest

from shared.auth import JWKS_PATH
from shared.testing.attacks import ATTACKS, Attacker
from shared.testing.tokens import TokenFactory
from tests.e2e.conftest import Person
from tests.e2e.security import signing
from tests.e2e.security.cast import Cast

DOORS = {
    "identity": "/api/auth/profile/",
    "catalog": "/api/sessions/?my_sessions=true",
    "booking": "/api/bookings/my_bookings/",
}


@pytest.fixture(scope="module")
async def attacker(cast: Cast) -> Attacker:
    signer = signing.of_this_stack()
    client = cast.by_kind["creator"].client
    jwks = (await client.get(JWKS_PATH)).json()
    return Attacker(client.headers["Authorization"].removeprefix("Bearer "), jwks, signer.key, signer.kid)


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
async def test_forged_and_bent_tokens_are_refused(visitor: httpx.AsyncClient, attacker: Attacker, door: str) -> None:
    async def status(token: str) -> tuple[int, str | None]:
        answer = await visitor.get(door, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.json()["code"] if answer.status_code != 200 else None

    # Without this, refusals would prove nothing.
    assert [await status(token) for token in (attacker.token, attacker.signed())] == [(200, None)] * 2
    answered = {name: await status(make(attacker)) for name, make in ATTACKS.items()}
    assert {name: got for name, got in answered.items() if got != (401, "invalid_token")} == {}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
async def test_keys_of_another_place_sign_nothing_here(
    visitor: httpx.AsyncClient, attacker: Attacker, door: str
) -> None:
    elsewhere, same_name = TokenFactory(), TokenFactory(kid=attacker.header["kid"])
    for factory in (elsewhere, same_name):
        token = factory.token(role="admin", sub=attacker.claims["sub"], sid=attacker.claims["sid"])
        answer = await visitor.get(door, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
async def test_a_refresh_token_opens_no_door(visitor: httpx.AsyncClient, user: Person, door: str) -> None:
    answer = await visitor.get(door, headers={"Authorization": f"Bearer {user.refresh}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


async def test_tokens_say_no_more_than_they_must(attacker: Attacker) -> None:
    """Anybody who sees one can read it."""
    assert not {"email", "password", "password_hash", "avatar", "bio", "preferences"} & attacker.claims.keys()
    assert attacker.claims["exp"] - attacker.claims["iat"] == 900
    assert jwt.get_unverified_header(attacker.token).keys() == {"alg", "typ", "kid"}
