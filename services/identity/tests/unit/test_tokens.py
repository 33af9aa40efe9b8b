"""How refresh tokens are derived, and keys sealed."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from identity.derivation import DERIVE_REFRESH_TOKENS, SEAL_SIGNING_KEYS, derive_key, require_secret
from identity.keys.sealing import generate, public_jwk, seal, unseal
from identity.login.tokens import RefreshTokens, hash_token
from identity.sealing import CannotUnseal
from identity.settings import Settings

KEY = b"k" * 32


def tokens(key: bytes = KEY) -> RefreshTokens:
    return RefreshTokens(Settings(), key)


def test_tokens_are_opaque_and_of_256_bits() -> None:
    first = tokens().first()
    successor = tokens().successor(hash_token(first))
    for token in (first, successor):
        assert len(base64.urlsafe_b64decode(token + "=")) == 32
    assert len({tokens().first() for _ in range(1000)}) == 1000


def test_a_successor_can_be_told_again_and_only_with_the_key() -> None:
    first = hash_token(tokens().first())
    assert tokens().successor(first) == tokens().successor(first)
    assert tokens(b"other key").successor(first) != tokens().successor(first)
    chain = [first]
    for _ in range(100):
        chain.append(hash_token(tokens().successor(chain[-1])))
    assert len(set(chain)) == 101


def test_the_grace_period_is_ten_seconds() -> None:
    used = datetime(2030, 1, 1, tzinfo=UTC)
    assert tokens().in_grace(used, used)
    assert tokens().in_grace(used, used + timedelta(seconds=10))
    assert not tokens().in_grace(used, used + timedelta(seconds=10, microseconds=1))


def test_lives_are_those_of_the_contract() -> None:
    settings = Settings()
    assert settings.access_token_seconds == 15 * 60
    assert tokens().life == timedelta(days=14)


def test_each_purpose_has_a_key_of_its_own() -> None:
    secret = SecretStr("s" * 40)
    sealing, deriving = derive_key(secret, SEAL_SIGNING_KEYS), derive_key(secret, DERIVE_REFRESH_TOKENS)
    assert len(sealing) == len(deriving) == 32
    assert sealing != deriving
    assert derive_key(secret, SEAL_SIGNING_KEYS) == sealing
    assert derive_key(SecretStr("t" * 40), SEAL_SIGNING_KEYS) != sealing


def test_a_secret_is_long_except_in_development() -> None:
    require_secret(SecretStr("s" * 32), debug=False)
    require_secret(SecretStr("s"), debug=True)
    for secret, debug in (("s" * 31, False), ("", False), ("", True)):
        with pytest.raises(RuntimeError, match="SECRET_KEY"):
            require_secret(SecretStr(secret), debug=debug)


def test_a_sealed_key_opens_with_its_key_and_id_only() -> None:
    private = generate()
    kid = str(public_jwk(private)["kid"])
    sealed = seal(private, kid, KEY)
    assert unseal(sealed, kid, KEY).private_numbers() == private.private_numbers()
    for data, other_kid, key in (
        (sealed, "other", KEY),
        (sealed, kid, b"x" * 32),
        (sealed[:-1], kid, KEY),
        (bytes([sealed[0] ^ 1]) + sealed[1:], kid, KEY),
        (b"", kid, KEY),
    ):
        with pytest.raises(CannotUnseal):
            unseal(data, other_kid, key)


def test_a_public_key_is_public() -> None:
    jwk = public_jwk(generate())
    assert set(jwk) == {"crv", "kty", "x", "y", "kid", "alg", "use"}
    assert len(base64.urlsafe_b64decode(jwk["x"] + "=")) == 32
