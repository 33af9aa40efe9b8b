"""An account's second factors: adding, using and removing them.

Whoever changes them holds the account's row locked (`user`), so that changes come one after the other, and logins
before or after them.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from uuid6 import uuid7

from identity.accounts.models import User
from identity.accounts.passwords import UNUSABLE
from identity.factors import ceremonies, challenges, recovery, repository
from identity.factors import totp as codes
from identity.factors.ceremonies import Refused
from identity.factors.errors import (
    LastSecondFactor,
    NoSecondFactor,
    PasskeyExists,
    TooManyPasskeys,
    TotpNotStarted,
)
from identity.factors.kit import FactorKit
from identity.factors.models import Passkey
from identity.login import families
from identity.login.errors import LastLoginMethod, ReauthenticationRequired
from identity.login.tokens import hash_token
from identity.mail import service as mail
from identity.mail.contents import Kind
from identity.oauth import linked
from identity.sealing import CannotUnseal, seal, unseal
from shared import audit
from shared.auth import CurrentUser
from shared.errors import InvalidInput, NotFound
from shared.logging import get_logger

log = get_logger(__name__)

_PENDING = timedelta(minutes=10)
_CHALLENGE_LIFE = timedelta(minutes=5)
_MOST_PASSKEYS = 20
_NAMES = {"totp": "Authenticator app", "passkey": "Passkey"}  # in mails


@dataclass(frozen=True, slots=True)
class Overview:
    """What an account has, and whether it must."""

    totp_since: datetime | None
    passkeys: int
    recovery_codes_left: int
    required: bool
    has_password: bool


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret for an authenticator app, three ways."""

    secret: str
    uri: str
    qr_code: str


async def overview(session: AsyncSession, kit: FactorKit, user: User) -> Overview:
    app = await repository.totp(session, user.id)
    return Overview(
        totp_since=app.confirmed_at if app is not None else None,
        passkeys=len(await repository.passkeys(session, user.id)),
        recovery_codes_left=await repository.count_recovery_codes(session, user.id),
        required=_required(kit, user),
        has_password=user.password_hash != UNUSABLE,
    )


async def start_totp(
    session: AsyncSession, kit: FactorKit, caller: CurrentUser, user: User, *, now: datetime
) -> Enrolment:
    """A new secret, which becomes the account's with the first code of it; until then one before stays good.

    Raises ReauthenticationRequired.
    """
    await _require_both_factors(session, caller, user)
    secret = codes.new_secret()
    sealed = seal(secret.encode(), kit.totp_key, about=_about(user.id))
    await repository.put_pending(session, user.id, sealed, now)
    uri = codes.uri(secret, user.email)
    return Enrolment(secret, uri, codes.qr_code(uri))


async def confirm_totp(
    session: AsyncSession, kit: FactorKit, caller: CurrentUser, user: User, code: str, *, now: datetime
) -> list[str] | None:
    """The waiting secret is the account's from now on; recovery codes, if this is its first second factor.

    Raises TotpNotStarted, and InvalidInput for a wrong code.
    """
    app = await repository.totp(session, user.id)
    if app is None or app.pending_secret is None or app.pending_since is None or now - app.pending_since > _PENDING:
        raise TotpNotStarted
    try:
        secret = unseal(app.pending_secret, kit.totp_key, about=_about(user.id)).decode()
    except CannotUnseal:
        raise TotpNotStarted from None
    step = codes.matching_step(secret, _digits(code), now)
    if step is None:
        raise InvalidInput(errors={"code": ["This isn't the code that the app shows now"]})
    first = not await challenges.methods(session, user.id)
    await repository.confirm_pending(session, user.id, app.pending_secret, step=step, now=now)
    return await _added(session, kit, caller, user, {"factor": "totp"}, ["otp"], first=first, now=now)


async def disable_totp(session: AsyncSession, kit: FactorKit, caller: CurrentUser, user: User) -> None:
    """Without one nothing changes. Raises ReauthenticationRequired, LastSecondFactor."""
    await _require_both_factors(session, caller, user)
    if await repository.remove_totp(session, user.id):
        await _removed(session, kit, caller, user, {"factor": "totp"})


async def renew_recovery_codes(
    session: AsyncSession, kit: FactorKit, caller: CurrentUser, user: User, *, now: datetime
) -> list[str]:
    """New recovery codes; the old ones are good for nothing. Raises ReauthenticationRequired, NoSecondFactor."""
    await _require_both_factors(session, caller, user)
    if not await challenges.methods(session, user.id):
        raise NoSecondFactor
    await audit.record(session, action="recovery_codes.renewed", actor=caller.id, subject=user.id)
    await mail.enqueue(session, Kind.RECOVERY_CODES_RENEWED, user=user)
    return await _new_recovery_codes(session, kit, user, now)


