"""What happens to accounts. Every change that others must know of is told by an event in the same transaction."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from uuid6 import uuid7

from identity.accounts import repository
from identity.accounts.errors import LastAdmin
from identity.accounts.fields import normal_email
from identity.accounts.models import BLANK, User, anonymous
from identity.accounts.passwords import UNUSABLE, Passwords, check_password
from identity.accounts.schemas import Filters, UserStats
from identity.factors import service as factors
from identity.login import families
from identity.mail import links
from identity.mail import service as mail
from identity.mail.contents import Kind
from identity.oauth import linked
from identity.pictures import names
from shared import audit
from shared.auth import CurrentUser, Role
from shared.clock import Clock
from shared.contracts.identity import UserDeactivated, UserRegistered, UserRoleChanged, UserState, UserUpdated
from shared.db import Database
from shared.errors import AccountDisabled, InvalidInput, NotFound
from shared.messaging import outbox
from shared.pagination import Page

_TOLD = frozenset(UserState.model_fields)  # the fields that events carry

# What goes with an account that is deleted, or handed over to whom its address belongs: each slice forgets its own, in
# the same transaction, by a function that stands where no use case of accounts is needed.
_FORGETTING: tuple[Callable[[AsyncSession, UUID], Awaitable[None]], ...] = (
    families.forget,
    factors.discard_all,
    linked.forget,
    mail.forget,
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is checked against."""

    user_id: UUID
    email: str
    password_hash: str
    is_active: bool

    @property
    def has_password(self) -> bool:
        return self.password_hash != UNUSABLE


async def register(session: AsyncSession, passwords: Passwords, fields: dict[str, Any], *, now: datetime) -> User:
    """A new account from validated fields, `password` among them.

    Raises InvalidInput for a weak password, EmailTaken, UsernameTaken, and Unavailable when too many passwords wait.
    """
    values = dict(fields)
    password = values.pop("password")
    check_password(password, email=values["email"], username=values["username"])
    return await create(session, {**values, "password_hash": await passwords.hash(password)}, now=now)


async def create(session: AsyncSession, fields: dict[str, Any], *, now: datetime) -> User:
    """A new account whose password was hashed before. Raises InvalidInput, EmailTaken or UsernameTaken."""
    refuse_stored_picture(fields, now_is=None)
    values = {
        "id": UUID(bytes=uuid7().bytes),
        **BLANK,
        "email_verified": False,
        "is_active": True,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        **fields,
    }
    user = await repository.add(session, values)
    await outbox.publish(session, UserRegistered(**_state(user)), version=user.version)
    return user


async def get(session: AsyncSession, user_id: UUID) -> User:
    """Raises NotFound."""
    user = await repository.get(session, user_id)
    if user is None:
        raise NotFound("There is no such account.")
    return user


async def hold(session: AsyncSession, user_id: UUID) -> User:
    """The account; nobody changes it, and no login of it starts, before the end of the transaction. Raises NotFound."""
    user = await repository.lock(session, user_id)
    if user is None:
        raise NotFound("There is no such account.")
    return user


async def avatar(session: AsyncSession, user_id: UUID) -> str:
    """The address of an active account's picture. Raises NotFound where there is none."""
    user = await repository.get(session, user_id)
    if user is None or not user.is_active or user.avatar is None:
        raise NotFound("There is no such picture.")
    return user.avatar


async def find(session: AsyncSession, filters: Filters, ordering: str, page: Page) -> tuple[list[User], dict[str, str]]:
    """A page of accounts and its headers. Raises InvalidInput for a bad cursor."""
    rows = await repository.find_page(session, filters, ordering, page)
    shown = rows[: page.size]
    more = repository.ORDERINGS.cursor(ordering, shown[-1]) if len(rows) > page.size else None
    total = await repository.count(session, filters)
    return [row.User for row in shown], page.headers(total, next_cursor=more)


def every(filters: Filters, ordering: str) -> Select[Any]:
    """What finds all rows of the list, as they stand in a file."""
    return repository.every(filters, ordering)


