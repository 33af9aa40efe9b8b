"""Links that are mailed: each proves once, for some time and for one purpose that somebody reads an address's mail.

Part of the slice's service, and apart from it because accounts end links and links' use cases change accounts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts.fields import masked_email
from identity.accounts.models import User
from identity.mail import repository, service
from identity.mail.contents import Kind
from identity.mail.models import Link
from identity.mail.tokens import LinkTokens, hash_token
from shared.clock import to_rfc3339
from shared.errors import BadRequest, TooManyRequests

_PERIOD = timedelta(hours=1)
_KEEP_EXPIRED = timedelta(days=1)


class Purpose(StrEnum):
    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose, not a password
    CHANGE_EMAIL = "change_email"


class InvalidLink(BadRequest):
    """The same for one that never was, was used, is too old, or is for something else."""

    code, title = "invalid_link", "This link isn't good any more"
    advice = "Nothing was changed. Ask for a new one."


class TooManyMails(TooManyRequests):
    title = "We have written to you several times already"


@dataclass(frozen=True, slots=True)
class Issuer:
    """What issuing links takes: how many an hour of one purpose an account may have."""

    tokens: LinkTokens
    per_hour: int


async def send(
    session: AsyncSession,
    issuer: Issuer,
    purpose: Purpose,
    user: User,
    *,
    to: str,
    life: timedelta,
    now: datetime,
) -> None:
    """Mail a link to an address. The account must be locked. Raises TooManyMails."""
    recent = await repository.links_since(session, user.id, purpose, now - _PERIOD)
    if len(recent) >= issuer.per_hour:
        wait = recent[-issuer.per_hour] + _PERIOD - now
        raise TooManyMails(
            "Look into your spam folder; or wait, then try again.", retry_after=max(1, int(wait.total_seconds()))
        )
    link_id, expires_at = uuid4(), now + life
    link = {
        "id": link_id,
        "token_hash": hash_token(issuer.tokens.token(link_id)),
        "purpose": purpose,
        "user_id": user.id,
        "email": to,
        "created_at": now,
        "expires_at": expires_at,
    }
    await repository.add_link(session, link)
    data = {"link": str(link_id), "until": to_rfc3339(expires_at)}
    await service.enqueue(session, Kind(purpose), user=user, to=to, data=data, life=life)


async def find(session: AsyncSession, token: str, purpose: Purpose, now: datetime) -> Link:
    """The link that a token belongs to. Lock its account, then `redeem` it. Raises InvalidLink."""
    link = await repository.link(session, hash_token(token), purpose)
    if link is None or link.expires_at <= now:
        raise InvalidLink
    return link


async def redeem(session: AsyncSession, link: Link) -> None:
    """Use a link, whose account is locked; the account's others of this purpose end with it.

    Raises InvalidLink where it has been used or ended since it was found.
    """
    if link.id not in await repository.remove_links(session, link.user_id, link.purpose):
        raise InvalidLink


async def end(session: AsyncSession, user_id: UUID, *purposes: Purpose) -> None:
    """End an account's links: those for these purposes, or all."""
    for purpose in purposes or Purpose:
        await repository.remove_links(session, user_id, purpose)


async def readdressed(session: AsyncSession, user: User, old_email: str, *, told: bool) -> None:
    """An account has another address: whoever reads the old one's mail can do nothing by it any more, but is told."""
    await end(session, user.id)
    if told:
        data = {"new_email": masked_email(user.email)}
        await service.enqueue(session, Kind.EMAIL_CHANGED, user=user, to=old_email, data=data)


async def prune(session: AsyncSession, now: datetime) -> None:
    """Forget what expired some time ago."""
    await repository.prune_links(session, now - _KEEP_EXPIRED)
