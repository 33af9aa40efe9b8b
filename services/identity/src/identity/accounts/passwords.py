"""Passwords: which are good enough, and hashing them (argon2id) without standing in anybody's way."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, ParamSpec, TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import Field

from shared.errors import InvalidInput, Unavailable

# OWASP's password storage recommendation: 19 MiB, two passes, one lane.
_hasher = PasswordHash((Argon2Hasher(memory_cost=19456, time_cost=2, parallelism=1),))

# The hash of accounts that nobody can log in to by password.
UNUSABLE = "!"

# No rules of composition: they make passwords harder for people, not for machines (NIST SP 800-63B).
NewPassword = Annotated[str, Field(min_length=8, max_length=128, repr=False, examples=["correct horse battery"])]

P = ParamSpec("P")
T = TypeVar("T")


class TooBusy(Unavailable):
    title = "Too many people are logging in right now"


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the password was right, and its hash by today's parameters if the stored one is older."""

    ok: bool
    new_hash: str | None = None


class Passwords:
    """Hashes in threads of its own, at most `threads` at a time and `queue` waiting."""

    def __init__(self, *, threads: int, queue: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._limit = threads + queue
        self._pending = 0
        # An unknown account costs the same work as a known one with a wrong password.
        self._dummy = _hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """Raises Unavailable when too many wait."""
        return await self._run(_hasher.hash, password)

    async def verify(self, password: str, stored: str | None) -> Checked:
        """Check against a stored hash, or None for no account. Raises Unavailable when too many wait."""
        return await self._run(_verify, password, stored, self._dummy)

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        if self._pending >= self._limit:
            raise TooBusy
        self._pending += 1
        loop = asyncio.get_running_loop()
        future = self._executor.submit(work, *arguments, **named)
        # Counted until the thread is done, also when the client has gone.
        future.add_done_callback(lambda _: _from_thread(loop, self._done))
        return await asyncio.wrap_future(future)

    def _done(self) -> None:
        self._pending -= 1


def _from_thread(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)


def _verify(password: str, stored: str | None, dummy: str) -> Checked:
    usable = stored is not None and stored != UNUSABLE
    try:
        ok, new_hash = _hasher.verify_and_update(password, stored if stored is not None and usable else dummy)
    except UnknownHashError:
        return Checked(ok=False)
    return Checked(ok, new_hash) if usable and ok else Checked(ok=False)


def check_password(password: str, *, email: str, username: str, field: str = "password") -> None:
    """Refuse what is guessed first. Raises InvalidInput for `field`.

    Its length is checked here as well, for passwords that come from the command line.
    """
    if not 8 <= len(password) <= 128:
        raise InvalidInput(errors={field: ["Use 8 to 128 characters"]})
    folded = password.strip().casefold()
    own = {email.casefold(), email.casefold().partition("@")[0], username.casefold()}
    if folded in own:
        raise InvalidInput(errors={field: ["Don't use your own name or e-mail address as the password"]})
    if len(set(folded)) <= 2 or folded in common_passwords():
        raise InvalidInput(errors={field: ["This password is among the first that are guessed; take another one"]})


@cache
def common_passwords() -> frozenset[str]:
    """Well-known passwords, in lower case."""
    text = (files("identity.accounts") / "common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