async def passkeys(session: AsyncSession, user_id: UUID) -> Sequence[Passkey]:
    """Newest first."""
    return await repository.passkeys(session, user_id)


async def passkey_options(
    session: AsyncSession, kit: FactorKit, caller: CurrentUser, user: User, *, now: datetime
) -> dict[str, Any]:
    """What a browser needs to make a passkey. Raises ReauthenticationRequired, TooManyPasskeys."""
    await _require_both_factors(session, caller, user)
    existing = await repository.passkeys(session, user.id)
    if len(existing) >= _MOST_PASSKEYS:
        raise TooManyPasskeys
    challenge = await new_webauthn_challenge(session, "register", user_id=user.id, now=now)
    return kit.relying_party.creation_options(user, challenge, existing)


async def add_passkey(
    session: AsyncSession,
    kit: FactorKit,
    caller: CurrentUser,
    user: User,
    name: str,
    credential: dict[str, Any],
    *,
    now: datetime,
) -> tuple[Passkey, list[str] | None]:
    """The passkey that was made for this account; recovery codes, if this is its first second factor.

    Raises InvalidInput for anything but the answer to a challenge of this account, PasskeyExists, TooManyPasskeys.
    """
    try:
        challenge = ceremonies.registration_challenge(credential)
        if not await repository.take_webauthn_challenge(
            session, hash_challenge(challenge), purpose="register", user_id=user.id, login_challenge=None, now=now
        ):
            raise Refused("the challenge is unknown, expired, or was answered")
        made = kit.relying_party.verify_registration(credential, challenge)
    except Refused as refusal:
        log.info("passkey refused", user_id=str(user.id), reason=str(refusal))
        raise InvalidInput(errors={"credential": ["This passkey can't be added; try again"]}) from None
    if len(await repository.passkeys(session, user.id)) >= _MOST_PASSKEYS:
        raise TooManyPasskeys
    first = not await challenges.methods(session, user.id)
    values = {
        "id": UUID(bytes=uuid7().bytes),
        "user_id": user.id,
        "credential_id": made.credential_id,
        "public_key": made.public_key,
        "sign_count": made.sign_count,
        "transports": made.transports,
        "backup_eligible": made.backup_eligible,
        "backed_up": made.backed_up,
        "name": name,
        "created_at": now,
        "last_used_at": None,
    }
    passkey = await repository.add_passkey(session, values)
    if passkey is None:
        raise PasskeyExists
    what = {"factor": "passkey", "passkey": passkey.id}
    recovery_codes = await _added(session, kit, caller, user, what, [key_method(passkey)], first=first, now=now)
    return passkey, recovery_codes


async def rename_passkey(session: AsyncSession, user_id: UUID, passkey_id: UUID, name: str) -> Passkey:
    """Raises NotFound."""
    passkey = await repository.rename_passkey(session, user_id, passkey_id, name)
    if passkey is None:
        raise NotFound("There is no such passkey.")
    return passkey


async def remove_passkey(
    session: AsyncSession, kit: FactorKit, caller: CurrentUser, user: User, passkey_id: UUID
) -> None:
    """Raises NotFound, ReauthenticationRequired, LastSecondFactor, LastLoginMethod."""
    await _require_both_factors(session, caller, user)
    if await repository.remove_passkey(session, user.id, passkey_id) is None:
        raise NotFound("There is no such passkey.")
    others = await repository.passkeys(session, user.id) or await linked.of_user(session, user.id)
    if user.password_hash == UNUSABLE and not others:
        raise LastLoginMethod
    await _removed(session, kit, caller, user, {"factor": "passkey", "passkey": passkey_id})


async def reset(session: AsyncSession, user: User, *, actor: UUID | None, reason: str, now: datetime) -> None:
    """Take all second factors from an account whose owner has lost theirs, and end its logins."""
    before = await challenges.methods(session, user.id)
    await discard_all(session, user.id)
    await families.end_all(session, user.id, because="second factors reset", now=now)
    await audit.record(
        session,
        action="second_factors.reset",
        actor=actor,
        subject=user.id,
        before={"methods": before},
        reason=reason,
    )
    await mail.enqueue(session, Kind.SECOND_FACTOR_REMOVED, user=user, data={"factor": "All of them"})


async def discard_all(session: AsyncSession, user_id: UUID) -> None:
    """Forget everything about an account's second factors, and end its log-ins that are under way."""
    await challenges.discard(session, user_id)
    await repository.remove_totp(session, user_id)
    await repository.remove_passkeys(session, user_id)
    await repository.remove_recovery_codes(session, user_id)


