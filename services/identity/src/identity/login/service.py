"""Logging in, staying logged in, logging out."""

from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import service as accounts
from identity.accounts.models import User
from identity.login import families, repository
from identity.login.errors import InvalidCredentials, LoginDisabled
from identity.login.families import Issued
from identity.parts import Parts
from shared.auth import AccountState, CurrentUser, Role
from shared.db import Database

_TRIES = 3


async def log_in(database: Database, parts: Parts, email: str, password: str) -> tuple[User, Issued]:
    """Verify the password and start a family.

    Two short transactions: no connection is held while the password is hashed. Raises InvalidCredentials;
    LoginDisabled after the right password only; Unavailable when too many passwords wait to be hashed.
    """
    for _ in range(_TRIES):
        async with database.transaction() as session:
            found = await accounts.credentials(session, email)
        checked = await parts.passwords.verify(password, found.password_hash if found else None)
        if found is None or not checked.ok:
            raise InvalidCredentials
        if not found.is_active:
            raise LoginDisabled
        async with database.transaction() as session:
            # The row stays locked until the family is there, so that a password change ends this login, too.
            user = await accounts.confirm(session, found, new_hash=checked.new_hash)
            if user is not None:
                return user, await families.start(session, parts.refresh_tokens, user.id, parts.clock())
        # Changed since it was read, by a rehash or a password change: look again.
    raise InvalidCredentials


async def refresh(session: AsyncSession, parts: Parts, token: str) -> tuple[User, Issued] | None:
    """New tokens for a refresh token, or None; a family that was ended for it must be committed then, too."""
    issued = await families.rotate(session, parts.refresh_tokens, token, parts.clock)
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


async def account_state(session: AsyncSession, caller: CurrentUser) -> AccountState:
    """What holds now of the caller of a request: role, activity, and whether their login goes on."""
    row = await repository.account(session, caller.id, caller.sid)
    if row is None:
        return AccountState(caller.version, caller.role, False, "", "", "", login_revoked=True)
    state = row._mapping
    return AccountState(**{**state, "role": Role(state["role"])})
