"""Secrets encrypted at rest (AES-256-GCM): whoever reads the database can't use them."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12  # bytes, before the ciphertext


class CannotUnseal(Exception):
    """Encrypted under another SECRET_KEY, or tampered with."""


def seal(plain: bytes, key: bytes, *, about: bytes) -> bytes:
    """Bound to what it is about, so that two rows can't be exchanged."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def unseal(sealed: bytes, key: bytes, *, about: bytes) -> bytes:
    """Raises CannotUnseal."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except (InvalidTag, ValueError) as error:
        raise CannotUnseal(about.decode(errors="replace")) from error
