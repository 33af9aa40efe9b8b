"""What the two kinds of token are made of. Access tokens: JWTs (RFC 9068). Refresh tokens: opaque, 256 bits."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import jwt

from identity.accounts.models import User
from identity.keys.service import KeyRing
from identity.settings import Settings
from shared.auth import ALGORITHM, TOKEN_TYPE
from shared.clock import Clock

_ISSUED_WITHIN = timedelta(seconds=30)


class AccessTokens:
    """Signs what shared.auth verifies."""

    def __init__(self, settings: Settings, keys: KeyRing, clock: Clock) -> None:
        self._settings = settings
        self._keys = keys
        self._clock = clock

    def issue(self, user: User, login_id: UUID, methods: Sequence[str]) -> str:
        """A token for the account as it is now, logged in by these methods.

        Raises Unavailable while no signing key could be loaded.
        """
        signer = self._keys.signer()
        now = int(self._clock().timestamp())
        claims = {
            "iss": self._settings.token_issuer,
            "aud": self._settings.token_audience,
            "iat": now,
            "exp": now + self._settings.access_token_seconds,
            "jti": uuid4().hex,
            "sid": str(login_id),
            "amr": list(methods),
            "sub": str(user.id),
            "ver": user.version,
            "role": user.role,
            "username": user.username,
            "given_name": user.first_name,
            "family_name": user.last_name,
        }
        headers = {"typ": TOKEN_TYPE, "kid": signer.kid}
        return jwt.encode(claims, signer.private_key, algorithm=ALGORITHM, headers=headers)


class RefreshTokens:
    """Makes and hashes refresh tokens.

    A successor is an HMAC of its predecessor's hash under a server key: it can be answered again within the grace
    period without being stored, and neither the database nor the predecessor alone tells it.
    """

    def __init__(self, settings: Settings, key: bytes) -> None:
        self.life = timedelta(seconds=settings.refresh_token_seconds)
        self.grace = timedelta(seconds=settings.refresh_grace_seconds)
        # An access token is issued a moment after what comes with it, or again within the grace period.
        self.access_life = timedelta(seconds=settings.access_token_seconds) + self.grace + _ISSUED_WITHIN
        self._key = key

    def first(self) -> str:
        return secrets.token_urlsafe(32)

    def successor(self, predecessor_hash: bytes) -> str:
        digest = hmac.digest(self._key, predecessor_hash, "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def in_grace(self, used_at: datetime, now: datetime) -> bool:
        return now - used_at <= self.grace


def hash_token(token: str) -> bytes:
    """What is stored of a token. Plain SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).digest()