async def update_profile(session: AsyncSession, user_id: UUID, changes: dict[str, Any], *, now: datetime) -> User:
    """Raises NotFound, AccountDisabled, and InvalidInput for a stored picture that isn't the account's own."""
    user = await _locked_active(session, user_id)
    refuse_stored_picture(changes, now_is=user.avatar)
    return await change(session, user, changes, now=now)


async def set_picture(session: AsyncSession, user_id: UUID, avatar: str, *, now: datetime) -> tuple[User, str | None]:
    """Name a stored picture; returns what was there before, too. Raises NotFound, AccountDisabled."""
    user = await _locked_active(session, user_id)
    before = user.avatar
    return await change(session, user, {"avatar": avatar}, now=now), before


async def pictures_among(session: AsyncSession, avatars: Collection[str]) -> set[str]:
    """Those of these that some account names."""
    return await repository.pictures_among(session, avatars)


async def become_creator(session: AsyncSession, user_id: UUID, *, now: datetime) -> User:
    """A user becomes a creator; creators and admins stay what they are. Raises NotFound, AccountDisabled."""
    user = await _locked_active(session, user_id)
    if user.role != "user":
        return user
    await audit.record(
        session,
        action="account.role_changed",
        actor=user_id,
        subject=user_id,
        before={"role": "user"},
        after={"role": "creator"},
    )
    return await change(session, user, {"role": "creator"}, now=now)


async def leave(session: AsyncSession, checked: Credentials, *, now: datetime) -> str | None:
    """Anonymise one's own account, whose owner has just been checked; returns the avatar that it had.

    Raises LastAdmin, and InvalidInput when the account was changed since the check.
    """
    # The admins first, as in every change that may take one away.
    admins = await repository.lock_admins(session)
    user = await repository.lock_unchanged(session, checked.user_id, checked.password_hash, share=False)
    if user is None:
        raise InvalidInput(errors={"current_password": ["It was changed a moment ago"]})
    if admins == {user.id}:
        raise LastAdmin("Make somebody else an admin first.")
    avatar = user.avatar
    await mail.enqueue(session, Kind.ACCOUNT_DELETED, user=user)
    await families.end_all(session, user.id, because="deleted", now=now)
    await change(session, user, anonymous(now), now=now)
    await forget_person(session, user.id, actor=user.id, was_active=True)
    return avatar


async def forget_person(
    session: AsyncSession, user_id: UUID, *, actor: UUID, was_active: bool, reason: str = ""
) -> None:
    """What each slice keeps of whom an account was, in the deletion's transaction."""
    await audit.record(
        session,
        action="account.anonymised",
        actor=actor,
        subject=user_id,
        before={"is_active": was_active},
        after={"is_active": False},
        reason=reason,
    )
    for forget in _FORGETTING:
        await forget(session, user_id)


async def credentials(session: AsyncSession, email: str) -> Credentials | None:
    """What a login needs to know, or None for an unknown address."""
    user = await repository.by_email(session, normal_email(email))
    return None if user is None else Credentials(user.id, user.email, user.password_hash, user.is_active)


async def credentials_of(session: AsyncSession, user_id: UUID) -> Credentials:
    """Raises NotFound."""
    user = await get(session, user_id)
    return Credentials(user.id, user.email, user.password_hash, user.is_active)


async def confirm(
    session: AsyncSession, checked: Credentials, *, new_hash: str | None = None, alone: bool = False
) -> User | None:
    """The account, locked until the end of the transaction, if it is still what was checked; rehashed if asked.

    Others may hold it, too, and log in to it, unless it is rehashed or wanted `alone`.
    """
    share = new_hash is None and not alone
    user = await repository.lock_unchanged(session, checked.user_id, checked.password_hash, share=share)
    if user is not None and new_hash is not None:
        await repository.set_password_hash(session, user.id, new_hash)
    return user


async def share(session: AsyncSession, user_id: UUID) -> User:
    """The account; nobody changes it before the end of the transaction, but others may log in. Raises NotFound."""
    user = await repository.share(session, user_id)
    if user is None:
        raise NotFound("There is no such account.")
    return user


async def hold_by_email(session: AsyncSession, email: str) -> User | None:
    """As `hold`, by an address."""
    return await repository.lock_by_email(session, normal_email(email))


