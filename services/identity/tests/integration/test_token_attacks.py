"""Forged and bent access tokens: all refused with 401, never an error of ours."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm
from services.identity.tests.conftest import Api, Person


def encoded(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Attacker:
    """Knows everything that is public: a good token, and the key set."""

    def __init__(self, api: Api, person: Person, keys: dict[str, Any]) -> None:
        self.signer = api.parts.keys.signer()  # for claims that only identity itself could sign
        self.token = person.access
        self.header = jwt.get_unverified_header(person.access)
        self.claims = jwt.decode(person.access, options={"verify_signature": False})
        self.jwk = keys["keys"][0]
        self.own_key = ec.generate_private_key(ec.SECP256R1())

    def signed(self, *, header: dict[str, Any] | None = None, drop: str = "", **claims: Any) -> str:
        """By the real key: shows that the claim or header alone is enough to be refused."""
        found = {name: value for name, value in {**self.claims, **claims}.items() if name != drop}
        headers = {"typ": "at+jwt", "kid": self.signer.kid, **(header or {})}
        if headers["kid"] is None:
            del headers["kid"]
        return jwt.encode(found, self.signer.private_key, "ES256", headers=headers)

    def forged(self, **header: Any) -> str:
        """By a key of one's own."""
        return jwt.encode({**self.claims, "role": "admin"}, self.own_key, "ES256", headers={**self.header, **header})

    def hs256(self, secret: bytes) -> str:
        signed = f"{encoded({**self.header, 'alg': 'HS256'})}.{encoded({**self.claims, 'role': 'admin'})}"
        return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"

    def public_pem(self) -> bytes:
        key = ECAlgorithm.from_jwk(json.dumps(self.jwk))
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def own_jwk(self) -> dict[str, Any]:
        return ECAlgorithm.to_jwk(self.own_key.public_key(), as_dict=True)

    def parts(self) -> list[str]:
        return self.token.split(".")


def _rs256(attacker: Attacker) -> str:
    key = rsa.generate_private_key(65537, 2048)
    return jwt.encode(attacker.claims, key, "RS256", headers={"typ": "at+jwt", "kid": attacker.signer.kid})


def _flipped(text: str) -> str:
    return text[:-4] + ("A" if text[-4] != "A" else "B") + text[-3:]