async def check_code(session: AsyncSession, kit: FactorKit, user_id: UUID, code: str, *, now: datetime) -> bool:
    """Whether it is a code of the account's authenticator app; it isn't good again."""
    app = await repository.totp(session, user_id)
    if app is None or app.secret is None:
        return False
    try:
        secret = unseal(app.secret, kit.totp_key, about=_about(user_id)).decode()
    except CannotUnseal:
        log.error("second factor can't be read: was SECRET_KEY changed?", user_id=str(user_id))
        return False
    step = codes.matching_step(secret, _digits(code), now)
    return step is not None and await repository.accept_step(session, user_id, step)


async def use_recovery_code(session: AsyncSession, kit: FactorKit, user: User, code: str, *, now: datetime) -> bool:
    """Whether it is one of the account's recovery codes; it isn't good again."""
    code_hash = recovery.hash_code(code, user.id, kit.recovery_key)
    if not await repository.use_recovery_code(session, user.id, code_hash, now):
        return False
    left = await repository.count_recovery_codes(session, user.id)
    await audit.record(session, action="recovery_code.used", actor=user.id, subject=user.id, after={"left": left})
    await mail.enqueue(session, Kind.RECOVERY_CODE_USED, user=user, data={"left": str(left)})
    return True


async def new_webauthn_challenge(
    session: AsyncSession,
    purpose: str,
    *,
    now: datetime,
    user_id: UUID | None = None,
    login_challenge: bytes | None = None,
) -> bytes:
    """Random bytes that an authenticator is to sign for this purpose, once."""
    challenge = secrets.token_bytes(32)
    await repository.add_webauthn_challenge(
        session,
        {
            "challenge_hash": hash_challenge(challenge),
            "purpose": purpose,
            "user_id": user_id,
            "login_challenge": login_challenge,
            "expires_at": now + _CHALLENGE_LIFE,
        },
    )
    return challenge


def key_method(passkey: Passkey) -> str:
    """As `amr` (RFC 8176): a key that stays in its hardware, or one that is synchronised."""
    return "swk" if passkey.backup_eligible else "hwk"


def hash_challenge(challenge: bytes) -> bytes:
    """What is stored of it."""
    return hash_token(challenge.hex())


def _required(kit: FactorKit, user: User) -> bool:
    return kit.admins_must and user.role == "admin"


async def _require_both_factors(session: AsyncSession, caller: CurrentUser, user: User) -> None:
    """Who has a second factor changes it in a login that began with one: a password alone must not replace it.

    Raises ReauthenticationRequired.
    """
    if await challenges.methods(session, user.id) and "mfa" not in await families.methods(session, caller.sid):
        raise ReauthenticationRequired("Log out, then log in again with your second factor.")


async def _added(
    session: AsyncSession,
    kit: FactorKit,
    caller: CurrentUser,
    user: User,
    what: dict[str, Any],
    methods: Sequence[str],
    *,
    first: bool,
    now: datetime,
) -> list[str] | None:
    await families.add_methods(session, caller.sid, [*methods, "mfa"])
    await audit.record(session, action="second_factor.added", actor=caller.id, subject=user.id, after=what)
    await mail.enqueue(session, Kind.SECOND_FACTOR_ADDED, user=user, data={"factor": _NAMES[what["factor"]]})
    return await _new_recovery_codes(session, kit, user, now) if first else None


async def _removed(
    session: AsyncSession, kit: FactorKit, caller: CurrentUser, user: User, what: dict[str, Any]
) -> None:
    """Raises LastSecondFactor."""
    if not await challenges.methods(session, user.id):
        if _required(kit, user):
            raise LastSecondFactor
        await repository.remove_recovery_codes(session, user.id)
    # Log-ins under way may be waiting for what is gone.
    await challenges.discard(session, user.id)
    await audit.record(session, action="second_factor.removed", actor=caller.id, subject=user.id, before=what)
    await mail.enqueue(session, Kind.SECOND_FACTOR_REMOVED, user=user, data={"factor": _NAMES[what["factor"]]})


async def _new_recovery_codes(session: AsyncSession, kit: FactorKit, user: User, now: datetime) -> list[str]:
    made = recovery.generate()
    hashes = [recovery.hash_code(code, user.id, kit.recovery_key) for code in made]
    await repository.put_recovery_codes(session, user.id, hashes, now)
    return made


def _about(user_id: UUID) -> bytes:
    return b"totp " + user_id.bytes


def _digits(code: str) -> str:
    return "".join(code.split())
