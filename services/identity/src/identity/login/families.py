"""Families of refresh tokens: started by a login, carried on by rotation, ended as a whole.

Part of the slice's service, and apart from its use cases because accounts end logins and logins read accounts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from uuid6 import uuid7

from identity.devices import DEVICE_LIFE, Device
from identity.factors import challenges
from identity.login import repository
from identity.login.errors import InvalidRefreshToken
from identity.login.models import Login
from identity.login.tokens import RefreshTokens, hash_token
from shared.clock import Clock
from shared.contracts.identity import LoginRevoked
from shared.logging import get_logger
from shared.messaging import outbox

log = get_logger(__name__)

_KEEP_EXPIRED = timedelta(days=1)
_PROGRAM_KNOWN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Issued:
    """A refresh token to hand out."""

    user_id: UUID
    login_id: UUID
    methods: tuple[str, ...]
    refresh: str


async def start(
    session: AsyncSession,
    tokens: RefreshTokens,
    user_id: UUID,
    *,
    methods: Sequence[str],
    device: Device,
    now: datetime,
) -> Issued:
    """A new family with its first token."""
    login_id = UUID(bytes=uuid7().bytes)
    refresh = tokens.first()
    await repository.add_login(
        session,
        {
            "id": login_id,
            "user_id": user_id,
            "created_at": now,
            "last_used_at": now,
            "user_agent": device.user_agent,
            "address": device.address,
            "device_hash": device.secret_hash,
            "tokens_expire_at": now + tokens.access_life,
            "methods": list(methods),
        },
    )
    await repository.add_token(
        session, hash_token(refresh), login_id, predecessor=None, now=now, expires_at=now + tokens.life
    )
    return Issued(user_id, login_id, tuple(methods), refresh)


async def rotate(
    session: AsyncSession, tokens: RefreshTokens, refresh: str, *, device: Device, clock: Clock
) -> Issued | None:
    """Trade a token for its successor.

    The immediate predecessor of the latest token gets the same successor again for some seconds: parallel tabs, or an
    answer that was lost. Any other use of a used token means that somebody has a copy, and ends the family. None for
    every token that isn't good; what was written must be committed then, too.
    """
    token_hash = hash_token(refresh)
    login = await repository.lock_login_of_token(session, token_hash)
    if login is None or login.revoked_at is not None:
        return None
    token = await repository.token(session, token_hash)
    # Read after the wait for the lock: the grace period is short.
    now = clock()
    if token is None:
        return None
    successor = tokens.successor(token_hash)
    if token.used_at is not None:
        latest = await repository.unused_token(session, login.id)
        if latest is None or latest.predecessor != token_hash or not tokens.in_grace(token.used_at, now):
            await _revoke(session, because="reuse", now=now, login_id=login.id)
            log.warning("used refresh token came again: login ended", user_id=str(login.user_id), login=str(login.id))
            return None
    elif token.expires_at <= now:
        return None
    else:
        await _succeed(session, tokens, token_hash, login.id, now)
        await repository.note_use(session, login.id, user_agent=device.user_agent, address=device.address, now=now)
    return Issued(login.user_id, login.id, tuple(login.methods), successor)


async def carry_on(session: AsyncSession, tokens: RefreshTokens, login_id: UUID, clock: Clock) -> Issued:
    """The family's next token, for a caller who is known by an access token of it.

    As with `rotate`, a repeat within the grace period gets the same. Raises InvalidRefreshToken if the login ended
    meanwhile.
    """
    login = await repository.lock_login(session, login_id)
    latest = await repository.unused_token(session, login_id) if login is not None else None
    if login is None or latest is None or login.revoked_at is not None:
        raise InvalidRefreshToken
    now = clock()
    if latest.predecessor is not None and tokens.in_grace(latest.created_at, now):
        return Issued(login.user_id, login.id, tuple(login.methods), tokens.successor(latest.predecessor))
    await _succeed(session, tokens, latest.token_hash, login.id, now)
    return Issued(login.user_id, login.id, tuple(login.methods), tokens.successor(latest.token_hash))


async def active(session: AsyncSession, user_id: UUID, now: datetime, *, offset: int, limit: int) -> Sequence[Login]:
    """A user's logins that could be refreshed now, the latest used first."""
    return await repository.active(session, user_id, now, offset=offset, limit=limit)


