"""Second factors over HTTP: one's own, logging in with them, and an admin's help for who has lost theirs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from fastapi import APIRouter, Depends, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import service as accounts
from identity.accounts.errors import OwnAccount
from identity.accounts.models import User
from identity.browser import BrowserDep, CrossSite
from identity.devices import DeviceDep
from identity.factors import logins, service
from identity.factors.errors import (
    InvalidChallenge,
    InvalidPasskey,
    InvalidSecondFactor,
    LastSecondFactor,
    NoSecondFactor,
    PasskeyExists,
    TooManyPasskeys,
    TotpNotStarted,
)
from identity.factors.logins import Proof
from identity.factors.schemas import (
    Confirmed,
    FactorAdded,
    Options,
    PasskeyAdded,
    PasskeyChange,
    PasskeyIn,
    PasskeyLoginIn,
    PasskeyOptionsIn,
    PasskeyOut,
    Reason,
    RecoveryCodes,
    SecondFactors,
    SecondStepIn,
    TotpCode,
    TotpEnrolment,
)
from identity.http import never_stored, operation_id
from identity.login import answers
from identity.login.errors import LastLoginMethod, LoginDisabled, ReauthenticationRequired
from identity.login.schemas import BrowserLogin, LoginOut
from identity.login.service import reauthenticate
from identity.parts import Parts, PartsDep
from identity.throttle.errors import TooManyAttempts
from shared.auth import AdminUser, AuthUser, CurrentUser
from shared.db import Database, DatabaseDep, SessionDep
from shared.errors import Forbidden, InvalidInput, NotFound, Unavailable, problem_responses

own = APIRouter(
    prefix="/api/auth",
    tags=["second factors"],
    dependencies=[Depends(never_stored)],
    generate_unique_id_function=operation_id,
)
users = APIRouter(
    prefix="/api/users", tags=["users"], dependencies=[Depends(never_stored)], generate_unique_id_function=operation_id
)

_LOGIN_RESPONSES = problem_responses(InvalidChallenge, InvalidSecondFactor, TooManyAttempts, CrossSite, Unavailable)


@asynccontextmanager
async def _change(
    session: AsyncSession, database: Database, parts: Parts, caller: CurrentUser, current_password: str | None
) -> AsyncIterator[tuple[AsyncSession, User]]:
    """A transaction in which an account's owner, who has just proved it, changes how they log in; its row is locked.

    Raises what `reauthenticate` does.
    """
    # The caller is known: give the request's connection back before a password is hashed.
    await session.commit()
    checked = await reauthenticate(database, parts, caller, current_password)
    async with database.transaction() as changing:
        user = await accounts.confirm(changing, checked, alone=True)
        if user is None:
            raise InvalidInput(errors={"current_password": ["It was changed a moment ago"]})
        yield changing, user


@own.get("/second-factors/", summary="Own second factors")
async def read_second_factors(caller: AuthUser, session: SessionDep, parts: PartsDep) -> SecondFactors:
    user = await accounts.get(session, caller.id)
    return SecondFactors.model_validate(await service.overview(session, parts.factors, user))


@own.post(
    "/second-factors/totp/",
    summary="Start to use an authenticator app",
    responses=problem_responses(ReauthenticationRequired, Unavailable),
)
async def start_totp(
    body: Confirmed, caller: AuthUser, session: SessionDep, database: DatabaseDep, parts: PartsDep
) -> TotpEnrolment:
    """A new secret, which waits ten minutes for its first code. An app in use stays good until then."""
    async with _change(session, database, parts, caller, body.current_password) as (changing, user):
        return TotpEnrolment.model_validate(
            await service.start_totp(changing, parts.factors, caller, user, now=parts.clock())
        )


@own.post(
    "/second-factors/totp/confirm/",
    summary="Confirm an authenticator app by its first code",
    responses=problem_responses(TotpNotStarted),
)
async def confirm_totp(body: TotpCode, caller: AuthUser, session: SessionDep, parts: PartsDep) -> FactorAdded:
    """From now on the account logs in with a second factor. This login counts as one that did: its next refresh says
    so. An app that was in use is replaced."""
    user = await accounts.hold(session, caller.id)
    codes = await service.confirm_totp(session, parts.factors, caller, user, body.code, now=parts.clock())
    return FactorAdded(recovery_codes=codes)


@own.post(
    "/second-factors/totp/disable/",
    summary="Stop using an authenticator app",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(ReauthenticationRequired, LastSecondFactor, Unavailable),
)
async def disable_totp(
    body: Confirmed, caller: AuthUser, session: SessionDep, database: DatabaseDep, parts: PartsDep
) -> None:
    """Recovery codes end with the last second factor."""
    async with _change(session, database, parts, caller, body.current_password) as (changing, user):
        await service.disable_totp(changing, parts.factors, caller, user)


@own.post(
    "/second-factors/recovery-codes/",
    summary="Make new recovery codes",
    responses=problem_responses(ReauthenticationRequired, NoSecondFactor, Unavailable),
)
async def renew_recovery_codes(
    body: Confirmed, caller: AuthUser, session: SessionDep, database: DatabaseDep, parts: PartsDep
) -> RecoveryCodes:
    """The ones before are good for nothing any more."""
    async with _change(session, database, parts, caller, body.current_password) as (changing, user):
        codes = await service.renew_recovery_codes(changing, parts.factors, caller, user, now=parts.clock())
    return RecoveryCodes(recovery_codes=codes)


@own.post(
    "/passkeys/options/",
    summary="Start to add a passkey",
    responses=problem_responses(ReauthenticationRequired, TooManyPasskeys, Unavailable),
)
async def start_passkey(
    body: Confirmed, caller: AuthUser, session: SessionDep, database: DatabaseDep, parts: PartsDep
) -> Options:
    """Options for the browser's `navigator.credentials.create`, by `parseCreationOptionsFromJSON`, for five minutes."""
    async with _change(session, database, parts, caller, body.current_password) as (changing, user):
        return await service.passkey_options(changing, parts.factors, caller, user, now=parts.clock())


