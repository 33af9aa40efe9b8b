"""Keys for single purposes from the one SECRET_KEY, so that none of them tells anything of another."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

SEAL_SIGNING_KEYS = b"identity: seal signing keys, 1"
SEAL_OAUTH = b"identity: seal secrets of providers and of log-ins with them, 1"
DERIVE_REFRESH_TOKENS = b"identity: derive refresh tokens, 1"
SEAL_TOTP_SECRETS = b"identity: seal TOTP secrets, 1"
HASH_RECOVERY_CODES = b"identity: hash recovery codes, 1"
DERIVE_MAILED_LINKS = b"identity: derive mailed links, 1"
HASH_THROTTLES = b"identity: hash what is throttled, 1"
_SHORTEST = 32


def derive_key(secret: SecretStr, purpose: bytes) -> bytes:
    """256 bits (HKDF, RFC 5869), the same for the same secret and purpose."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.get_secret_value().encode())


def require_secret(secret: SecretStr, *, debug: bool) -> None:
    """Raises RuntimeError when the secret can't protect anything; in development any is good enough."""
    length = len(secret.get_secret_value())
    if length == 0 or (length < _SHORTEST and not debug):
        raise RuntimeError(f"Set SECRET_KEY to at least {_SHORTEST} random characters (openssl rand -hex 32).")
