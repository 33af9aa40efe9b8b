"""Logging in with a provider, and linking one to an account.

Who somebody is, a provider and its subject say together; an e-mail address alone never opens an account.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import service as accounts
from identity.accounts.errors import EmailTaken, UsernameTaken
from identity.accounts.models import User
from identity.accounts.passwords import UNUSABLE
from identity.devices import Device
from identity.factors import service as factors
from identity.factors.challenges import SecondFactorNeeded
from identity.login import service as logins
from identity.login.errors import LastLoginMethod, LoginDisabled
from identity.login.families import Issued
from identity.mail import service as mail
from identity.mail.contents import Kind
from identity.oauth import apps, repository
from identity.oauth.errors import (
    AlreadyLinked,
    ConsentDenied,
    EmailBelongsToAccount,
    EmailUnverified,
    IdentityTaken,
    InvalidState,
    LinkingEnded,
    NotLinked,
    ProviderRefused,
)
from identity.oauth.providers import NAMES, App, Attempt, Identity, Provider, named
from identity.oauth.redirects import LIFE_SECONDS
from identity.oauth.usernames import candidates
from identity.parts import Parts
from identity.sealing import CannotUnseal, seal, unseal
from shared import audit
from shared.auth import CurrentUser
from shared.db import Database

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt: where to send the browser, and what only that browser gets to know."""

    state: str
    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider's redirect brought."""

    code: str | None
    error: str | None
    issuer: str | None


@dataclass(frozen=True, slots=True)
class Pending:
    """An attempt whose browser came back. It was taken: nobody else finishes it."""

    provider: Provider
    attempt: Attempt
    purpose: Literal["login", "link"]
    user_id: UUID | None
    login_id: UUID | None
    device_secret: str | None
    next: str
    expired: bool


async def start_login(session: AsyncSession, parts: Parts, provider: Provider, *, device: Device, path: str) -> Started:
    """To go on at a path of this site. Raises ProviderOff."""
    app = await apps.get(session, parts, provider)
    return await _start(session, parts, provider, app, {"purpose": "login", "next": path}, device)


async def start_link(
    session: AsyncSession, parts: Parts, provider: Provider, caller: CurrentUser, *, device: Device
) -> Started:
    """For a caller who has just shown again that it is them. Raises ProviderOff."""
    app = await apps.get(session, parts, provider)
    about = {"purpose": "link", "user_id": caller.id, "login_id": caller.sid, "next": "/"}
    return await _start(session, parts, provider, app, about, device)


async def _start(
    session: AsyncSession, parts: Parts, provider: Provider, app: App, about: dict[str, Any], device: Device
) -> Started:
    attempt = Attempt(*(secrets.token_urlsafe(32) for _ in range(3)))
    cookie = secrets.token_urlsafe(32)
    state_hash = _hash(attempt.state)
    # The device's own cookie isn't sent on the way back, which begins at another site.
    kept = {"verifier": attempt.verifier, "nonce": attempt.nonce, "device": device.secret}
    await repository.add_authorization(
        session,
        {
            **about,
            "state_hash": state_hash,
            "cookie_hash": _hash(cookie),
            "provider": provider.value,
            "secrets": seal(json.dumps(kept).encode(), parts.oauth.sealing_key, about=state_hash),
            "expires_at": parts.clock() + timedelta(seconds=LIFE_SECONDS),
        },
    )
    return Started(attempt.state, parts.oauth.providers.authorize_url(provider, app, attempt), cookie)


async def take(
    session: AsyncSession, parts: Parts, provider: Provider, *, state: str | None, cookie: str | None
) -> Pending | None:
    """The attempt that a state stands for, for the browser that began it, and once.

    It is gone also where it is refused, None, so that whatever came of it is of no use to anybody else: commit that.
    """
    row = None if state is None else await repository.take_authorization(session, _hash(state))
    if row is None or row.provider != provider or not secrets.compare_digest(row.cookie_hash, _hash(cookie or "")):
        return None
    try:
        kept = json.loads(unseal(row.secrets, parts.oauth.sealing_key, about=row.state_hash))
    except CannotUnseal:
        return None
    return Pending(
        provider,
        Attempt(state or "", kept["verifier"], kept["nonce"]),
        "link" if row.purpose == "link" else "login",
        row.user_id,
        row.login_id,
        kept["device"],
        row.next,
        row.expires_at <= parts.clock(),
    )


async def identify(database: Database, parts: Parts, pending: Pending, answer: Answer) -> Identity:
    """Who came back. No connection is held while the provider is asked.

    Raises InvalidState for an expired attempt, ProviderRefused, ProviderUnavailable, Misconfigured, ConsentDenied,
    and ProviderOff where the provider was switched off meanwhile.
    """
    if pending.expired:
        raise InvalidState
    providers = parts.oauth.providers
    if answer.issuer is not None and not providers.is_issuer(pending.provider, answer.issuer):
        raise ProviderRefused("The answer comes from another provider.")
    if answer.error is not None:
        raise ConsentDenied if answer.error == "access_denied" else named(pending.provider, answer.error)
    if not answer.code:
        raise ProviderRefused("There is no code.")
    async with database.transaction() as session:
        app = await apps.get(session, parts, pending.provider)
    return await providers.identify(pending.provider, app, pending.attempt, answer.code)


