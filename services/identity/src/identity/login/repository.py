"""Every query of the login slice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Result, Row, Select, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.login.models import Login, RefreshToken

# The one query over two slices' tables: what is asked with every authenticated request is one round trip.
_ACCOUNT = text(
    """
    SELECT u.version, u.role, u.is_active, u.username, u.first_name, u.last_name,
           l.id IS NULL OR l.revoked_at IS NOT NULL AS login_revoked
    FROM users u LEFT JOIN logins l ON l.id = :login_id AND l.user_id = u.id
    WHERE u.id = :user_id
    """
)
_PRUNE = (
    text(
        """
        DELETE FROM logins l WHERE NOT EXISTS
            (SELECT 1 FROM refresh_tokens t WHERE t.login_id = l.id AND t.expires_at > :before)
        """
    ),
    text("DELETE FROM refresh_tokens WHERE expires_at <= :before AND used_at IS NOT NULL"),
    text("DELETE FROM known_devices WHERE last_seen_at <= :devices_before"),
)
# The questions see what was there before the row is written.
_SEE_DEVICE = text(
    """
    INSERT INTO known_devices (user_id, device_hash, first_seen_at, last_seen_at)
    VALUES (:user_id, :device_hash, :now, :now)
    ON CONFLICT (user_id, device_hash) DO UPDATE SET last_seen_at = excluded.last_seen_at
    RETURNING NOT EXISTS (SELECT FROM audit_log a WHERE a.subject = :user_id AND a.action = 'login.started') OR EXISTS
        (SELECT FROM known_devices d
         WHERE d.user_id = :user_id AND d.device_hash = :device_hash AND d.last_seen_at > :since)
    """
)
_KNOWS_DEVICE = text(
    """
    SELECT EXISTS (SELECT FROM known_devices
                   WHERE user_id = :user_id AND device_hash = :device_hash AND last_seen_at > :since)
    """
)
_FORGET_DEVICES = text(
    """
    DELETE FROM known_devices d WHERE d.user_id = :user_id
    AND (CAST(:login_id AS uuid) IS NULL OR d.device_hash = (SELECT device_hash FROM logins WHERE id = :login_id))
    AND NOT EXISTS (SELECT FROM logins l WHERE l.id = :except_login AND l.device_hash = d.device_hash)
    """
)
_FORGET = (
    text("DELETE FROM known_devices WHERE user_id = :user_id"),
    text("UPDATE logins SET user_agent = '', address = '', device_hash = NULL WHERE user_id = :user_id"),
)


async def account(session: AsyncSession, user_id: UUID, login_id: UUID) -> Row[tuple[object, ...]] | None:
    """The account and whether the login was revoked, or doesn't exist."""
    return (await session.execute(_ACCOUNT, {"user_id": user_id, "login_id": login_id})).one_or_none()


async def add_login(session: AsyncSession, values: dict[str, Any]) -> None:
    await session.execute(insert(Login).values(values))


async def login(session: AsyncSession, login_id: UUID) -> Login | None:
    return (await session.scalars(select(Login).where(Login.id == login_id))).one_or_none()


async def note_use(session: AsyncSession, login_id: UUID, *, user_agent: str, address: str, now: datetime) -> None:
    statement = update(Login).where(Login.id == login_id)
    statement = statement.values(user_agent=user_agent, address=address, last_used_at=now)
    await session.execute(statement.execution_options(synchronize_session=False))


async def note_tokens(session: AsyncSession, login_id: UUID, *, expire_at: datetime) -> None:
    """When the last access token of a login will have expired."""
    statement = update(Login).where(Login.id == login_id).values(tokens_expire_at=expire_at)
    await session.execute(statement.execution_options(synchronize_session=False))


async def add_methods(session: AsyncSession, login_id: UUID, methods: Sequence[str]) -> None:
    login = await lock_login(session, login_id)
    if login is None:
        return
    new = [method for method in methods if method not in login.methods]
    statement = update(Login).where(Login.id == login_id).values(methods=[*login.methods, *new])
    await session.execute(statement.execution_options(synchronize_session=False))


async def see_device(
    session: AsyncSession, user_id: UUID, device_hash: bytes, now: datetime, *, since: datetime
) -> bool:
    """Note that an account is used from a device; whether it was seen since then, or nobody ever logged in before."""
    values = {"user_id": user_id, "device_hash": device_hash, "now": now, "since": since}
    return bool(await session.scalar(_SEE_DEVICE, values))


async def knows_device(session: AsyncSession, user_id: UUID, device_hash: bytes, *, since: datetime) -> bool:
    values = {"user_id": user_id, "device_hash": device_hash, "since": since}
    return bool(await session.scalar(_KNOWS_DEVICE, values))