async def hand_over(session: AsyncSession, user: User, *, now: datetime) -> User:
    """Give an account that is held to whom its address belongs: what opened it before, somebody else may have set up.

    Its password, its logins, and whatever else would open it end here.
    """
    await repository.set_password_hash(session, user.id, UNUSABLE)
    await families.end_all(session, user.id, because="handed over", now=now)
    for forget in _FORGETTING:
        await forget(session, user.id)
    await audit.record(session, action="account.handed_over", actor=user.id, subject=user.id)
    return await change(session, user, {"email_verified": True}, now=now)


async def change_password(
    database: Database, passwords: Passwords, clock: Clock, caller: CurrentUser, checked: Credentials, *, new: str
) -> None:
    """Set another password and end all other logins of the account, whose owner has just been checked.

    No connection is held while passwords are hashed. Raises InvalidInput for a weak password, or when it was changed
    since the check, and Unavailable when too many passwords wait.
    """
    async with database.transaction() as session:
        user = await get(session, checked.user_id)
    check_password(new, email=user.email, username=user.username, field="new_password")
    new_hash = await passwords.hash(new)
    async with database.transaction() as session:
        if await repository.lock_unchanged(session, user.id, checked.password_hash, share=False) is None:
            raise InvalidInput(errors={"current_password": ["It was changed a moment ago"]})
        await set_password(session, user, new_hash)
        await families.end_all(session, user.id, because="password changed", now=clock(), except_login=caller.sid)
        await audit.record(session, action="account.password_changed", actor=caller.id, subject=user.id)


async def set_password(session: AsyncSession, user: User, new_hash: str) -> None:
    """Give a locked account another password, and tell its owner. Links that the old one's holder asked for end."""
    await repository.set_password_hash(session, user.id, new_hash)
    await links.end(session, user.id, links.Purpose.RESET_PASSWORD, links.Purpose.CHANGE_EMAIL)
    await mail.enqueue(session, Kind.PASSWORD_CHANGED, user=user)


async def stats(session: AsyncSession, first: date | None, last: date | None, *, now: datetime) -> UserStats:
    """Raises InvalidInput for a period that is turned round."""
    if first is not None and last is not None and last < first:
        raise InvalidInput(errors={"to": ["Give an end that isn't before the start"]})
    counts = dict(await repository.stats(session, now))
    by_role = {role.value: counts.pop(role.value) for role in Role}
    series = [row._asdict() for row in await repository.registrations(session, first, last)]
    registered = {role.value: sum(day[role.value] for day in series) for role in Role}
    logins = await families.count_active(session, now)
    return UserStats.model_validate(
        {**counts, "by_role": by_role, "logins": logins, "registered": registered, "series": series}
    )


async def _locked_active(session: AsyncSession, user_id: UUID) -> User:
    """Who asked was active, but may have been deactivated or deleted while this waited."""
    user = await hold(session, user_id)
    if not user.is_active:
        raise AccountDisabled
    return user


def refuse_stored_picture(changes: dict[str, Any], *, now_is: str | None) -> None:
    """A picture is stored by sending it. To give back the account's own, as a client does that changes something else
    of what it read, is no change."""
    avatar = changes.get("avatar")
    if names.name_in(avatar) is not None and avatar != now_is:
        raise InvalidInput(errors={"avatar": ["Give an https address, or send a picture to /api/auth/avatar/"]})


async def change(session: AsyncSession, user: User, changes: dict[str, Any], *, now: datetime) -> User:
    """Write what really differs to a locked account, and tell of it if events carry it."""
    differing = {name: value for name, value in changes.items() if getattr(user, name) != value}
    if not differing:
        return user
    tell = not _TOLD.isdisjoint(differing)
    was_active, old_role = user.is_active, user.role
    user = await repository.change(session, user.id, differing, now=now, tell=tell)
    if tell:
        # One version, one event: the gravest change names it, and every event carries the whole state.
        kind: type[UserState] = UserUpdated
        if was_active and not user.is_active:
            kind = UserDeactivated
        elif user.role != old_role:
            kind = UserRoleChanged
        await outbox.publish(session, kind(**_state(user)), version=user.version)
    return user


def _state(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in _TOLD}
