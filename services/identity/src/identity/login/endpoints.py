"""Logging in over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, status

from identity.browser import BrowserDep, CrossSite, refresh_token
from identity.devices import DeviceDep
from identity.http import never_stored, operation_id
from identity.login import answers, service
from identity.login.errors import InvalidCredentials, InvalidRefreshToken, LoginDisabled, SecondStepRequired
from identity.login.schemas import (
    BrowserLogin,
    BrowserToken,
    DeviceOut,
    LoginIn,
    LoginOut,
    LogOutAllIn,
    LogOutUserIn,
    RefreshIn,
    Tokens,
)
from identity.parts import PartsDep
from identity.throttle.errors import TooManyAttempts
from shared.auth import AdminUser, AuthUser
from shared.db import DatabaseDep, SessionDep
from shared.errors import Forbidden, NotFound, Unavailable, problem_responses
from shared.idempotency import IdempotencyDep
from shared.pagination import PageDep
from shared.web import problem_response

router = APIRouter(
    prefix="/api/auth", tags=["login"], dependencies=[Depends(never_stored)], generate_unique_id_function=operation_id
)
users = APIRouter(
    prefix="/api/users", tags=["users"], dependencies=[Depends(never_stored)], generate_unique_id_function=operation_id
)

_REFRESH_RESPONSES = problem_responses(InvalidRefreshToken, CrossSite, Unavailable)


@router.post(
    "/login/",
    summary="Log in",
    responses=problem_responses(
        InvalidCredentials, LoginDisabled, SecondStepRequired, TooManyAttempts, CrossSite, Unavailable
    ),
)
async def log_in(
    body: LoginIn,
    browser: BrowserDep,
    device: DeviceDep,
    database: DatabaseDep,
    parts: PartsDep,
    response: Response,
) -> LoginOut | BrowserLogin:
    """Where the account has a second factor, the right password is answered 403 `second_factor_required` with a
    `challenge` and the `methods` that may answer it (`totp`, `recovery_code`, `passkey`)."""
    await parts.keys.ready()
    device = answers.marked(device, browser)
    account, issued = await service.log_in(database, parts, body.email, body.password, device=device)
    return answers.logged_in(response, parts, account, issued, browser, device)


@router.post(
    "/refresh/",
    summary="Trade a refresh token for new tokens",
    responses=_REFRESH_RESPONSES,
    response_model=Tokens | BrowserToken,
)
@router.post(
    "/token/refresh/",
    summary="Trade a refresh token for new tokens",
    responses=_REFRESH_RESPONSES,
    response_model=Tokens | BrowserToken,
    operation_id="token_refresh",
)
async def refresh(
    request: Request,
    browser: BrowserDep,
    device: DeviceDep,
    database: DatabaseDep,
    parts: PartsDep,
    response: Response,
    body: RefreshIn | None = None,
) -> Tokens | BrowserToken | Response:
    """A refresh token is good for one use. Using it again ends the login, except right after its first use: then the
    answer has the same successor.

    Pages send no body. Where their cookie isn't good any more, the refusal takes it away."""
    token = refresh_token(request, browser, body.refresh if body else None)
    await parts.keys.ready()
    # Its own transaction instead of the request's: the end of a family is committed although the answer is a refusal.
    async with database.transaction() as session:
        found = await service.refresh(session, parts, token, device=device)
    if found is None:
        refusal = InvalidRefreshToken("Please log in again.")
        if browser is None:
            raise refusal
        refused = problem_response(refusal)
        never_stored(refused)
        browser.forget(refused)
        return refused
    user, issued = found
    access = parts.access_tokens.issue(user, issued.login_id, issued.methods)
    if browser is None:
        return Tokens(access=access, refresh=issued.refresh)
    browser.remember(response, issued.refresh, parts.refresh_tokens.life)
    return BrowserToken(access=access)


@router.post(
    "/logout/", summary="Log out", status_code=status.HTTP_204_NO_CONTENT, responses=problem_responses(CrossSite)
)
async def log_out(
    request: Request,
    browser: BrowserDep,
    session: SessionDep,
    parts: PartsDep,
    response: Response,
    body: RefreshIn | None = None,
) -> None:
    """Ends the login that the refresh token belongs to, with its access tokens. A token that isn't good any more is as
    good as logged out. Pages send no body, and lose their cookies."""
    await service.log_out(session, parts, refresh_token(request, browser, body.refresh if body else None))
    if browser is not None:
        browser.forget(response)


@router.post(
    "/logout/all/",
    summary="Log out everywhere",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(CrossSite),
)
async def log_out_all(
    user: AuthUser,
    browser: BrowserDep,
    session: SessionDep,
    parts: PartsDep,
    response: Response,
    body: LogOutAllIn | None = None,
) -> None:
    """Ends all logins of the account, with their access tokens; this one, too, unless `except_current` is true."""
    keep_current = body is not None and body.except_current
    await service.log_out_everywhere(session, user, user.id, keep_current=keep_current, now=parts.clock())
    if browser is not None and not keep_current:
        browser.forget(response)


@router.get("/devices/", summary="Where the account is logged in")
async def list_devices(
    user: AuthUser, session: SessionDep, page: PageDep, parts: PartsDep, response: Response
) -> list[DeviceOut]:
    """The logins that go on, the latest used first."""
    found, total = await service.devices(session, user.id, parts.clock(), offset=page.offset, limit=page.size)
    response.headers.update(page.headers(total))
    return await service.shown(found, current=user.sid)


@router.delete(
    "/devices/{login_id}/",
    summary="Log a device out",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(NotFound),
)
async def log_out_device(login_id: UUID, user: AuthUser, session: SessionDep, parts: PartsDep) -> None:
    """Ends one of the account's logins, with its access tokens. A repeat changes nothing."""
    await service.log_out_device(session, user, login_id, now=parts.clock())


@users.post(
    "/{user_id}/logout-all/",
    summary="Log somebody out everywhere",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(Forbidden, NotFound),
)
async def log_user_out(
    user_id: UUID,
    admin: AdminUser,
    session: SessionDep,
    parts: PartsDep,
    idempotency: IdempotencyDep,
    body: LogOutUserIn | None = None,
) -> Response:
    """Ends all logins of an account, with their access tokens."""

    async def end() -> None:
        reason = body.reason if body is not None else ""
        await service.log_out_everywhere(session, admin, user_id, reason=reason, now=parts.clock())

    return await idempotency.run(session, admin, end, status_code=status.HTTP_204_NO_CONTENT)
