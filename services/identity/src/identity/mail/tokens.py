"""Tokens of mailed links: derived when a mail is written, so that none is ever stored."""

import base64
import hashlib
import hmac
from uuid import UUID


class LinkTokens:
    """A link's token is an HMAC of its random id under a server key; the database knows its hash only."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, link_id: UUID) -> str:
        digest = hmac.digest(self._key, link_id.bytes, "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_token(token: str) -> bytes:
    """What is stored of a token. Plain SHA-256 is enough for 256 bits that look random."""
    return hashlib.sha256(token.encode()).digest()
