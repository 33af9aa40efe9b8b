"""Slowing down who guesses, without locking out whose account it is.

Tries are counted before anything is verified, in the database, so that neither many at once nor many replicas get
further than one. What is counted is keyed by a hash: nobody learns from the table which addresses were tried.

- Per account, known or not: after some failures a pause, which doubles with each further one. Devices that the account
  has been logged in from have a count of their own, so that strangers who guess don't stand in the owner's way.
- Per client address: so many failures in a while.
"""

import asyncio
import hmac
import ipaddress
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from identity import metrics
from identity.settings import Settings
from identity.throttle import repository
from identity.throttle.errors import TooManyAttempts
from identity.throttle.repository import Backoff
from shared.clock import Clock
from shared.db import Database
from shared.errors import AppError, TooManyRequests
from shared.logging import get_logger

log = get_logger(__name__)

# What can be guessed; each has its own count, so that a right password doesn't clear the count of wrong codes.
Secret = Literal["password", "second factor"]

# Tries that wait for others of the same account to end: at most so many in a process, and so long.
_WAITING = 64
_PATIENCE_SECONDS = 2.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in a time, all of them at once if need be."""

    burst: int
    each: timedelta  # the time in which one more comes free


@dataclass(slots=True)
class Attempt:
    """A try under way; it has failed unless somebody says that it succeeded."""

    right: bool = False

    def succeeded(self) -> None:
        self.right = True


class Throttle:
    """Counts tries and tells when there were too many."""

    def __init__(self, database: Database, settings: Settings, key: bytes, clock: Clock) -> None:
        self._database = database
        self._key = key
        self._clock = clock
        self._waiting = 0
        self._backoff = Backoff(
            settings.login_backoff_after,
            timedelta(seconds=settings.login_backoff_seconds),
            timedelta(seconds=settings.login_backoff_max_seconds),
        )
        failures = settings.login_failures_per_address
        self._failures = Rate(failures, timedelta(seconds=settings.login_failures_seconds) / failures)
        hourly = settings.registrations_per_hour
        self._registrations = Rate(settings.registrations_burst, timedelta(hours=1) / hourly)
        self._resets = Rate(settings.resets_per_hour, timedelta(hours=1) / settings.resets_per_hour)

    @asynccontextmanager
    async def attempt(
        self, secret: Secret, account: str, *, address: str, known_device: bytes | None = None
    ) -> AsyncIterator[Attempt]:
        """A try to prove who one is, counted before the block verifies it.

        `account` is whatever names one, whether it exists or not; `known_device` is the hash of a device's secret that
        it has been logged in to from. The block calls `succeeded()` when what was given is right; when it ends by an
        outage it counts as nothing. Raises TooManyAttempts.
        """
        own = (secret, account) if known_device is None else (secret, account, known_device.hex())
        key, sender = self._hash(*own), self._of_address("failures", address)
        await self._take(sender, self._failures)
        try:
            await self._admit(key)
        except TooManyAttempts:
            log.warning("too many tries for an account", secret=secret, known_device=known_device is not None)
            metrics.ATTEMPTS.labels(secret, "refused").inc()
            await self._give_back(sender, self._failures)
            raise
        attempt = Attempt()
        try:
            yield attempt
        except BaseException as error:
            if not attempt.right and not (isinstance(error, AppError) and error.status < 500):
                await self._release(key, sender)
                raise
            await self._settle(secret, attempt, key, sender)
            raise
        await self._settle(secret, attempt, key, sender)

    async def register(self, address: str) -> None:
        """Count a registration. Raises TooManyAttempts."""
        await self._take(self._of_address("registrations", address), self._registrations)

    async def ask_reset(self, address: str) -> None:
        """Count somebody who says that they forgot a password, whosever it is. Raises TooManyAttempts."""
        await self._take(self._of_address("resets", address), self._resets)

    async def forget(self, secret: Secret, account: str) -> None:
        """Forget wrong tries for an account: its owner has proved who they are in another way."""
        async with self._database.connection() as connection:
            await repository.forget(connection, self._hash(secret, account))

    async def _take(self, key: bytes, rate: Rate) -> None:
        now = self._clock()
        async with self._database.connection() as connection:
            if await repository.take(connection, key, step=rate.each, burst=rate.burst, now=now):
                return
            empty_at = await repository.empty_at(connection, key) or now
        raise _refusal(empty_at + rate.each - rate.burst * rate.each - now)

    async def _give_back(self, key: bytes, rate: Rate) -> None:
        async with self._database.connection() as connection:
            await repository.give_back(connection, key, step=rate.each)

    async def _admit(self, key: bytes) -> None:
        """Where it isn't a pause but others' tries that are in the way, see how they end."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while True:
            now = self._clock()
            async with self._database.connection() as connection:
                if await repository.admit(connection, key, self._backoff, now):
                    return
                pause_ends = await repository.pause_ends(connection, key, self._backoff)
            if pause_ends is not None and pause_ends > now:
                raise _refusal(pause_ends - now)
            if self._waiting >= _WAITING or asyncio.get_running_loop().time() > deadline:
                raise _refusal(timedelta(seconds=1))
            self._waiting += 1
            try:
                await asyncio.sleep(_LOOK_SECONDS)
            finally:
                self._waiting -= 1

    async def _settle(self, secret: Secret, attempt: Attempt, key: bytes, sender: bytes) -> None:
        metrics.ATTEMPTS.labels(secret, "succeeded" if attempt.right else "failed").inc()
        async with self._database.connection() as connection:
            if attempt.right:
                await repository.succeeded(connection, key)
                await repository.give_back(connection, sender, step=self._failures.each)
            else:
                await repository.failed(connection, key, self._backoff, self._clock())

    async def _release(self, key: bytes, sender: bytes) -> None:
        async with self._database.connection() as connection:
            await repository.released(connection, key)
            await repository.give_back(connection, sender, step=self._failures.each)

    def _hash(self, *parts: str) -> bytes:
        # Each part with its length: no two lists of parts look alike.
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.digest(self._key, text.encode(), "sha256")

    def _of_address(self, what: str, address: str) -> bytes:
        return self._hash(what, _network(address))


async def prune(database: Database, now: datetime) -> None:
    """Forget what limits nobody any more."""
    async with database.connection() as connection:
        await repository.prune(connection, now)


def _network(address: str) -> str:
    """Who has one IPv6 address has 2^64 of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _refusal(wait: timedelta) -> TooManyRequests:
    return TooManyAttempts(retry_after=max(1, math.ceil(wait.total_seconds())))
