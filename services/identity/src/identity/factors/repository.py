"""Every query of the factors slice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.factors.models import LoginChallenge, Passkey, RecoveryCode, Totp, WebAuthnChallenge

_FRESH = {"populate_existing": True}
_AS_WRITTEN = {"synchronize_session": False}

# One round trip: it is asked at every login.
_METHODS = text(
    """
    SELECT
        EXISTS (SELECT FROM totp WHERE user_id = :user_id AND secret IS NOT NULL) AS totp,
        EXISTS (SELECT FROM passkeys WHERE user_id = :user_id) AS passkey,
        EXISTS (SELECT FROM recovery_codes WHERE user_id = :user_id AND used_at IS NULL) AS recovery_code
    """
)


async def methods(session: AsyncSession, user_id: UUID) -> tuple[bool, bool, bool]:
    """Whether an account has an authenticator app, passkeys, and recovery codes that are left."""
    found = (await session.execute(_METHODS, {"user_id": user_id})).one()
    return found.totp, found.passkey, found.recovery_code


async def totp(session: AsyncSession, user_id: UUID) -> Totp | None:
    return (
        await session.scalars(select(Totp).where(Totp.user_id == user_id).execution_options(**_FRESH))
    ).one_or_none()


async def put_pending(session: AsyncSession, user_id: UUID, sealed: bytes, now: datetime) -> None:
    """A secret that waits for its first code, in place of any that waited before."""
    values = {"pending_secret": sealed, "pending_since": now}
    statement = upsert(Totp).values(user_id=user_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=[Totp.user_id], set_=values))


async def confirm_pending(session: AsyncSession, user_id: UUID, sealed: bytes, *, step: int, now: datetime) -> None:
    await session.execute(
        update(Totp)
        .where(Totp.user_id == user_id)
        .values(secret=sealed, confirmed_at=now, last_step=step, pending_secret=None, pending_since=None)
        .execution_options(**_AS_WRITTEN)
    )


async def accept_step(session: AsyncSession, user_id: UUID, step: int) -> bool:
    """Take note of an accepted code. False if it, or a later one, was accepted before: a code is good once."""
    accepted = await session.scalar(
        update(Totp)
        .where(Totp.user_id == user_id, Totp.last_step < step)
        .values(last_step=step)
        .returning(Totp.user_id)
        .execution_options(**_AS_WRITTEN)
    )
    return accepted is not None


async def remove_totp(session: AsyncSession, user_id: UUID) -> bool:
    """Whether there was a confirmed one."""
    removed = await session.execute(delete(Totp).where(Totp.user_id == user_id).returning(Totp.secret.is_not(None)))
    return bool(removed.scalar())


async def put_recovery_codes(session: AsyncSession, user_id: UUID, hashes: Sequence[bytes], now: datetime) -> None:
    """In place of all that there were."""
    await remove_recovery_codes(session, user_id)
    rows = [{"user_id": user_id, "code_hash": code_hash, "created_at": now} for code_hash in hashes]
    await session.execute(insert(RecoveryCode), rows)


async def use_recovery_code(session: AsyncSession, user_id: UUID, code_hash: bytes, now: datetime) -> bool:
    """False if there is no such code, or it was used before."""
    used = await session.scalar(
        update(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.user_id)
        .execution_options(**_AS_WRITTEN)
    )
    return used is not None


async def count_recovery_codes(session: AsyncSession, user_id: UUID) -> int:
    """How many are left."""
    query = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return await session.scalar(query) or 0


async def remove_recovery_codes(session: AsyncSession, user_id: UUID) -> None:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id).execution_options(**_AS_WRITTEN))


async def passkeys(session: AsyncSession, user_id: UUID) -> Sequence[Passkey]:
    """Newest first."""
    query = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id.desc())
    return (await session.scalars(query.execution_options(**_FRESH))).all()


async def passkey_by_credential(session: AsyncSession, credential_id: bytes) -> Passkey | None:
    query = select(Passkey).where(Passkey.credential_id == credential_id)
    return (await session.scalars(query.execution_options(**_FRESH))).one_or_none()


async def add_passkey(session: AsyncSession, values: dict[str, Any]) -> Passkey | None:
    """None if the credential is registered already, whoever's it is."""
    statement = upsert(Passkey).values(values).on_conflict_do_nothing(index_elements=[Passkey.credential_id])
    return (await session.scalars(statement.returning(Passkey))).one_or_none()


