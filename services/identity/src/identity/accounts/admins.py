"""What admins do to accounts. Part of the slice's service, and apart from what people do to their own."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import repository, service
from identity.accounts.errors import AccountAnonymised, LastAdmin, OwnAccount
from identity.accounts.models import User, anonymous
from identity.login import families
from identity.mail import links
from shared import audit
from shared.auth import CurrentUser
from shared.errors import Forbidden


async def open_for(session: AsyncSession, actor: UUID | None, user: User, *, reason: str = "") -> None:
    """Note that an account was opened by somebody else: an admin, or nobody but a command."""
    await audit.record(
        session, action="account.opened", actor=actor, subject=user.id, after={"role": user.role}, reason=reason
    )


async def administer(
    session: AsyncSession,
    caller: CurrentUser,
    user_id: UUID,
    changes: dict[str, Any],
    *,
    reason: str = "",
    now: datetime,
) -> User:
    """An admin's change of an account; one that ends an account's activity ends its logins, too.

    Raises NotFound, AccountAnonymised, OwnAccount, LastAdmin, InvalidInput, EmailTaken, UsernameTaken.
    """
    user, before = await _administer(session, caller, user_id, changes, now=now)
    for action, was, is_now in _told_of(user, before):
        await audit.record(
            session, action=action, actor=caller.id, subject=user.id, before=was, after=is_now, reason=reason
        )
    return user


async def _administer(
    session: AsyncSession, caller: CurrentUser, user_id: UUID, changes: dict[str, Any], *, now: datetime
) -> tuple[User, dict[str, Any]]:
    """The account after the change, and what the changed fields were before."""
    takes_admin_away = changes.get("role", "admin") != "admin" or changes.get("is_active") is False
    # Always the admins first, then the account: two admins can't take each other away, nor wait for each other.
    admins = await repository.lock_admins(session) if takes_admin_away else set()
    user = await service.hold(session, user_id)
    if user.anonymised_at is not None:
        raise AccountAnonymised
    service.refuse_stored_picture(changes, now_is=user.avatar)
    if takes_admin_away:
        if caller.id not in admins:
            raise Forbidden("You are not an admin any more.")
        if user.id == caller.id:
            raise OwnAccount("Ask another admin to do this.")
        if admins == {user.id}:
            raise LastAdmin("Make somebody else an admin first.")
    if changes.get("email", user.email) != user.email:
        changes = {**changes, "email_verified": False}
    before = {name: getattr(user, name) for name, value in changes.items() if getattr(user, name) != value}
    was_verified = user.email_verified
    user = await service.change(session, user, changes, now=now)
    if "email" in before:
        await links.readdressed(session, user, before["email"], told=was_verified and user.anonymised_at is None)
    if before.get("is_active"):
        await families.end_all(session, user.id, because="deactivated", now=now)
    return user, before


def _told_of(user: User, before: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The audit log's lines for a change: role and activity as they were and are, of all else that it was changed."""
    if "role" in before:
        yield "account.role_changed", {"role": before["role"]}, {"role": user.role}
    if "is_active" in before:
        action = "account.activated" if user.is_active else "account.deactivated"
        yield action, {"is_active": before["is_active"]}, {"is_active": user.is_active}
    others = sorted(before.keys() - {"role", "is_active"})
    if others:
        yield "account.changed", {}, {"fields": others}


async def anonymise(
    session: AsyncSession, caller: CurrentUser, user_id: UUID, *, reason: str = "", now: datetime
) -> None:
    """Deactivate an account and forget who it was; its id stays, so that bookings and sessions stay whole.

    A repeat changes nothing. Raises NotFound, OwnAccount, LastAdmin.
    """
    if (await service.get(session, user_id)).anonymised_at is not None:
        return
    _, before = await _administer(session, caller, user_id, anonymous(now), now=now)
    await service.forget_person(
        session, user_id, actor=caller.id, was_active=before.get("is_active", False), reason=reason
    )