async def end(session: AsyncSession, user_id: UUID, login_id: UUID, *, because: str, now: datetime) -> bool:
    """End one of a user's logins, and don't know its device any more; False when they have no such login.

    One that has ended already stays as it is.
    """
    login = await repository.lock_login(session, login_id)
    if login is None or login.user_id != user_id:
        return False
    await _revoke(session, because=because, now=now, login_id=login_id)
    await repository.forget_devices(session, user_id, login_id=login_id)
    return True


async def end_by_token(session: AsyncSession, refresh: str, now: datetime) -> None:
    """End the family that a token belongs to, if it belongs to any."""
    login = await repository.lock_login_of_token(session, hash_token(refresh))
    if login is not None:
        await _revoke(session, because="logout", now=now, login_id=login.id)


async def end_all(
    session: AsyncSession, user_id: UUID, *, because: str, now: datetime, except_login: UUID | None = None
) -> None:
    """End a user's logins, or all but one, and those whose second step is to come; forget their devices."""
    await _revoke(session, because=because, now=now, user_id=user_id, except_login=except_login)
    await repository.forget_devices(session, user_id, except_login=except_login)
    await challenges.discard(session, user_id)


async def methods(session: AsyncSession, login_id: UUID) -> list[str]:
    """How somebody proved who they are in a login; more than it began with, if they added a second factor in it."""
    login = await repository.login(session, login_id)
    return [] if login is None else login.methods


async def add_methods(session: AsyncSession, login_id: UUID, methods: Sequence[str]) -> None:
    """Somebody has proved in their login who they are in more ways; its next refresh says so."""
    await repository.add_methods(session, login_id, methods)


async def recognise(session: AsyncSession, user_id: UUID, device: Device, now: datetime) -> bool:
    """Whether the account has been logged in to from this device before, and from now on it has.

    Clients without the device's cookie are taken for known by their user agent; nothing but a notice may depend on
    that. The first device of an account isn't news to anybody either.
    """
    if device.secret_hash is not None:
        return await repository.see_device(session, user_id, device.secret_hash, now, since=now - DEVICE_LIFE)
    return await repository.see_device(session, user_id, device.program_hash, now, since=now - _PROGRAM_KNOWN)


async def kept(session: AsyncSession, user_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Login]:
    """A portion of all that is kept of a user's logins, ended ones as well, oldest first."""
    return await repository.kept(session, user_id, after=after, limit=limit)


async def known(session: AsyncSession, user_id: UUID, device_hash: bytes | None, now: datetime) -> bytes | None:
    """A device that has a secret, if the account has been logged in to from it; else None."""
    if device_hash is None:
        return None
    there = await repository.knows_device(session, user_id, device_hash, since=now - DEVICE_LIFE)
    return device_hash if there else None


async def forget(session: AsyncSession, user_id: UUID) -> None:
    """Forget from where somebody logged in; for accounts that are anonymised, whose logins have ended."""
    await repository.forget(session, user_id)


async def prune(session: AsyncSession, now: datetime) -> None:
    """Forget what expired some time ago."""
    await repository.prune(session, now - _KEEP_EXPIRED, devices_before=now - DEVICE_LIFE)


async def count_active(session: AsyncSession, now: datetime, user_id: UUID | None = None) -> int:
    """How many logins could be refreshed now, of all users or of one."""
    return await repository.count_active(session, now, user_id)


async def _revoke(
    session: AsyncSession,
    *,
    because: str,
    now: datetime,
    login_id: UUID | None = None,
    user_id: UUID | None = None,
    except_login: UUID | None = None,
) -> None:
    """End logins, and tell services that verify tokens by themselves of those that may have any."""
    ended = await repository.revoke(
        session, because=because, now=now, login_id=login_id, user_id=user_id, except_login=except_login
    )
    for login in ended:
        if login.tokens_expire_at > now:
            event = LoginRevoked(
                id=login.id, user_id=login.user_id, revoked_at=now, tokens_expire_at=login.tokens_expire_at
            )
            await outbox.publish(session, event, version=1)


async def _succeed(
    session: AsyncSession, tokens: RefreshTokens, token_hash: bytes, login_id: UUID, now: datetime
) -> None:
    await repository.note_tokens(session, login_id, expire_at=now + tokens.access_life)
    await repository.use_token(session, token_hash, now)
    await repository.add_token(
        session,
        hash_token(tokens.successor(token_hash)),
        login_id,
        predecessor=token_hash,
        now=now,
        expires_at=now + tokens.life,
    )
