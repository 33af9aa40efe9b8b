"""Logging in over HTTP."""

from fastapi import APIRouter, Depends, status

from identity.http import never_stored, operation_id
from identity.login import service
from identity.login.errors import InvalidCredentials, InvalidRefreshToken, LoginDisabled
from identity.login.schemas import LoginIn, LoginOut, LoginUser, RefreshIn, Tokens
from identity.parts import PartsDep
from shared.db import DatabaseDep, SessionDep
from shared.errors import Unavailable, problem_responses

router = APIRouter(
    prefix="/api/auth", tags=["login"], dependencies=[Depends(never_stored)], generate_unique_id_function=operation_id
)

_REFRESH_RESPONSES = problem_responses(InvalidRefreshToken, Unavailable)


@router.post(
    "/login/",
    summary="Log in",
    responses=problem_responses(InvalidCredentials, LoginDisabled, Unavailable),
)
async def log_in(body: LoginIn, database: DatabaseDep, parts: PartsDep) -> LoginOut:
    await parts.keys.ready()
    user, issued = await service.log_in(database, parts, body.email, body.password)
    access = parts.access_tokens.issue(user, issued.login_id)
    return LoginOut(user=LoginUser.model_validate(user), access=access, refresh=issued.refresh)


@router.post("/refresh/", summary="Trade a refresh token for new tokens", responses=_REFRESH_RESPONSES)
@router.post(
    "/token/refresh/",
    summary="Trade a refresh token for new tokens",
    responses=_REFRESH_RESPONSES,
    operation_id="token_refresh",
)
async def refresh(body: RefreshIn, database: DatabaseDep, parts: PartsDep) -> Tokens:
    """A refresh token is good for one use. Using it again ends the login, except right after its first use: then the
    answer has the same successor."""
    await parts.keys.ready()
    # Its own transaction instead of the request's: the end of a family is committed although the answer is a refusal.
    async with database.transaction() as session:
        found = await service.refresh(session, parts, body.refresh)
    if found is None:
        raise InvalidRefreshToken("Please log in again.")
    user, issued = found
    return Tokens(access=parts.access_tokens.issue(user, issued.login_id), refresh=issued.refresh)


@router.post("/logout/", summary="Log out", status_code=status.HTTP_204_NO_CONTENT)
async def log_out(body: RefreshIn, session: SessionDep, parts: PartsDep) -> None:
    """Ends the login that the refresh token belongs to, with its access tokens. A token that isn't good any more is as
    good as logged out."""
    await service.log_out(session, parts, body.refresh)
