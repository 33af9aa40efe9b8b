"""Forged, stale and foreign access tokens are refused."""

import asyncio
import base64
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.auth import TokenVerifier
from shared.errors import InvalidToken, Unavailable
from shared.settings import ServiceSettings
from shared.testing.attacks import ATTACKS, ORDER, Attacker, encoded
from shared.testing.eventually import eventually
from shared.testing.tokens import TokenFactory


class Settings(ServiceSettings):
    service_name = "catalog"


@pytest.fixture
def tokens() -> TokenFactory:
    return TokenFactory()


@pytest.fixture
def verifier(tokens: TokenFactory) -> TokenVerifier:
    return TokenVerifier(Settings(), tokens.source)


async def test_a_good_token_names_its_user(verifier: TokenVerifier, tokens: TokenFactory) -> None:
    user_id = uuid4()
    user = await verifier.verify(tokens.token(user_id, "creator", ver=7))
    assert (user.id, user.role, user.version) == (user_id, "creator", 7)


@pytest.mark.parametrize("name", ATTACKS)
async def test_a_forgery_is_refused(name: str, verifier: TokenVerifier, tokens: TokenFactory) -> None:
    attacker = Attacker(tokens.token(), await tokens.jwks(), tokens.key, tokens.kid)
    for good in (attacker.token, attacker.signed()):
        await verifier.verify(good)
    with pytest.raises(InvalidToken):
        await verifier.verify(ATTACKS[name](attacker))


async def test_the_other_root_of_a_signature_says_nothing_new(verifier: TokenVerifier, tokens: TokenFactory) -> None:
    """Every signature of this kind has a second form (n - s) that anybody can find. Nothing here counts on there being
    one text for a token: what it names stays the same."""
    token = tokens.token(uuid4())
    content, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    other = (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    assert await verifier.verify(f"{content}.{encoded(raw[:32] + other)}") == await verifier.verify(token)


async def test_a_token_expires_although_it_was_cached(verifier: TokenVerifier, tokens: TokenFactory) -> None:
    # Far enough ahead that it is still good when it is looked at first.
    token = tokens.token(exp=int(time.time()) + 5)
    await verifier.verify(token)

    async def refused() -> bool:
        try:
            await verifier.verify(token)
        except InvalidToken:
            return True
        return False

    await eventually("the token expires", refused, every=0.1)


async def test_without_any_key_the_answer_is_unavailable_and_the_next_try_asks_again(tokens: TokenFactory) -> None:
    calls = 0

    async def source() -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise httpx.ConnectError("down")
        return await tokens.jwks()

    verifier = TokenVerifier(Settings(), source)
    with pytest.raises(Unavailable):
        await verifier.verify(tokens.token())
    assert (await verifier.verify(tokens.token())).role == "user"


async def test_unknown_key_ids_do_not_hammer_identity(tokens: TokenFactory) -> None:
    calls = 0

    async def source() -> dict[str, Any]:
        nonlocal calls
        calls += 1
        return await tokens.jwks()

    verifier = TokenVerifier(Settings(), source)
    await verifier.verify(tokens.token())
    for _ in range(20):
        with pytest.raises(InvalidToken):
            await verifier.verify(TokenFactory(kid="unknown").token())
    assert calls == 1


async def test_who_misses_the_keys_together_asks_once(tokens: TokenFactory) -> None:
    calls = 0

    async def source() -> dict[str, Any]:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0.01)
        return await tokens.jwks()

    verifier = TokenVerifier(Settings(), source)
    found = await asyncio.gather(*(verifier.verify(tokens.token()) for _ in range(20)))
    assert {user.role for user in found} == {"user"}
    assert calls == 1


async def test_warming_fetches_the_keys_and_minds_no_failure(tokens: TokenFactory) -> None:
    answers: list[Any] = [httpx.ConnectError("down"), await tokens.jwks()]

    async def source() -> dict[str, Any]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    verifier = TokenVerifier(Settings(), source)
    await verifier.warm()
    await verifier.warm()
    assert (await verifier.verify(tokens.token())).role == "user"
    assert not answers
