"""Forged, bent and foreign access tokens, for every place that takes one: all of them must be refused.

An attacker knows what is public: a good token of their own, and the key set. `signed` goes further and shows, by the
real key, that one claim or header alone is enough to be refused.
"""

import base64
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve P-256


def encoded(value: Any) -> str:
    """A part of a token: bytes as they are, text as written, anything else as JSON."""
    data = value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value)).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _number(value: int) -> bytes:
    return value.to_bytes(32, "big")


class Attacker:
    """`token` is a good one; `key` and `kid` are what really signs."""

    def __init__(self, token: str, jwks: Mapping[str, Any], key: ec.EllipticCurvePrivateKey, kid: str) -> None:
        self.token = token
        self.key = key
        self.header = {**jwt.get_unverified_header(token), "kid": kid}
        self.claims = jwt.decode(token, options={"verify_signature": False})
        self.jwk = next(found for found in jwks["keys"] if found["kid"] == kid)
        self.own_key = ec.generate_private_key(ec.SECP256R1())
        self.head, self.body, self.signature = token.split(".")

    def signed(self, *, header: dict[str, Any] | None = None, drop: str = "", **claims: Any) -> str:
        """By the real key. A header of None is left out."""
        found = {name: value for name, value in {**self.claims, **claims}.items() if name != drop}
        return self.signed_text(json.dumps(found), header=header)

    def signed_text(self, payload: str, *, header: dict[str, Any] | None = None) -> str:
        """The same for a payload that needn't be an object, nor even JSON."""
        headers = {name: value for name, value in {**self.header, **(header or {})}.items() if value is not None}
        content = f"{encoded(headers)}.{encoded(payload)}"
        return f"{content}.{encoded(ECAlgorithm(ECAlgorithm.SHA256).sign(content.encode(), self.key))}"

    def forged(self, **header: Any) -> str:
        """By a key of one's own."""
        return jwt.encode({**self.claims, "role": "admin"}, self.own_key, "ES256", headers={**self.header, **header})

    def unsigned(self, header: str, signature: str = "") -> str:
        """With a header as it is written."""
        return f"{encoded(header)}.{encoded({**self.claims, 'role': 'admin'})}.{signature}"

    def with_key(self, algorithm: str, key: Any) -> str:
        return jwt.encode(self.claims, key, algorithm, headers={"typ": "at+jwt", "kid": self.header["kid"]})

    def hs256(self, secret: bytes) -> str:
        content = f"{encoded({**self.header, 'alg': 'HS256'})}.{encoded({**self.claims, 'role': 'admin'})}"
        return f"{content}.{encoded(hmac.digest(secret, content.encode(), 'sha256'))}"

    def public_pem(self) -> bytes:
        key = ECAlgorithm.from_jwk(json.dumps(self.jwk))
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def own_jwk(self) -> dict[str, Any]:
        return ECAlgorithm.to_jwk(self.own_key.public_key(), as_dict=True)

    def twice(self, **claims: str) -> str:
        """The claims as text, with these once more at their end."""
        return json.dumps(self.claims)[:-1] + "," + json.dumps(claims)[1:]

    def numbers(self, r: int, s: int) -> str:
        """The good token with these for its signature."""
        return f"{self.head}.{self.body}.{encoded(_number(r) + _number(s))}"

    def other_form(self) -> str:
        """The same signature in ASN.1, as certificates have it."""
        raw = base64.urlsafe_b64decode(self.signature + "==")
        r, s = (int.from_bytes(part, "big") for part in (raw[:32], raw[32:]))
        return f"{self.head}.{self.body}.{encoded(encode_dss_signature(r, s))}"

    def loose_bits(self) -> str:
        """Another text for the same signature: the last character has four bits that stand for nothing."""
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        return self.token[:-1] + alphabet[alphabet.index(self.token[-1]) + 1]


def _flipped(text: str) -> str:
    return text[:-4] + ("A" if text[-4] != "A" else "B") + text[-3:]


def _far(**by: int) -> dict[str, Any]:
    now = int(time.time())
    return {name: now + seconds for name, seconds in by.items()}


def _without(claim: str) -> Callable[[Attacker], str]:
    return lambda attacker: attacker.signed(drop=claim)


def _null(claim: str) -> Callable[[Attacker], str]:
    nothing: dict[str, Any] = {claim: None}
    return lambda attacker: attacker.signed(**nothing)


_Attacks = dict[str, Callable[[Attacker], str]]

