"""Forged, stale and foreign access tokens are refused."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.auth import TokenVerifier
from shared.errors import InvalidToken, Unavailable
from shared.settings import ServiceSettings
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


def unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims))
    return ".".join([*parts, ""])


def hmac_with_public_key(tokens: TokenFactory) -> str:
    pem = tokens.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    content = unsigned(tokens.claims(), {"alg": "HS256", "typ": "at+jwt", "kid": tokens.kid}).rstrip(".")
    signature = base64.urlsafe_b64encode(hmac.new(pem, content.encode(), hashlib.sha256).digest()).decode().rstrip("=")
    return f"{content}.{signature}"


def with_own_jwk(tokens: TokenFactory) -> str:
    own = ec.generate_private_key(ec.SECP256R1())
    jwk = jwt.algorithms.ECAlgorithm.to_jwk(own.public_key(), as_dict=True)
    return jwt.encode(tokens.claims(), own, "ES256", headers={"typ": "at+jwt", "kid": tokens.kid, "jwk": jwk})


def without(tokens: TokenFactory, claim: str) -> str:
    claims = tokens.claims()
    del claims[claim]
    return jwt.encode(claims, tokens.key, "ES256", headers={"typ": "at+jwt", "kid": tokens.kid})


def swapped_payload(tokens: TokenFactory) -> str:
    head, _, signature = tokens.token().split(".")
    _, payload, _ = tokens.token(role="admin").split(".")
    return f"{head}.{payload}.{signature}"


FORGERIES: dict[str, Any] = {
    "no signature": lambda t: unsigned(t.claims(), {"alg": "none", "typ": "at+jwt", "kid": t.kid}),
    "no signature, ES256 claimed": lambda t: unsigned(t.claims(), {"alg": "ES256", "typ": "at+jwt", "kid": t.kid}),
    "public key as HMAC secret": hmac_with_public_key,
    "another key, known kid": lambda t: TokenFactory(kid=t.kid).token(),
    "unknown kid": lambda t: TokenFactory(key=t.key, kid="other").token(),
    "no kid": lambda t: jwt.encode(t.claims(), t.key, "ES256", headers={"typ": "at+jwt"}),
    "typ JWT": lambda t: jwt.encode(t.claims(), t.key, "ES256", headers={"kid": t.kid}),
    "own key in the header": with_own_jwk,
    "key address in the header": lambda t: jwt.encode(
        t.claims(),
        ec.generate_private_key(ec.SECP256R1()),
        "ES256",
        headers={"typ": "at+jwt", "kid": t.kid, "jku": "https://evil.example/jwks.json"},
    ),
    "expired": lambda t: t.token(exp=int(time.time()) - 1),
    "not yet valid": lambda t: t.token(nbf=int(time.time()) + 600),
    "issued in the future": lambda t: t.token(iat=int(time.time()) + 600),
    "another issuer": lambda t: t.token(iss="someone-else"),
    "another audience": lambda t: t.token(aud="someone-else"),
    "subject is no id": lambda t: t.token(sub="admin"),
    "unknown role": lambda t: t.token(role="root"),
    "no login id": lambda t: without(t, "sid"),
    "no expiry": lambda t: without(t, "exp"),
    "no audience": lambda t: without(t, "aud"),
    "no version": lambda t: without(t, "ver"),
    "payload changed": swapped_payload,
    "signature cut": lambda t: t.token()[:-6],
    "empty": lambda t: "",
    "three dots": lambda t: "...",
    "words": lambda t: "not a token",
    "very long": lambda t: t.token(padding="x" * 10_000),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forgery_is_refused(name: str, verifier: TokenVerifier, tokens: TokenFactory) -> None:
    await verifier.verify(tokens.token())
    with pytest.raises(InvalidToken):
        await verifier.verify(FORGERIES[name](tokens))


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