async def use_passkey(
    session: AsyncSession, passkey_id: UUID, *, sign_count: int, backed_up: bool, at: datetime
) -> bool:
    """Take note of a use. False if the passkey is gone, or its counter is that far already.

    Authenticators that don't count always say zero.
    """
    counts = or_(Passkey.sign_count < sign_count, (Passkey.sign_count == 0) & (sign_count == 0))
    used = await session.scalar(
        update(Passkey)
        .where(Passkey.id == passkey_id, counts)
        .values(sign_count=sign_count, backed_up=backed_up, last_used_at=at)
        .returning(Passkey.id)
        .execution_options(**_AS_WRITTEN)
    )
    return used is not None


async def rename_passkey(session: AsyncSession, user_id: UUID, passkey_id: UUID, name: str) -> Passkey | None:
    statement = update(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id).values(name=name)
    found = await session.scalars(statement.returning(Passkey).execution_options(**_AS_WRITTEN, **_FRESH))
    return found.one_or_none()


async def remove_passkey(session: AsyncSession, user_id: UUID, passkey_id: UUID) -> str | None:
    """Its name, or None if the account has no such passkey."""
    statement = delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id).returning(Passkey.name)
    return (await session.execute(statement)).scalar()


async def remove_passkeys(session: AsyncSession, user_id: UUID) -> None:
    await session.execute(delete(Passkey).where(Passkey.user_id == user_id).execution_options(**_AS_WRITTEN))


async def add_login_challenge(session: AsyncSession, values: dict[str, Any]) -> None:
    await session.execute(insert(LoginChallenge).values(attempts=0, **values))


async def login_challenge(session: AsyncSession, token_hash: bytes, now: datetime) -> LoginChallenge | None:
    query = select(LoginChallenge).where(LoginChallenge.token_hash == token_hash, LoginChallenge.expires_at > now)
    return (await session.scalars(query.execution_options(**_FRESH))).one_or_none()


async def count_attempt(session: AsyncSession, token_hash: bytes, *, most: int, now: datetime) -> int | None:
    """Which attempt this is. None if the challenge is gone, expired, or was attempted as often as it may be.

    The row stays locked until the end of the transaction: attempts at one challenge come one after the other.
    """
    return await session.scalar(
        update(LoginChallenge)
        .where(LoginChallenge.token_hash == token_hash, LoginChallenge.expires_at > now, LoginChallenge.attempts < most)
        .values(attempts=LoginChallenge.attempts + 1)
        .returning(LoginChallenge.attempts)
        .execution_options(**_AS_WRITTEN)
    )


async def remove_login_challenge(session: AsyncSession, token_hash: bytes) -> None:
    await session.execute(
        delete(LoginChallenge).where(LoginChallenge.token_hash == token_hash).execution_options(**_AS_WRITTEN)
    )


async def remove_challenges(session: AsyncSession, user_id: UUID) -> None:
    """All that an account was to answer, of either kind."""
    for table in (WebAuthnChallenge, LoginChallenge):
        await session.execute(delete(table).where(table.user_id == user_id).execution_options(**_AS_WRITTEN))


async def add_webauthn_challenge(session: AsyncSession, values: dict[str, Any]) -> None:
    await session.execute(insert(WebAuthnChallenge).values(values))


async def take_webauthn_challenge(
    session: AsyncSession,
    challenge_hash: bytes,
    *,
    purpose: str,
    user_id: UUID | None,
    login_challenge: bytes | None,
    now: datetime,
) -> bool:
    """Whether it was asked for this, and not answered yet; it can't be answered again, either way."""
    statement = delete(WebAuthnChallenge).where(WebAuthnChallenge.challenge_hash == challenge_hash)
    taken = (
        await session.execute(
            statement.returning(
                WebAuthnChallenge.purpose,
                WebAuthnChallenge.user_id,
                WebAuthnChallenge.login_challenge,
                WebAuthnChallenge.expires_at,
            )
        )
    ).one_or_none()
    if taken is None:
        return False
    asked = (taken.purpose, taken.user_id, taken.login_challenge)
    return asked == (purpose, user_id, login_challenge) and bool(taken.expires_at > now)


async def prune(session: AsyncSession, now: datetime) -> None:
    """Forget challenges that have expired."""
    for table in (WebAuthnChallenge, LoginChallenge):
        await session.execute(delete(table).where(table.expires_at <= now).execution_options(**_AS_WRITTEN))