ATTACKS: dict[str, Callable[[Attacker], str]] = {
    "no algorithm": lambda a: f"{encoded({**a.header, 'alg': 'none'})}.{encoded(a.claims)}.",
    "no algorithm, in capitals": lambda a: f"{encoded({**a.header, 'alg': 'NONE'})}.{encoded(a.claims)}.",
    "no algorithm, old signature": lambda a: f"{encoded({**a.header, 'alg': 'none'})}.{'.'.join(a.parts()[1:])}",
    "HS256 with the public key": lambda a: a.hs256(a.public_pem()),
    "HS256 with the public JWK": lambda a: a.hs256(json.dumps(a.jwk).encode()),
    "HS256 with an empty secret": lambda a: a.hs256(b""),
    "another algorithm": _rs256,
    "another key": lambda a: a.forged(),
    "another key and id": lambda a: a.forged(kid=uuid4().hex),
    "a key in the header": lambda a: a.forged(jwk=a.own_jwk()),
    "a key in the header, under its own id": lambda a: a.forged(jwk=a.own_jwk(), kid="mine"),
    "an address of keys": lambda a: a.forged(jku="https://evil.example.com/jwks.json"),
    "an address of certificates": lambda a: a.forged(x5u="https://evil.example.com/cert.pem", kid="mine"),
    "a certificate in the header": lambda a: a.forged(x5c=[encoded(b"x")]),
    "an id that is a path": lambda a: a.forged(kid="../../../../dev/null"),
    "an id that is SQL": lambda a: a.forged(kid="x' UNION SELECT 'key"),
    "critical headers": lambda a: a.signed(header={"crit": ["exp"]}),
    "the type of an ID token": lambda a: a.signed(header={"typ": "JWT"}),
    "no type": lambda a: a.signed(header={"typ": None}),
    "no key id": lambda a: a.signed(header={"kid": None}),
    "expired": lambda a: a.signed(exp=int(time.time()) - 1, iat=int(time.time()) - 901),
    "issued in the future": lambda a: a.signed(iat=int(time.time()) + 600, exp=int(time.time()) + 1200),
    "not valid yet": lambda a: a.signed(nbf=int(time.time()) + 600),
    "another audience": lambda a: a.signed(aud="something-else"),
    "another issuer": lambda a: a.signed(iss="https://evil.example.com"),
    "a role that isn't": lambda a: a.signed(role="root"),
    "a subject that isn't an id": lambda a: a.signed(sub="1 OR 1=1"),
    "a subject nobody has": lambda a: a.signed(sub=str(uuid4())),
    "a login nobody has": lambda a: a.signed(sid=str(uuid4())),
    "a version that isn't a number": lambda a: a.signed(ver="NaN"),
    "claims changed": lambda a: f"{a.parts()[0]}.{encoded({**a.claims, 'role': 'admin'})}.{a.parts()[2]}",
    "signature changed": lambda a: f"{'.'.join(a.parts()[:2])}.{_flipped(a.parts()[2])}",
    "signature missing": lambda a: ".".join(a.parts()[:2]) + ".",
    "signature of zeros": lambda a: ".".join(a.parts()[:2]) + "." + encoded(bytes(64)),
    "a DER signature's length": lambda a: ".".join(a.parts()[:2]) + "." + encoded(bytes(70)),
    "one part": lambda a: a.parts()[1],
    "four parts": lambda a: f"{a.token}.x",
    "encrypted form": lambda a: "a.b.c.d.e",
    "claims that are no object": lambda a: f"{a.parts()[0]}.{encoded([1])}.{a.parts()[2]}",
    "header that is no object": lambda a: f"{encoded('x')}.{a.parts()[1]}.{a.parts()[2]}",
    "not base64": lambda a: "%%%.%%%.%%%",
    "very long": lambda a: a.token + "A" * 10_000,
    "nothing": lambda a: "",
}


CLAIMS = ("iss", "aud", "exp", "iat", "sub", "jti", "sid", "role", "ver")
ATTACKS |= {f"without {claim}": partial(Attacker.signed, drop=claim) for claim in CLAIMS}


@pytest.fixture(scope="module")
async def attacker(api: Api) -> Attacker:
    person = await api.join()
    keys = (await person.client.get("/api/auth/.well-known/jwks.json")).json()
    return Attacker(api, person, keys)


async def test_the_real_token_and_one_made_the_same_way_are_good(api: Api, attacker: Attacker) -> None:
    """Without this, refusals would prove nothing."""
    for token in (attacker.token, attacker.signed()):
        assert (await api.client(token).get("/api/auth/profile/")).status_code == 200


@pytest.mark.parametrize("name", ATTACKS)
async def test_is_refused(api: Api, attacker: Attacker, name: str) -> None:
    answer = await api.client(ATTACKS[name](attacker)).get("/api/auth/profile/")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token"), answer.text
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("header", ["Bearer", "Basic YTpi", "bearer  ", "Token x", "Bearer a b", "\x7f"])
async def test_other_credentials_are_refused(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("/api/auth/profile/", headers={"Authorization": header})
    assert answer.status_code == 401, answer.text


async def test_a_stolen_database_does_not_sign(api: Api, attacker: Attacker) -> None:
    """What is stored of a private key isn't one."""
    for row in api.rows("SELECT private_key FROM signing_keys"):
        assert b"\x02\x01\x01\x04\x20" not in row["private_key"]  # a private key in PKCS#8
        guess = hashlib.sha256(row["private_key"]).digest()
        answer = await api.client(attacker.hs256(guess)).get("/api/auth/profile/")
        assert answer.status_code == 401