async def log_in(
    session: AsyncSession, parts: Parts, identity: Identity, *, device: Device
) -> Issued | SecondFactorNeeded:
    """Begin a login of the account that an identity belongs to; a new one for somebody who was never here.

    Raises LoginDisabled, EmailUnverified, EmailBelongsToAccount.
    """
    now = parts.clock()
    await repository.lock_identity(session, identity.provider, identity.subject)
    for _ in range(_TRIES):
        user = await _owner(session, identity, now) or await _newcomer(session, identity, now)
        if user is not None:
            return await logins.begin(session, parts, user, methods=("fed",), device=device)
        # Unlinked, registered or deleted in this very moment: look again.
    raise EmailBelongsToAccount


async def _owner(session: AsyncSession, identity: Identity, now: datetime) -> User | None:
    """The account that is linked with it, locked. Raises LoginDisabled."""
    user_id = await repository.owner(session, identity.provider, identity.subject)
    if user_id is None:
        return None
    user = await accounts.hold(session, user_id)
    if not user.is_active:
        raise LoginDisabled
    # Read after the wait for the lock.
    still = await repository.note_use(
        session, identity.provider, identity.subject, user.id, email=identity.email, now=now
    )
    return user if still else None


async def _newcomer(session: AsyncSession, identity: Identity, now: datetime) -> User | None:
    """A new account, or one whose address nobody had shown to be theirs; None when it was opened just now.

    Raises EmailUnverified, EmailBelongsToAccount, LoginDisabled.
    """
    if identity.email is None:
        raise EmailUnverified
    user = await accounts.hold_by_email(session, identity.email)
    if user is None:
        user = await _opened(session, identity, now)
        if user is None:
            return None
    elif user.email_verified:
        raise EmailBelongsToAccount
    elif not user.is_active:
        raise LoginDisabled
    else:
        # Whoever opened it may have been waiting for this: nothing of theirs opens it from now on.
        user = await accounts.hand_over(session, user, now=now)
        await _tell(session, Kind.PROVIDER_LINKED, user, identity.provider)
    await _link(session, identity, user.id, now)
    return user


async def _opened(session: AsyncSession, identity: Identity, now: datetime) -> User | None:
    fields = {
        "email": identity.email,
        "first_name": identity.first_name,
        "last_name": identity.last_name,
        "role": "user",
        "password_hash": UNUSABLE,
        "email_verified": True,
    }
    for username in candidates(f"{identity.first_name} {identity.last_name}", identity.name):
        try:
            async with session.begin_nested():
                return await accounts.create(session, {**fields, "username": username}, now=now)
        except UsernameTaken:
            continue
        except EmailTaken:
            return None
    return None


async def link(session: AsyncSession, parts: Parts, pending: Pending, identity: Identity) -> None:
    """Link the identity with the account that asked for it, if the login that asked goes on.

    Again for the same account changes nothing. Raises LinkingEnded, IdentityTaken, AlreadyLinked.
    """
    assert pending.user_id is not None
    assert pending.login_id is not None
    await repository.lock_identity(session, identity.provider, identity.subject)
    user = await accounts.hold(session, pending.user_id)
    if not user.is_active or not await logins.goes_on(session, user.id, pending.login_id):
        raise LinkingEnded
    now = parts.clock()
    owner = await repository.owner(session, identity.provider, identity.subject)
    if owner == user.id:
        await repository.note_use(session, identity.provider, identity.subject, user.id, email=identity.email, now=now)
    elif owner is not None:
        raise IdentityTaken
    elif not await _link(session, identity, user.id, now):
        raise AlreadyLinked
    else:
        await _tell(session, Kind.PROVIDER_LINKED, user, identity.provider)


async def _link(session: AsyncSession, identity: Identity, user_id: UUID, now: datetime) -> bool:
    values = {
        "provider": identity.provider.value,
        "subject": identity.subject,
        "user_id": user_id,
        "email": identity.email,
        "linked_at": now,
        "last_used_at": now,
    }
    if not await repository.link(session, values):
        return False
    about = {"provider": identity.provider.value}
    await audit.record(session, action="provider.linked", actor=user_id, subject=user_id, after=about)
    return True


async def unlink(session: AsyncSession, parts: Parts, caller: CurrentUser, provider: Provider) -> None:
    """For a caller who has just shown again that it is them.

    Raises NotLinked, and LastLoginMethod where no other way to log in would be left.
    """
    # Held: two at once must not each take the other's last way for the one that is left.
    user = await accounts.hold(session, caller.id)
    mine = {row.provider for row in await repository.of_user(session, user.id)}
    if provider not in mine:
        raise NotLinked
    others = mine.intersection(await apps.configured(session, parts)) - {provider}
    if user.password_hash == UNUSABLE and not others and not await factors.passkeys(session, user.id):
        raise LastLoginMethod
    await repository.unlink(session, user.id, provider)
    await audit.record(
        session, action="provider.unlinked", actor=user.id, subject=user.id, before={"provider": provider.value}
    )
    await _tell(session, Kind.PROVIDER_UNLINKED, user, provider)


async def _tell(session: AsyncSession, kind: Kind, user: User, provider: Provider) -> None:
    await mail.enqueue(session, kind, user=user, data={"provider": NAMES[provider]})


async def prune(session: AsyncSession, now: datetime) -> None:
    """Forget attempts whose browser never came back."""
    await repository.prune_authorizations(session, now)


def _hash(secret: str) -> bytes:
    """Plain SHA-256 is enough for 256 random bits."""
    return sha256(secret.encode()).digest()
