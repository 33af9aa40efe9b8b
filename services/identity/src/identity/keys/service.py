"""Signing keys: made, published before they sign, retired after what they signed has expired."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.ext.asyncio import AsyncSession

from identity.keys import repository
from identity.keys.models import SigningKey
from identity.keys.sealing import generate, public_jwk, seal, unseal
from identity.sealing import CannotUnseal
from shared.clock import Clock
from shared.db import Database
from shared.errors import Unavailable
from shared.logging import get_logger
from shared.web import is_infrastructure_error

log = get_logger(__name__)

_RELOAD_SECONDS = 30.0
_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key in hand."""

    kid: str
    private_key: ec.EllipticCurvePrivateKey
    activates_at: datetime


class KeyRing:
    """This process's copy of the keys, loaded once and refreshed in the background, so that signing does no I/O."""

    def __init__(self, database: Database, sealing_key: bytes, clock: Clock) -> None:
        self._database = database
        self._sealing_key = sealing_key
        self._clock = clock
        self._signers: list[Signer] = []
        self._jwks: dict[str, Any] = {"keys": []}
        self._loaded = float("-inf")
        self._lock = asyncio.Lock()

    def signer(self) -> Signer:
        """The youngest active key. Raises Unavailable while none could be loaded."""
        now = self._clock()
        for signer in self._signers:
            if signer.activates_at <= now:
                return signer
        if self._signers:
            # Another machine's clock is ahead of this one's; the key is published, which is what matters.
            return self._signers[-1]
        raise Unavailable("The keys that sign logins can't be reached right now.")

    async def jwks(self) -> dict[str, Any]:
        """The public keys (RFC 7517), at most a second old; older ones while the database is away.

        Raises Unavailable when none was ever loaded.
        """
        await self.load(max_age=1.0)
        return self._jwks

    async def ready(self) -> None:
        """Wait for keys if none were loaded yet; call it before taking a database connection. Raises Unavailable."""
        if not self._signers:
            await self.load(max_age=1.0)

    async def load(self, *, max_age: float) -> None:
        """Read the keys, making the first one when there is none, unless they were read `max_age` seconds ago.

        Raises Unavailable without any key in hand.
        """
        async with self._lock:
            if time.monotonic() - self._loaded <= max_age:
                return
            try:
                async with self._database.transaction() as session:
                    rows, self._signers = await self._read(session)
            except Exception as error:
                if not is_infrastructure_error(error):
                    raise
                if not self._signers:
                    raise Unavailable("The keys that sign logins can't be reached right now.") from error
                log.warning("signing keys not refreshed", error=str(error))
                return
            self._jwks = {"keys": [row.public_jwk for row in rows]}
            self._loaded = time.monotonic()

    async def keep_fresh(self) -> None:
        """Reload for ever, so that a rotation is known here long before the new key signs."""
        while True:
            pause = _RELOAD_SECONDS
            try:
                await self.load(max_age=0)
            except Exception as error:
                log.warning("signing keys not loaded", error=str(error))
                pause = _RETRY_SECONDS
            await asyncio.sleep(pause)

    async def _read(self, session: AsyncSession) -> tuple[list[SigningKey], list[Signer]]:
        now = self._clock()
        rows, signers = await self._published(session, now)
        if not signers:
            await repository.lock(session)
            rows, signers = await self._published(session, now)
            if not signers:
                await make_key(session, self._sealing_key, now=now, activates_at=now)
                rows, signers = await self._published(session, now)
        return rows, signers

    async def _published(self, session: AsyncSession, now: datetime) -> tuple[list[SigningKey], list[Signer]]:
        rows = list(await repository.published(session, now))
        signers = []
        for row in rows:
            try:
                signers.append(Signer(row.kid, unseal(row.private_key, row.kid, self._sealing_key), row.activates_at))
            except CannotUnseal:
                # Its tokens stay valid: only the public half is needed for that.
                log.error("signing key can't be read: was SECRET_KEY changed? Another key signs.", kid=row.kid)
        return rows, signers


async def make_key(session: AsyncSession, sealing_key: bytes, *, now: datetime, activates_at: datetime) -> str:
    """Add a key that is published at once and signs from `activates_at` on; returns its id."""
    private = await asyncio.to_thread(generate)
    jwk = public_jwk(private)
    kid = str(jwk["kid"])
    key = SigningKey(
        kid=kid,
        public_jwk=jwk,
        private_key=seal(private, kid, sealing_key),
        created_at=now,
        activates_at=activates_at,
        retires_at=None,
    )
    await repository.add(session, key)
    log.info("signing key made", kid=kid, activates_at=activates_at.isoformat())
    return kid


async def rotate(
    session: AsyncSession, sealing_key: bytes, *, now: datetime, lead: timedelta, token_life: timedelta
) -> str:
    """Publish the next key now, let it sign after `lead`, and end the others when their last token has expired.

    Returns the new key's id.
    """
    await repository.lock(session)
    activates_at = now + lead
    kid = await make_key(session, sealing_key, now=now, activates_at=activates_at)
    # A token's life once more, for processes that learn of the new key late.
    await repository.retire_others(session, kid, activates_at + 2 * token_life)
    return kid
