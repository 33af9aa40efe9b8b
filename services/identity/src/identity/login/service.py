"""Logging in, staying logged in, logging out."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import service as accounts
from identity.accounts.fields import normal_email
from identity.accounts.models import User
from identity.accounts.service import Credentials
from identity.devices import Device
from identity.factors import challenges
from identity.factors.challenges import SecondFactorNeeded
from identity.login import families, repository
from identity.login.errors import InvalidCredentials, LoginDisabled, ReauthenticationRequired
from identity.login.families import Issued
from identity.login.labels import label
from identity.login.models import Login
from identity.login.schemas import DeviceOut
from identity.mail import service as mail
from identity.mail.contents import Kind
from identity.parts import Parts
from shared import audit, tracing
from shared.auth import AccountState, CurrentUser, Role
from shared.db import Database
from shared.errors import InvalidInput, NotFound

_TRIES = 3
_FRESH = timedelta(minutes=10)
_NOBODY = UUID(int=0)


async def log_in(
    database: Database, parts: Parts, email: str, password: str, *, device: Device
) -> tuple[User, Issued | SecondFactorNeeded]:
    """Verify the password and begin a login.

    Short transactions: no connection is held while the password is hashed. Raises TooManyAttempts before anything is
    verified; InvalidCredentials; LoginDisabled after the right password only; Unavailable when too many passwords
    wait to be hashed.
    """
    async with parts.throttle.attempt(
        "password",
        normal_email(email),
        address=device.address,
        known_device=await _known(database, parts, email, device),
    ) as attempt:
        for _ in range(_TRIES):
            async with database.transaction() as session:
                found = await accounts.credentials(session, email)
            checked = await parts.passwords.verify(password, found.password_hash if found else None)
            if found is None or not checked.ok:
                raise InvalidCredentials
            if not found.is_active:
                attempt.succeeded()
                raise LoginDisabled
            async with database.transaction() as session:
                # The row stays locked until the family is there, so that a password change ends this login, too.
                user = await accounts.confirm(session, found, new_hash=checked.new_hash)
                if user is not None:
                    issued = await begin(session, parts, user, methods=("pwd",), device=device)
                    attempt.succeeded()
                    return user, issued
            # Changed since it was read, by a rehash or a password change: look again.
        raise InvalidCredentials


async def _known(database: Database, parts: Parts, email: str, device: Device) -> bytes | None:
    """The device, if this address's account, should there be one, has been logged in to from it."""
    if device.secret_hash is None:
        return None
    async with database.transaction() as session:
        found = await accounts.credentials(session, email)
        # The same work for an address that nobody has.
        user_id = found.user_id if found else _NOBODY
        return await families.known(session, user_id, device.secret_hash, parts.clock())


async def begin(
    session: AsyncSession, parts: Parts, user: User, *, methods: Sequence[str], device: Device
) -> Issued | SecondFactorNeeded:
    """Begin a login, whatever the way: every one comes by here.

    `user` is active and locked, so that whatever ends its logins comes before or after. `methods` say how they proved
    who they are (`amr`, RFC 8176): `pwd`, `fed` for a provider, `otp`, `hwk`, `swk`, and `mfa` for more than one. An
    account with a second factor is asked for it, unless `methods` have `mfa`.
    """
    needed = await challenges.ask(session, user.id, methods, parts.clock())
    return needed or await start(session, parts, user, methods=methods, device=device)


async def start(session: AsyncSession, parts: Parts, user: User, *, methods: Sequence[str], device: Device) -> Issued:
    """Start a login whose steps are all done. `user` is active and locked."""
    now = parts.clock()
    issued = await families.start(session, parts.refresh_tokens, user.id, methods=methods, device=device, now=now)
    known = await families.recognise(session, user.id, device, now)
    if not known:
        await mail.enqueue(session, Kind.NEW_DEVICE, user=user, data={"device": label(device.user_agent)})
    await audit.record(
        session,
        action="login.started",
        actor=user.id,
        subject=user.id,
        after={"login": issued.login_id, "methods": list(methods), "known_device": known},
    )
    return issued