@own.get("/passkeys/", summary="Own passkeys")
async def list_passkeys(caller: AuthUser, session: SessionDep) -> list[PasskeyOut]:
    """Newest first."""
    return [PasskeyOut.model_validate(passkey) for passkey in await service.passkeys(session, caller.id)]


@own.post(
    "/passkeys/",
    summary="Add a passkey",
    status_code=status.HTTP_201_CREATED,
    responses=problem_responses(PasskeyExists, TooManyPasskeys),
)
async def add_passkey(body: PasskeyIn, caller: AuthUser, session: SessionDep, parts: PartsDep) -> PasskeyAdded:
    """What the browser made of the options. This login counts as one with a second factor: its next refresh says so."""
    user = await accounts.hold(session, caller.id)
    passkey, codes = await service.add_passkey(
        session, parts.factors, caller, user, body.name, body.credential, now=parts.clock()
    )
    return PasskeyAdded(passkey=PasskeyOut.model_validate(passkey), recovery_codes=codes)


@own.patch("/passkeys/{passkey_id}/", summary="Rename a passkey", responses=problem_responses(NotFound))
async def rename_passkey(passkey_id: UUID, body: PasskeyChange, caller: AuthUser, session: SessionDep) -> PasskeyOut:
    return PasskeyOut.model_validate(await service.rename_passkey(session, caller.id, passkey_id, body.name))


@own.post(
    "/passkeys/{passkey_id}/remove/",
    summary="Remove a passkey",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(NotFound, ReauthenticationRequired, LastSecondFactor, LastLoginMethod, Unavailable),
)
async def remove_passkey(
    passkey_id: UUID, body: Confirmed, caller: AuthUser, session: SessionDep, database: DatabaseDep, parts: PartsDep
) -> None:
    """Recovery codes end with the last second factor."""
    async with _change(session, database, parts, caller, body.current_password) as (changing, user):
        await service.remove_passkey(changing, parts.factors, caller, user, passkey_id)


@own.post("/login/second-factor/", summary="Finish a login by a second factor", responses=_LOGIN_RESPONSES)
async def log_in_second_step(
    body: SecondStepIn,
    browser: BrowserDep,
    device: DeviceDep,
    database: DatabaseDep,
    parts: PartsDep,
    response: Response,
) -> LoginOut | BrowserLogin:
    """For a login that was answered 403 `second_factor_required`. Its challenge is good for five minutes, five attempts
    and one login."""
    wanted = "credential" if body.method == "passkey" else "code"
    if getattr(body, wanted) is None:
        raise InvalidInput(errors={wanted: ["Field required"]})
    await parts.keys.ready()
    device = answers.marked(device, browser)
    proof = Proof(body.method, body.code or "", body.credential)
    account, issued = await logins.second_step(database, parts, body.challenge, proof, device=device)
    return answers.logged_in(response, parts, account, issued, browser, device)


@own.post(
    "/passkeys/login/options/", summary="Start to log in by a passkey", responses=problem_responses(InvalidChallenge)
)
async def start_passkey_login(session: SessionDep, parts: PartsDep, body: PasskeyOptionsIn | None = None) -> Options:
    """Options for the browser's `navigator.credentials.get`, by `parseRequestOptionsFromJSON`, for five minutes.

    With the challenge of a login's first step they are for its second one."""
    return await logins.passkey_options(session, parts, body.challenge if body else None)


@own.post(
    "/passkeys/login/",
    summary="Log in by a passkey",
    responses=problem_responses(InvalidPasskey, LoginDisabled, CrossSite, Unavailable),
)
async def log_in_by_passkey(
    body: PasskeyLoginIn,
    browser: BrowserDep,
    device: DeviceDep,
    database: DatabaseDep,
    parts: PartsDep,
    response: Response,
) -> LoginOut | BrowserLogin:
    """Without a password: a passkey is two factors at once, what somebody has and what they are or know."""
    await parts.keys.ready()
    device = answers.marked(device, browser)
    account, issued = await logins.passkey_login(database, parts, body.credential, device=device)
    return answers.logged_in(response, parts, account, issued, browser, device)


@users.post(
    "/{user_id}/second-factors/reset/",
    summary="Take somebody's second factors away",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(Forbidden, NotFound, OwnAccount),
)
async def reset_second_factors(
    user_id: UUID, admin: AdminUser, session: SessionDep, parts: PartsDep, body: Reason | None = None
) -> None:
    """For people who have lost them, and whom you know to be who they say. Ends their logins; they are told by mail,
    and log in by their password alone."""
    user = await accounts.hold(session, user_id)
    if user.id == admin.id:
        raise OwnAccount("Remove your own second factors on your security page.")
    reason = body.reason if body else ""
    await service.reset(session, user, actor=admin.id, reason=reason, now=parts.clock())
