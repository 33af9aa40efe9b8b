"""Logging in by a second factor, or by a passkey alone.

Part of the slice's use cases, and apart from the others because login asks those. A refusal comes back as a value,
so that what was counted or used up for it is committed.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import service as accounts
from identity.accounts.models import User
from identity.devices import Device
from identity.factors import ceremonies, challenges, repository, service
from identity.factors.ceremonies import Refused
from identity.factors.errors import InvalidChallenge, InvalidPasskey, InvalidSecondFactor
from identity.factors.models import LoginChallenge, Passkey
from identity.login import families
from identity.login import service as logins
from identity.login.errors import LoginDisabled
from identity.login.families import Issued
from identity.mail import service as mail
from identity.mail.contents import Kind
from identity.parts import Parts
from shared import audit
from shared.db import Database
from shared.errors import AppError
from shared.logging import get_logger

log = get_logger(__name__)

Method = Literal["totp", "recovery_code", "passkey"]
LoggedIn = tuple[User, Issued]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the second step is answered with: a code, or what an authenticator signed."""

    method: Method
    code: str = ""
    credential: dict[str, Any] | None = None


async def second_step(database: Database, parts: Parts, token: str, proof: Proof, *, device: Device) -> LoggedIn:
    """Finish the login that a challenge belongs to. Raises InvalidChallenge, InvalidSecondFactor, TooManyAttempts."""
    async with database.transaction() as session:
        found = await challenges.find(session, token, parts.clock())
        if found is None:
            raise InvalidChallenge
        known = await families.known(session, found.user_id, device.secret_hash, parts.clock())
    # Beside the challenge's own few tries: who has the password can have any number of challenges.
    async with parts.throttle.attempt(
        "second factor", str(found.user_id), address=device.address, known_device=known
    ) as attempt:
        async with database.transaction() as session:
            outcome = await _second_step(session, parts, token, proof, device)
        if not isinstance(outcome, AppError):
            attempt.succeeded()
        return _raised(outcome)


async def passkey_login(database: Database, parts: Parts, credential: dict[str, Any], *, device: Device) -> LoggedIn:
    """Log in by a passkey, which says whose it is. Raises InvalidPasskey, and LoginDisabled after a right one only."""
    async with database.transaction() as session:
        outcome = await _passkey_login(session, parts, credential, device)
    return _raised(outcome)


async def passkey_options(session: AsyncSession, parts: Parts, token: str | None) -> dict[str, Any]:
    """What a browser needs to use a passkey: any of this site, or for a login's second step one of its account's.

    Raises InvalidChallenge.
    """
    now = parts.clock()
    party = parts.factors.relying_party
    if token is None:
        return party.request_options(await service.new_webauthn_challenge(session, "login", now=now))
    challenge = await challenges.find(session, token, now)
    if challenge is None:
        raise InvalidChallenge
    to_sign = await service.new_webauthn_challenge(
        session, "second_factor", now=now, user_id=challenge.user_id, login_challenge=challenge.token_hash
    )
    return party.request_options(to_sign, await service.passkeys(session, challenge.user_id))


async def _second_step(
    session: AsyncSession, parts: Parts, token: str, proof: Proof, device: Device
) -> LoggedIn | AppError:
    now = parts.clock()
    found = await challenges.find(session, token, now)
    if found is None:
        return InvalidChallenge()
    # The account before anything of it, as everybody does who changes it: they come before this login or after it.
    user = await accounts.share(session, found.user_id)
    left = await challenges.attempt(session, found, now)
    if left is None or not user.is_active:
        return InvalidChallenge()
    proven = await _prove(session, parts, user, found, proof)
    if proven is None:
        log.warning("second factor refused", user_id=str(user.id), method=proof.method, attempts_left=left)
        return InvalidSecondFactor(attempts_left=left)
    await challenges.close(session, found)
    methods = [*found.methods, *proven, "mfa"]
    return user, await logins.start(session, parts, user, methods=methods, device=device)