ALGORITHMS: _Attacks = {
    "no algorithm": lambda a: f"{encoded({**a.header, 'alg': 'none'})}.{encoded(a.claims)}.",
    "no algorithm, in capitals": lambda a: f"{encoded({**a.header, 'alg': 'NONE'})}.{encoded(a.claims)}.",
    "no algorithm, old signature": lambda a: f"{encoded({**a.header, 'alg': 'none'})}.{a.body}.{a.signature}",
    "no algorithm named": lambda a: f"{encoded({'typ': 'at+jwt', 'kid': a.header['kid']})}.{a.body}.{a.signature}",
    "two algorithms, the last is none": lambda a: a.unsigned(
        f'{{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"{a.header["kid"]}"}}'
    ),
    "two algorithms, the first is none": lambda a: a.unsigned(
        f'{{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"{a.header["kid"]}"}}'
    ),
    "a list of algorithms": lambda a: a.unsigned(json.dumps({**a.header, "alg": ["none", "ES256"]})),
    "an algorithm in small letters": lambda a: a.unsigned(json.dumps({**a.header, "alg": "es256"}), a.signature),
    "HS256 with the public key": lambda a: a.hs256(a.public_pem()),
    "HS256 with the public JWK": lambda a: a.hs256(json.dumps(a.jwk).encode()),
    "HS256 with the public coordinates": lambda a: a.hs256(a.jwk["x"].encode()),
    "HS256 with an empty secret": lambda a: a.hs256(b""),
    "RS256": lambda a: a.with_key("RS256", rsa.generate_private_key(65537, 2048)),
    "EdDSA": lambda a: a.with_key("EdDSA", ed25519.Ed25519PrivateKey.generate()),
    "another curve, P-384": lambda a: a.with_key("ES384", ec.generate_private_key(ec.SECP384R1())),
    "another curve, secp256k1": lambda a: a.with_key("ES256K", ec.generate_private_key(ec.SECP256K1())),
}

KEYS: _Attacks = {
    "another key": lambda a: a.forged(),
    "another key and id": lambda a: a.forged(kid=uuid4().hex),
    "a key in the header": lambda a: a.forged(jwk=a.own_jwk()),
    "a key in the header, under its own id": lambda a: a.forged(jwk=a.own_jwk(), kid="mine"),
    "an address of keys": lambda a: a.forged(jku="https://evil.example.com/jwks.json"),
    "an address of keys, under its own id": lambda a: a.forged(jku="https://evil.example.com/jwks.json", kid="mine"),
    "an address of certificates": lambda a: a.forged(x5u="https://evil.example.com/cert.pem", kid="mine"),
    "a certificate in the header": lambda a: a.forged(x5c=[encoded(b"x")]),
    "an id that is a path": lambda a: a.forged(kid="../../../../dev/null"),
    "an id that is an address": lambda a: a.forged(kid="https://evil.example.com/jwks.json"),
    "an id that is SQL": lambda a: a.forged(kid="x' UNION SELECT 'key"),
    "an id with a null byte": lambda a: a.unsigned(json.dumps({**a.header, "kid": f"{a.header['kid']}\x00"})),
    "an empty id": lambda a: a.forged(kid=""),
    "an id that is a list": lambda a: a.unsigned(json.dumps({**a.header, "kid": [a.header["kid"]]}), a.signature),
    "an id that is a number": lambda a: a.unsigned(json.dumps({**a.header, "kid": 0}), a.signature),
    "no key id": lambda a: a.signed(header={"kid": None}),
}

HEADERS: _Attacks = {
    "critical headers": lambda a: a.signed(header={"crit": ["exp"], "exp": 1}),
    "an unknown critical header": lambda a: a.signed(header={"crit": ["urgent"], "urgent": True}),
    "a payload that isn't encoded": lambda a: a.signed(header={"crit": ["b64"], "b64": False}),
    "the type of an ID token": lambda a: a.signed(header={"typ": "JWT"}),
    "the type of a logout token": lambda a: a.signed(header={"typ": "logout+jwt"}),
    "a type that is a list": lambda a: a.signed(header={"typ": ["at+jwt"]}),
    "no type": lambda a: a.signed(header={"typ": None}),
}

