"""Key pairs, and their private halves encrypted at rest: whoever reads the database can't sign."""

import base64
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from identity import sealing
from identity.sealing import CannotUnseal
from shared.auth import ALGORITHM


def generate() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    """The public half as a JWK (RFC 7517) whose `kid` is its thumbprint (RFC 7638)."""
    numbers = key.public_key().public_numbers()
    members = {"crv": "P-256", "kty": "EC", "x": _base64url_int(numbers.x), "y": _base64url_int(numbers.y)}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
    return {**members, "kid": _base64url(hashlib.sha256(canonical).digest()), "alg": ALGORITHM, "use": "sig"}


def seal(key: ec.EllipticCurvePrivateKey, kid: str, sealing_key: bytes) -> bytes:
    """Bound to the key's id."""
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return sealing.seal(plain, sealing_key, about=kid.encode())


def unseal(sealed: bytes, kid: str, sealing_key: bytes) -> ec.EllipticCurvePrivateKey:
    """Raises CannotUnseal."""
    plain = sealing.unseal(sealed, sealing_key, about=kid.encode())
    key = load_der_private_key(plain, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CannotUnseal(kid)
    return key


def _base64url_int(number: int) -> str:
    return _base64url(number.to_bytes(32, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
