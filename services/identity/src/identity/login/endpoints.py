"""Logging in over HTTP."""

from fastapi import APIRouter, Depends, Request, Response, status

from identity.browser import BrowserDep, CrossSite, refresh_token
from identity.devices import DeviceDep
from identity.http import never_stored, operation_id
from identity.login import service
from identity.login.errors import InvalidCredentials, InvalidRefreshToken, LoginDisabled
from identity.login.schemas import BrowserLogin, BrowserToken, LoginIn, LoginOut, LoginUser, RefreshIn, Tokens
from identity.parts import PartsDep
from shared.db import DatabaseDep, SessionDep
from shared.errors import Unavailable, problem_responses
from shared.web import problem_response

router = APIRouter(
    prefix="/api/auth", tags=["login"], dependencies=[Depends(never_stored)], generate_unique_id_function=operation_id
)

_REFRESH_RESPONSES = problem_responses(InvalidRefreshToken, CrossSite, Unavailable)


@router.post(
    "/login/",
    summary="Log in",
    responses=problem_responses(InvalidCredentials, LoginDisabled, CrossSite, Unavailable),
)
async def log_in(
    body: LoginIn,
    browser: BrowserDep,
    device: DeviceDep,
    database: DatabaseDep,
    parts: PartsDep,
    response: Response,
) -> LoginOut | BrowserLogin:
    await parts.keys.ready()
    if browser is not None:
        device = device.marked()
    account, issued = await service.log_in(database, parts, body.email, body.password, device=device)
    user = LoginUser.model_validate(account)
    access = parts.access_tokens.issue(account, issued.login_id, issued.methods)
    if browser is None:
        return LoginOut(user=user, access=access, refresh=issued.refresh)
    browser.remember(response, issued.refresh, parts.refresh_tokens.life)
    device.remember(response)
    return BrowserLogin(user=user, access=access)


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
