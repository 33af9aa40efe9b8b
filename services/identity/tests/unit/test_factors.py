"""Codes of authenticator apps and recovery codes by themselves, and the site as authenticators know it."""

import base64
import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.factors import recovery
from identity.factors.ceremonies import RelyingParty
from identity.factors.totp import matching_step, new_secret, qr_code, uri

# RFC 6238, appendix B, in its last six digits.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    assert matching_step(RFC_SECRET, code, at(seconds)) == seconds // 30


@given(st.integers(min_value=-90, max_value=90), st.sampled_from(RFC_CODES[1:]))
def test_a_code_is_good_in_its_step_and_the_two_beside_it(offset: int, vector: tuple[int, str]) -> None:
    seconds, code = vector
    step = seconds // 30
    near = abs((seconds + offset) // 30 - step) <= 1
    assert (matching_step(RFC_SECRET, code, at(seconds + offset)) == step) is near


@pytest.mark.parametrize("code", ["", "28708", "2870822", "28708a", "２８７０８２", "287082\n", "-87082"])
def test_anything_else_is_no_code(code: str) -> None:
    assert matching_step(RFC_SECRET, code, at(59)) is None


def test_a_secret_is_in_its_uri_and_in_the_picture() -> None:
    secret = new_secret()
    assert re.fullmatch(r"[A-Z2-7]{32}", secret)
    assert new_secret() != secret
    found = uri(secret, "ada+1@example.com")
    assert found.startswith("otpauth://totp/Sessions%20Marketplace:ada%2B1%40example.com?")
    assert f"secret={secret}" in found
    picture = qr_code(found)
    # A document of its own, for an <img>; without anything that a Content-Security-Policy would stop.
    assert picture.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "style" not in picture
    assert "script" not in picture


def test_recovery_codes_are_told_however_they_are_typed() -> None:
    key, person = b"k" * 32, uuid4()
    codes = recovery.generate()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"(?:[0-9a-hjkmnp-tv-z]{4}-){2}[0-9a-hjkmnp-tv-z]{4}", code) for code in codes)
    stored = recovery.hash_code("01ab-cdef-ghjk", person, key)
    for typed in ("01AB-CDEF-GHJK", "01abcdefghjk", " oiab cdef ghjk ", "OLAB-CDEF-GHJK"):
        assert recovery.hash_code(typed, person, key) == stored
    # Neither another account's nor another key's hash says anything of this one.
    others = {
        recovery.hash_code("01ab-cdef-ghjk", uuid4(), key),
        recovery.hash_code("01ab-cdef-ghjk", person, b"l" * 32),
    }
    assert stored not in others


@pytest.mark.parametrize(
    ("site", "rp_id", "origin"),
    [
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
        ("https://Sessions.Example.com", "sessions.example.com", "https://sessions.example.com"),
        ("https://sessions.example.com:443/", "sessions.example.com", "https://sessions.example.com"),
        ("https://sessions.example.com:8443/app", "sessions.example.com", "https://sessions.example.com:8443"),
    ],
)
def test_the_relying_party_is_the_sites_host(site: str, rp_id: str, origin: str) -> None:
    assert RelyingParty.of(site) == RelyingParty(rp_id, origin)