async def forget_devices(
    session: AsyncSession, user_id: UUID, *, login_id: UUID | None = None, except_login: UUID | None = None
) -> None:
    """The device of a login; without one all of the user's, but that of a login that goes on."""
    values = {"user_id": user_id, "login_id": login_id, "except_login": except_login}
    await session.execute(_FORGET_DEVICES, values)


async def forget(session: AsyncSession, user_id: UUID) -> None:
    """Devices, addresses and user agents of an account."""
    for statement in _FORGET:
        await session.execute(statement, {"user_id": user_id})


async def lock_login(session: AsyncSession, login_id: UUID) -> Login | None:
    found = await session.scalars(
        select(Login)
        .where(Login.id == login_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.one_or_none()


async def lock_login_of_token(session: AsyncSession, token_hash: bytes) -> Login | None:
    """The family of a token, locked. What the token itself says must be read afterwards: the wait may change it."""
    login_id = await session.scalar(select(RefreshToken.login_id).where(RefreshToken.token_hash == token_hash))
    return None if login_id is None else await lock_login(session, login_id)


async def token(session: AsyncSession, token_hash: bytes) -> RefreshToken | None:
    found = await session.scalars(
        select(RefreshToken).where(RefreshToken.token_hash == token_hash).execution_options(populate_existing=True)
    )
    return found.one_or_none()


async def unused_token(session: AsyncSession, login_id: UUID) -> RefreshToken | None:
    """The family's latest token."""
    found = await session.scalars(
        select(RefreshToken)
        .where(RefreshToken.login_id == login_id, RefreshToken.used_at.is_(None))
        .execution_options(populate_existing=True)
    )
    return found.one_or_none()


async def add_token(
    session: AsyncSession,
    token_hash: bytes,
    login_id: UUID,
    *,
    predecessor: bytes | None,
    now: datetime,
    expires_at: datetime,
) -> None:
    await session.execute(
        insert(RefreshToken).values(
            token_hash=token_hash, login_id=login_id, predecessor=predecessor, created_at=now, expires_at=expires_at
        )
    )


async def use_token(session: AsyncSession, token_hash: bytes, now: datetime) -> None:
    await session.execute(
        update(RefreshToken)
        .where(RefreshToken.token_hash == token_hash)
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )


async def revoke(
    session: AsyncSession,
    *,
    because: str,
    now: datetime,
    login_id: UUID | None = None,
    user_id: UUID | None = None,
    except_login: UUID | None = None,
) -> Sequence[Row[Any]]:
    """End a login, or all of a user's but one; returns those that hadn't ended before."""
    going_on = select(Login.id).where(Login.revoked_at.is_(None))
    if login_id is not None:
        going_on = going_on.where(Login.id == login_id)
    if user_id is not None:
        going_on = going_on.where(Login.user_id == user_id)
    if except_login is not None:
        going_on = going_on.where(Login.id != except_login)
    # Locked in one order, so that two who end the same logins don't wait for each other.
    locked = (await session.scalars(going_on.order_by(Login.id).with_for_update(key_share=True))).all()
    statement = update(Login).where(Login.id.in_(locked)).values(revoked_at=now, revoked_because=because)
    statement = statement.execution_options(synchronize_session=False)
    ended: Result[Any] = await session.execute(statement.returning(Login.id, Login.user_id, Login.tokens_expire_at))
    return ended.all()


async def prune(session: AsyncSession, before: datetime, *, devices_before: datetime) -> None:
    """Forget tokens that expired before then, the logins that have no other, and devices not seen since."""
    for statement in _PRUNE:
        await session.execute(statement, {"before": before, "devices_before": devices_before})


async def active(session: AsyncSession, user_id: UUID, now: datetime, *, offset: int, limit: int) -> Sequence[Login]:
    """A user's logins that could be refreshed now, the latest used first."""
    query = _active(select(Login), now).where(Login.user_id == user_id)
    query = query.order_by(Login.last_used_at.desc(), Login.id.desc()).offset(offset).limit(limit)
    return (await session.scalars(query)).all()


async def kept(session: AsyncSession, user_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Login]:
    """A user's logins, ended ones as well, oldest first."""
    query = select(Login).where(Login.user_id == user_id).order_by(Login.id).limit(limit)
    if after is not None:
        query = query.where(Login.id > after)
    return (await session.scalars(query)).all()


async def count_active(session: AsyncSession, now: datetime, user_id: UUID | None) -> int:
    """Logins that could be refreshed now; of one user, if one is given."""
    query = _active(select(func.count()).select_from(Login), now)
    if user_id is not None:
        query = query.where(Login.user_id == user_id)
    return await session.scalar(query) or 0


def _active(query: Select[Any], now: datetime) -> Select[Any]:
    return query.join(RefreshToken, RefreshToken.login_id == Login.id).where(
        RefreshToken.used_at.is_(None), RefreshToken.expires_at > now, Login.revoked_at.is_(None)
    )