async def _prove(
    session: AsyncSession, parts: Parts, user: User, challenge: LoginChallenge, proof: Proof
) -> list[str] | None:
    """The methods that this was, or None if it proves nothing."""
    now = parts.clock()
    if proof.method == "totp":
        return ["otp"] if await service.check_code(session, parts.factors, user.id, proof.code, now=now) else None
    if proof.method == "recovery_code":
        used = await service.use_recovery_code(session, parts.factors, user, proof.code, now=now)
        return ["otp"] if used else None
    try:
        passkey, _ = await _use_passkey(session, parts, proof.credential or {}, challenge=challenge)
    except Refused as refusal:
        log.info("passkey refused", user_id=str(user.id), reason=str(refusal))
        return None
    return [service.key_method(passkey)]


async def _passkey_login(
    session: AsyncSession, parts: Parts, credential: dict[str, Any], device: Device
) -> LoggedIn | AppError:
    try:
        passkey, user = await _use_passkey(session, parts, credential)
    except Refused as refusal:
        log.info("passkey refused", reason=str(refusal))
        return InvalidPasskey()
    if not user.is_active:
        return LoginDisabled()
    methods = [service.key_method(passkey), "mfa"]
    return user, await logins.start(session, parts, user, methods=methods, device=device)


async def _use_passkey(
    session: AsyncSession, parts: Parts, credential: dict[str, Any], *, challenge: LoginChallenge | None = None
) -> tuple[Passkey, User]:
    """The passkey that signed a challenge of ours, and its account: that of the login challenge, if there is one.

    Raises Refused.
    """
    now = parts.clock()
    claim = ceremonies.claim(credential)
    taken = await repository.take_webauthn_challenge(
        session,
        service.hash_challenge(claim.challenge),
        purpose="login" if challenge is None else "second_factor",
        user_id=None if challenge is None else challenge.user_id,
        login_challenge=None if challenge is None else challenge.token_hash,
        now=now,
    )
    if not taken:
        raise Refused("the challenge is unknown, expired, answered, or for something else")
    passkey = await repository.passkey_by_credential(session, claim.credential_id)
    if passkey is None or (challenge is not None and passkey.user_id != challenge.user_id):
        raise Refused("the passkey is unknown here")
    # Where nobody has said before who logs in, the authenticator must (WebAuthn, 7.2).
    if claim.user_handle != passkey.user_id.bytes and (challenge is None or claim.user_handle is not None):
        raise Refused("the passkey is another account's")
    user = await accounts.share(session, passkey.user_id)
    signed = parts.factors.relying_party.verify_assertion(credential, claim.challenge, passkey.public_key)
    if signed.backup_eligible != passkey.backup_eligible:
        raise Refused("whether the passkey can be backed up has changed")
    used = await repository.use_passkey(
        session, passkey.id, sign_count=signed.sign_count, backed_up=signed.backed_up, at=now
    )
    if not used:
        raise Refused(await _not_used(session, user, claim.credential_id, signed.sign_count))
    return passkey, user


async def _not_used(session: AsyncSession, user: User, credential_id: bytes, sign_count: int) -> str:
    """Why a passkey that signed well wasn't used; its owner learns of what may be a copy."""
    passkey = await repository.passkey_by_credential(session, credential_id)
    if passkey is None:
        return "the passkey was removed meanwhile"
    log.warning("passkey's counter went back: is there a copy?", passkey=str(passkey.id))
    await audit.record(
        session,
        action="passkey.counter_went_back",
        actor=None,
        subject=user.id,
        before={"passkey": passkey.id, "counter": passkey.sign_count},
        after={"counter": sign_count},
    )
    await mail.enqueue(session, Kind.PASSKEY_COPIED, user=user, data={"passkey": passkey.name})
    return "the passkey's counter went back"


def _raised(outcome: LoggedIn | AppError) -> LoggedIn:
    if isinstance(outcome, AppError):
        raise outcome
    return outcome
