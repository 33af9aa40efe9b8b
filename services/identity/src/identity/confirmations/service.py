"""What people confirm by a mailed link: that an address is theirs, and that a forgotten password may be replaced."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import service as accounts
from identity.accounts.fields import masked_email
from identity.accounts.models import User
from identity.accounts.passwords import check_password
from identity.confirmations import repository
from identity.login import families
from identity.login import service as logins
from identity.mail import links
from identity.mail import service as mail
from identity.mail.contents import Kind
from identity.mail.links import InvalidLink, Issuer, Purpose, TooManyMails
from identity.parts import Parts
from identity.settings import Settings
from shared import audit
from shared.auth import CurrentUser
from shared.clock import Clock
from shared.db import Database
from shared.errors import InvalidInput, NotFound
from shared.logging import get_logger

log = get_logger(__name__)

_PERIOD = timedelta(hours=1)
_KEEP_REQUESTS = timedelta(days=1)


async def register(session: AsyncSession, parts: Parts, fields: dict[str, Any]) -> User:
    """A new account whose owner is asked to confirm the address. Raises as accounts' use case does."""
    now = parts.clock()
    user = await accounts.register(session, parts.passwords, fields, now=now)
    await _send_verification(session, parts, user, now)
    return user


async def resend_verification(session: AsyncSession, parts: Parts, caller: CurrentUser) -> None:
    """Ask once more, unless the address is confirmed. Raises TooManyMails."""
    user = await accounts.hold(session, caller.id)
    if not user.email_verified:
        await _send_verification(session, parts, user, parts.clock())


async def verify_email(session: AsyncSession, parts: Parts, token: str) -> None:
    """Raises InvalidLink."""
    now = parts.clock()
    user = await _redeem(session, token, Purpose.VERIFY_EMAIL, now)
    await _mark_verified(session, user, now)


async def request_reset(session: AsyncSession, parts: Parts, email: str) -> None:
    """Note that somebody forgot a password. Whether there is such an account is seen to later, by a worker: neither
    the answer nor the time it takes tells."""
    now = parts.clock()
    await repository.note_reset_request(session, email, now, since=now - _PERIOD, most=parts.settings.links_per_hour)


async def handle_reset_requests(database: Database, issuer: Issuer, settings: Settings, clock: Clock) -> None:
    """Mail links to those who have an account, until no request is left."""
    while await _handle_reset_request(database, issuer, timedelta(seconds=settings.reset_link_seconds), clock):
        pass


async def _handle_reset_request(database: Database, issuer: Issuer, life: timedelta, clock: Clock) -> bool:
    async with database.transaction() as session:
        request = await repository.claim_reset_request(session)
        if request is None:
            return False
        now = clock()
        await repository.mark_handled(session, request, now)
        found = await accounts.credentials(session, request.email)
        if found is not None and found.is_active:
            user = await accounts.hold(session, found.user_id)
            try:
                await links.send(session, issuer, Purpose.RESET_PASSWORD, user, to=user.email, life=life, now=now)
            except TooManyMails:
                log.info("no further reset link for now", user_id=str(user.id))
    return True


async def reset_password(database: Database, parts: Parts, token: str, new: str) -> None:
    """Set a new password by a mailed link, and end all logins of the account.

    The link proves the address as well. No connection is held while the password is hashed. Raises InvalidLink,
    InvalidInput for a weak password, and Unavailable when too many passwords wait.
    """
    async with database.transaction() as session:
        link = await links.find(session, token, Purpose.RESET_PASSWORD, parts.clock())
        user = await accounts.get(session, link.user_id)
    check_password(new, email=user.email, username=user.username, field="new_password")
    new_hash = await parts.passwords.hash(new)
    async with database.transaction() as session:
        now = parts.clock()
        user = await _redeem(session, token, Purpose.RESET_PASSWORD, now)
        if not user.email_verified:
            # Whoever opened the account may have been somebody else, and nothing of theirs opens it from now on.
            user = await accounts.hand_over(session, user, now=now)
        await accounts.set_password(session, user, new_hash)
        await audit.record(session, action="account.password_reset", actor=user.id, subject=user.id)
        await families.end_all(session, user.id, because="password reset", now=now)
    # Whoever guessed the old one doesn't stand in the way.
    await parts.throttle.forget("password", user.email)


async def request_email_change(
    database: Database, parts: Parts, caller: CurrentUser, *, new_email: str, current_password: str | None
) -> None:
    """Mail a link to another address, whoever has it, and a notice to the present one.

    Raises InvalidInput for a wrong password or the present address, ReauthenticationRequired, TooManyMails,
    TooManyAttempts, and Unavailable when too many passwords wait.
    """
    checked = await logins.reauthenticate(database, parts, caller, current_password)
    life = timedelta(seconds=parts.settings.email_change_link_seconds)
    async with database.transaction() as session:
        user = await accounts.hold(session, caller.id)
        if user.password_hash != checked.password_hash or not user.is_active:
            raise InvalidInput(errors={"current_password": ["It was changed a moment ago"]})
        if new_email == user.email:
            raise InvalidInput(errors={"new_email": ["This is your address already"]})
        await links.send(session, parts.links, Purpose.CHANGE_EMAIL, user, to=new_email, life=life, now=parts.clock())
        await mail.enqueue(session, Kind.EMAIL_CHANGE_REQUESTED, user=user, data={"new_email": masked_email(new_email)})


async def change_email(session: AsyncSession, parts: Parts, token: str) -> None:
    """Raises InvalidLink, and EmailTaken where somebody else has the address by now."""
    now = parts.clock()
    link = await links.find(session, token, Purpose.CHANGE_EMAIL, now)
    user = await _locked(session, link.user_id)
    await links.redeem(session, link)
    old_email, was_verified = user.email, user.email_verified
    user = await accounts.change(session, user, {"email": link.email, "email_verified": True}, now=now)
    await links.readdressed(session, user, old_email, told=was_verified)
    await audit.record(session, action="account.email_changed", actor=user.id, subject=user.id)


async def prune(database: Database, clock: Clock) -> None:
    """Forget expired links, and requests that count no more."""
    async with database.transaction() as session:
        await links.prune(session, clock())
        await repository.prune(session, clock() - _KEEP_REQUESTS)


async def _send_verification(session: AsyncSession, parts: Parts, user: User, now: datetime) -> None:
    life = timedelta(seconds=parts.settings.verify_link_seconds)
    await links.send(session, parts.links, Purpose.VERIFY_EMAIL, user, to=user.email, life=life, now=now)


async def _mark_verified(session: AsyncSession, user: User, now: datetime) -> None:
    if not user.email_verified:
        await accounts.change(session, user, {"email_verified": True}, now=now)
        await links.end(session, user.id, Purpose.VERIFY_EMAIL)
        await audit.record(session, action="account.email_verified", actor=user.id, subject=user.id)


async def _redeem(session: AsyncSession, token: str, purpose: Purpose, now: datetime) -> User:
    """Use a link that was mailed to an account's own address; returns the account, locked. Raises InvalidLink."""
    link = await links.find(session, token, purpose, now)
    user = await _locked(session, link.user_id)
    await links.redeem(session, link)
    if user.email != link.email:
        raise InvalidLink
    return user


async def _locked(session: AsyncSession, user_id: UUID) -> User:
    """An active account. Raises InvalidLink."""
    try:
        user = await accounts.hold(session, user_id)
    except NotFound:
        raise InvalidLink from None
    if not user.is_active:
        raise InvalidLink
    return user