async def reauthenticate(
    database: Database, parts: Parts, caller: CurrentUser, current_password: str | None
) -> Credentials:
    """Make sure that it is the account's owner who asks, before something changes how they log in.

    Call it while no connection is held: a password is hashed. What it returns is for `accounts.confirm`, which says
    whether it still holds in the change's transaction. A wrong password counts as a failed login. Raises InvalidInput
    for a wrong or missing one, ReauthenticationRequired for accounts without one whose login didn't begin just now,
    TooManyAttempts, and Unavailable when too many passwords wait.
    """
    async with database.transaction() as session:
        found = await accounts.credentials_of(session, caller.id)
        login = await repository.login(session, caller.sid)
        device = login.device_hash if login is not None else None
        known = await families.known(session, caller.id, device, parts.clock())
    if not found.has_password:
        if login is None or parts.clock() - login.created_at > _FRESH:
            raise ReauthenticationRequired
        return found
    if not current_password:
        raise InvalidInput(errors={"current_password": ["Field required"]})
    address = tracing.client.get().address
    async with parts.throttle.attempt("password", found.email, address=address, known_device=known) as attempt:
        if not (await parts.passwords.verify(current_password, found.password_hash)).ok:
            raise InvalidInput(errors={"current_password": ["This is not your current password"]})
        attempt.succeeded()
    return found


async def refresh(session: AsyncSession, parts: Parts, token: str, *, device: Device) -> tuple[User, Issued] | None:
    """New tokens for a refresh token, or None; a family that was ended for it must be committed then, too."""
    issued = await families.rotate(session, parts.refresh_tokens, token, device=device, clock=parts.clock)
    if issued is None:
        return None
    user = await accounts.get(session, issued.user_id)
    return (user, issued) if user.is_active else None


async def carry_on(session: AsyncSession, parts: Parts, caller: CurrentUser) -> Issued:
    """New tokens within the caller's login, after their role changed. Raises InvalidRefreshToken if it ended."""
    return await families.carry_on(session, parts.refresh_tokens, caller.sid, parts.clock)


async def log_out(session: AsyncSession, parts: Parts, token: str) -> None:
    """End the login a refresh token belongs to; any other token is as good as logged out."""
    await families.end_by_token(session, token, parts.clock())


async def devices(
    session: AsyncSession, user_id: UUID, now: datetime, *, offset: int, limit: int
) -> tuple[Sequence[Login], int]:
    """Where somebody is logged in, the latest used first, and in how many places altogether."""
    found = await families.active(session, user_id, now, offset=offset, limit=limit)
    return found, await families.count_active(session, now, user_id)


async def shown(found: Sequence[Login], *, current: UUID) -> list[DeviceOut]:
    """Logins as people see them; `current` is the one that asks."""
    # In a thread: the first time it takes a moment to learn what browsers call themselves.
    labels = await asyncio.to_thread(lambda: [label(login.user_agent) for login in found])
    return [
        DeviceOut(
            id=login.id,
            label=name,
            user_agent=login.user_agent,
            address=login.address,
            created_at=login.created_at,
            last_used_at=login.last_used_at,
            current=login.id == current,
        )
        for login, name in zip(found, labels, strict=True)
    ]


async def log_out_device(session: AsyncSession, caller: CurrentUser, login_id: UUID, *, now: datetime) -> None:
    """End one of the caller's logins. Raises NotFound when they have no such login."""
    if not await families.end(session, caller.id, login_id, because="device revoked", now=now):
        raise NotFound("There is no such login of yours.")
    await audit.record(session, action="login.revoked", actor=caller.id, subject=caller.id, after={"login": login_id})


async def log_out_everywhere(
    session: AsyncSession,
    caller: CurrentUser,
    user_id: UUID,
    *,
    keep_current: bool = False,
    reason: str = "",
    now: datetime,
) -> None:
    """End all logins of the caller's account, or for admins of anybody's; of the own ones the current can go on.

    Raises NotFound.
    """
    await accounts.hold(session, user_id)
    await families.end_all(
        session, user_id, because="logout everywhere", now=now, except_login=caller.sid if keep_current else None
    )
    await audit.record(
        session,
        action="login.all_revoked",
        actor=caller.id,
        subject=user_id,
        after={"kept_current": keep_current},
        reason=reason,
    )


async def goes_on(session: AsyncSession, user_id: UUID, login_id: UUID) -> bool:
    """Whether a login of this account hasn't ended."""
    row = await repository.account(session, user_id, login_id)
    return row is not None and not row.login_revoked


async def account_state(session: AsyncSession, caller: CurrentUser) -> AccountState:
    """What holds now of the caller of a request: role, activity, and whether their login goes on."""
    row = await repository.account(session, caller.id, caller.sid)
    if row is None:
        return AccountState(caller.version, caller.role, False, "", "", "", login_revoked=True)
    state = row._mapping
    return AccountState(**{**state, "role": Role(state["role"])})
