"""Access tokens for tests, signed by a key that the app under test is told to trust."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from uuid6 import uuid7

from shared.auth import ALGORITHM, TOKEN_TYPE, KeySource


def new_id() -> UUID:
    return UUID(bytes=uuid7().bytes)


@dataclass
class TokenFactory:
    """Signs tokens as identity does; `source` is the matching key source for `create_app`."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    kid: str = "test-key"

    async def jwks(self) -> dict[str, Any]:
        public = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self.kid, "alg": ALGORITHM, "use": "sig"}]}

    @property
    def source(self) -> KeySource:
        return self.jwks

    def claims(self, user_id: UUID | None = None, role: str = "user", **overrides: Any) -> dict[str, Any]:
        now = int(time.time())
        user_id = user_id or new_id()
        return {
            "iss": "sessions-marketplace",
            "aud": "sessions-marketplace-api",
            "iat": now,
            "exp": now + 900,
            "jti": str(new_id()),
            "sid": str(new_id()),
            "sub": str(user_id),
            "role": role,
            "username": f"u{user_id.hex[-10:]}",
            "given_name": "Test",
            "family_name": role.capitalize(),
            "ver": 1,
            "amr": ["pwd"],
            **overrides,
        }

    def token(self, user_id: UUID | None = None, role: str = "user", **overrides: Any) -> str:
        headers = {"typ": TOKEN_TYPE, "kid": self.kid}
        return jwt.encode(self.claims(user_id, role, **overrides), self.key, ALGORITHM, headers=headers)

    def headers(self, user_id: UUID | None = None, role: str = "user", **overrides: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(user_id, role, **overrides)}"}
