"""The running system's own signing key, so that a test can make any token that identity could make."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from identity.derivation import SEAL_SIGNING_KEYS, derive_key
from identity.keys.sealing import unseal
from shared.auth import ALGORITHM, TOKEN_TYPE

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Signer:
    """Signs as identity does. Who has the database and SECRET_KEY has this, and nobody else."""

    kid: str
    key: ec.EllipticCurvePrivateKey

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        return jwt.encode(claims, self.key, ALGORITHM, headers={"typ": TOKEN_TYPE, "kid": self.kid, **header})

    def bent(self, token: str, *, drop: str = "", **claims: Any) -> str:
        """The same token, signed again, but for these claims."""
        found = jwt.decode(token, options={"verify_signature": False}) | claims
        found.pop(drop, None)
        return self.sign(found)


def of_this_stack() -> Signer:
    """The key that signs now. Skips where no native stack is named."""
    folder = os.environ.get("STACK_STATE")
    if not folder:
        pytest.skip("STACK_STATE doesn't name a native stack whose signing key may be read")
    if str(ROOT / "deploy/local") not in sys.path:
        sys.path.insert(0, str(ROOT / "deploy/local"))
    from stack.settings import Settings
    from stack.state import State

    settings = Settings.load(State(Path(folder)), ROOT / ".env")
    address = make_conninfo(
        host="127.0.0.1",
        port=json.loads(Path(folder, "ports.json").read_text())["postgres"],
        dbname=settings.database,
        user="identity",
        password=settings.secrets["IDENTITY_DB_PASSWORD"],
    )
    with psycopg.connect(address) as connection:
        row = connection.execute(
            "SELECT kid, private_key FROM signing_keys WHERE activates_at <= now() ORDER BY activates_at DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    sealing_key = derive_key(SecretStr(settings.secrets["SECRET_KEY"]), SEAL_SIGNING_KEYS)
    return Signer(row[0], unseal(row[1], row[0], sealing_key))