CLAIMS: _Attacks = {
    "expired": lambda a: a.signed(**_far(exp=-1, iat=-901)),
    "expired long ago": lambda a: a.signed(exp=0, iat=0),
    "expires as a text": lambda a: a.signed(exp="99999999999"),
    "expires as true": lambda a: a.signed(exp=True),
    "expires in another age": lambda a: a.signed(exp=10**18),
    "expires never": lambda a: a.signed_text(json.dumps({**a.claims, "exp": float("inf")})),
    "expires at no number": lambda a: a.signed_text(json.dumps({**a.claims, "exp": float("nan")})),
    "lives a month": lambda a: a.signed(**_far(iat=0, exp=30 * 24 * 3600)),
    "issued in the future": lambda a: a.signed(**_far(iat=600, exp=1200)),
    "issued at a text": lambda a: a.signed(iat="1"),
    "not valid yet": lambda a: a.signed(**_far(nbf=600)),
    "not valid before a word": lambda a: a.signed(nbf="tomorrow"),
    "another audience": lambda a: a.signed(aud="something-else"),
    "an audience that begins like ours": lambda a: a.signed(aud=a.claims["aud"] + "-test"),
    "an audience in an object": lambda a: a.signed(aud={a.claims["aud"]: True}),
    "another issuer": lambda a: a.signed(iss="https://evil.example.com"),
    "an issuer with a slash more": lambda a: a.signed(iss=a.claims["iss"] + "/"),
    "a list of issuers": lambda a: a.signed(iss=[a.claims["iss"], "https://evil.example.com"]),
    "a role that isn't": lambda a: a.signed(role="root"),
    "a role in capitals": lambda a: a.signed(role="ADMIN"),
    "a list of roles": lambda a: a.signed(role=["user", "admin"]),
    "a subject that isn't an id": lambda a: a.signed(sub="1 OR 1=1"),
    "a subject that is a number": lambda a: a.signed(sub=1),
    "a login that isn't an id": lambda a: a.signed(sid="*"),
    "factors as a text": lambda a: a.signed(amr="mfa"),
    "factors that are numbers": lambda a: a.signed(amr=[1]),
    "a version that isn't a number": lambda a: a.signed(ver="NaN"),
}
REQUIRED = ("iss", "aud", "exp", "iat", "sub", "jti", "sid", "role", "ver")
CLAIMS |= {f"without {claim}": _without(claim) for claim in REQUIRED}
CLAIMS |= {f"{claim} is null": _null(claim) for claim in REQUIRED}

SIGNATURES: _Attacks = {
    "claims changed": lambda a: f"{a.head}.{encoded({**a.claims, 'role': 'admin'})}.{a.signature}",
    "claims with a name twice": lambda a: f"{a.head}.{encoded(a.twice(role='admin'))}.{a.signature}",
    "signature changed": lambda a: f"{a.head}.{a.body}.{_flipped(a.signature)}",
    "signature missing": lambda a: f"{a.head}.{a.body}.",
    "signature of zeros": lambda a: a.numbers(0, 0),  # CVE-2022-21449
    "signature of the order": lambda a: a.numbers(ORDER, ORDER),
    "signature of zero and one": lambda a: a.numbers(0, 1),
    "signature of ones": lambda a: a.numbers(1, 1),
    "a DER signature's length": lambda a: f"{a.head}.{a.body}.{encoded(bytes(70))}",
    "the signature in ASN.1": Attacker.other_form,
    "signature of the other curve's length": lambda a: f"{a.head}.{a.body}.{encoded(bytes(96))}",
    "signature with a byte more": lambda a: f"{a.token}AA",
    "signature of another token": lambda a: f"{a.head}.{a.body}.{a.signed(jti='x').split('.')[2]}",
}

FORMS: _Attacks = {
    "one part": lambda a: a.body,
    "two parts": lambda a: f"{a.head}.{a.body}",
    "four parts": lambda a: f"{a.token}.x",
    "encrypted form": lambda a: "a.b.c.d.e",
    "only dots": lambda a: "..",
    "a token in a token": lambda a: a.signed_text(a.token, header={"cty": "JWT"}),
    "claims that are a list": lambda a: a.signed_text("[1]"),
    "claims that are a text": lambda a: a.signed_text('"admin"'),
    "claims that are no JSON": lambda a: a.signed_text("{"),
    "claims that are nested very deeply": lambda a: a.signed_text("[" * 1000 + "]" * 1000),
    "header that is no object": lambda a: f"{encoded([1])}.{a.body}.{a.signature}",
    "header that is no JSON": lambda a: f"{encoded('x')}.{a.body}.{a.signature}",
    "not base64": lambda a: "%%%.%%%.%%%",
    "signature with padding": lambda a: f"{a.token}==",
    "signature with loose bits": Attacker.loose_bits,
    "signature with characters that mean nothing": lambda a: f"{a.head}.{a.body}.!{a.signature}",
    "header and claims with padding": lambda a: f"{a.head}==.{a.body}==.{a.signature}",
    "standard base64": lambda a: f"{a.head}.{a.body}.{_flipped(a.signature)[:-2]}+/",
    "very long": lambda a: a.token + "A" * 5_000,
}

ATTACKS: _Attacks = {**ALGORITHMS, **KEYS, **HEADERS, **CLAIMS, **SIGNATURES, **FORMS}
