"""Recovery codes: how they look, and what is stored of them."""

import hmac
import re
import secrets
from uuid import UUID

COUNT = 10
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter that looks like a digit
_GROUPS, _GROUP = 3, 4
_LOOKALIKES = str.maketrans("oil", "011")


def generate() -> list[str]:
    """As people keep them: `7k2m-x9qd-4t0c`, 60 bits each."""
    return [_one() for _ in range(COUNT)]


def hash_code(code: str, user_id: UUID, key: bytes) -> bytes:
    """However it was typed. Keyed, because sixty bits could be tried out by whoever has the database alone."""
    plain = re.sub(r"[\s-]", "", code).lower().translate(_LOOKALIKES)
    return hmac.digest(key, user_id.bytes + plain.encode(), "sha256")


def _one() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
