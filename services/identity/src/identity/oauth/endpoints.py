"""Logging in with providers over HTTP, linking them, and their apps for admins."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response, status
from sqlalchemy.exc import DBAPIError

from identity.browser import Browser, by_tls
from identity.devices import Device, DeviceDep
from identity.factors.challenges import SecondFactorNeeded
from identity.http import never_stored, operation_id
from identity.login import service as logins
from identity.login.errors import LastLoginMethod, ReauthenticationRequired
from identity.oauth import apps, linked, service
from identity.oauth.errors import AppExists, InvalidState, NotLinked, ProviderOff
from identity.oauth.models import OAuthApp
from identity.oauth.providers import NAMES, Provider
from identity.oauth.redirects import StateCookie, safe_next, to, to_second_step
from identity.oauth.schemas import AppChange, AppIn, AppOut, LinkedOut, LinkIn, LinkOut, ProviderOut, UnlinkIn
from identity.oauth.service import Answer, Pending, Started
from identity.parts import Parts, PartsDep
from shared.auth import AdminUser, AuthUser
from shared.db import Database, DatabaseDep, SessionDep
from shared.errors import AppError, Forbidden, NotFound, Unavailable, problem_responses
from shared.logging import get_logger
from shared.web import is_infrastructure_error

log = get_logger(__name__)

router = APIRouter(
    prefix="/api/auth/oauth",
    tags=["oauth"],
    dependencies=[Depends(never_stored)],
    generate_unique_id_function=operation_id,
)
# Where providers send browsers back to, at addresses that are registered there.
callbacks = APIRouter(include_in_schema=False)

ProviderPath = Annotated[Provider, Path(examples=["google"])]

_LOGIN_PAGE = "/login"
_ACCOUNT_PAGE = "/profile/account"


@router.get("/providers/", summary="Providers to log in with")
async def list_providers(session: SessionDep, parts: PartsDep) -> list[ProviderOut]:
    """Only those that are set up here."""
    found = await apps.configured(session, parts)
    return [ProviderOut(provider=each, name=NAMES[each], login_url=f"/api/auth/oauth/{each}/login/") for each in found]


@router.get(
    "/{provider}/login/",
    summary="Log in with a provider",
    status_code=status.HTTP_302_FOUND,
    response_class=Response,
    responses={
        **problem_responses(NotFound),
        302: {"description": "To the provider, or to the login page with a `reason`"},
    },
)
async def log_in_with(
    provider: ProviderPath,
    request: Request,
    device: DeviceDep,
    database: DatabaseDep,
    parts: PartsDep,
    wanted: Annotated[str | None, Query(alias="next", description="A path of this site to go on at afterwards")] = None,
) -> Response:
    """For browsers, to go to. The provider sends them back; then they are logged in."""
    path = safe_next(wanted)
    try:
        async with database.transaction() as session:
            started = await service.start_login(session, parts, provider, device=device, path=path)
    except ProviderOff as refusal:
        return to(_LOGIN_PAGE, reason=refusal.code, next=path)
    response = to(started.url)
    _remember(request, response, provider, started)
    return response


@callbacks.get("/accounts/{provider}/login/callback/")
async def come_back(
    provider: ProviderPath, request: Request, device: DeviceDep, database: DatabaseDep, parts: PartsDep
) -> Response:
    """The end of an attempt: logged in or linked, or back on a page that says why not."""
    query = request.query_params
    # A parameter that comes twice isn't one (RFC 6749, 3.1).
    given = {name: query.get(name) for name in ("state", "code", "error", "iss") if len(query.getlist(name)) == 1}
    cookie = StateCookie(request, provider, given.get("state") or "")
    answer = Answer(given.get("code"), given.get("error"), given.get("iss"))
    pending = None
    try:
        async with database.transaction() as session:
            pending = await service.take(session, parts, provider, state=given.get("state"), cookie=cookie.value)
        if pending is None:
            raise InvalidState
        response = await _finish(database, parts, pending, answer, device, request)
    except AppError as refusal:
        response = _refused(pending, refusal.code)
    except DBAPIError as error:
        if not is_infrastructure_error(error):
            raise
        log.warning("database unavailable", error=str(error.orig))
        response = _refused(pending, Unavailable.code)
    if cookie.value is not None:
        cookie.delete(response)
    return response


async def _finish(
    database: Database, parts: Parts, pending: Pending, answer: Answer, device: Device, request: Request
) -> Response:
    identity = await service.identify(database, parts, pending, answer)
    if pending.purpose == "link":
        async with database.transaction() as session:
            await service.link(session, parts, pending, identity)
        return to(_ACCOUNT_PAGE, linked=pending.provider)
    device = replace(device, secret=pending.device_secret).marked()
    async with database.transaction() as session:
        begun = await service.log_in(session, parts, identity, device=device)
    if isinstance(begun, SecondFactorNeeded):
        return to_second_step(begun, pending.next)
    response = to("/auth/callback", next=pending.next)
    Browser("", by_tls(request)).remember(response, begun.refresh, parts.refresh_tokens.life)
    device.remember(response)
    return response


def _refused(pending: Pending | None, reason: str) -> Response:
    if pending is not None and pending.purpose == "link":
        return to(_ACCOUNT_PAGE, reason=reason)
    return to(_LOGIN_PAGE, reason=reason, **({"next": pending.next} if pending is not None else {}))


def _remember(request: Request, response: Response, provider: Provider, started: Started) -> None:
    StateCookie(request, provider, started.state).set(response, started.cookie)


@router.post(
    "/{provider}/link/",
    summary="Link a provider to the own account",
    responses=problem_responses(ReauthenticationRequired, ProviderOff, Unavailable),
)
async def link_provider(
    provider: ProviderPath,
    body: LinkIn,
    user: AuthUser,
    device: DeviceDep,
    request: Request,
    response: Response,
    session: SessionDep,
    database: DatabaseDep,
    parts: PartsDep,
) -> LinkOut:
    """Gives the address to send this very browser to; the provider sends it back to the page of linked accounts."""
    # The caller is known: give the request's connection back before a password is hashed.
    await session.commit()
    await logins.reauthenticate(database, parts, user, body.current_password)
    async with database.transaction() as own:
        started = await service.start_link(own, parts, provider, user, device=device)
    _remember(request, response, provider, started)
    return LinkOut(authorize_url=started.url)


@router.get("/accounts/", summary="Providers linked to the own account")
async def list_linked(user: AuthUser, session: SessionDep) -> list[LinkedOut]:
    return await linked.shown(session, user.id)


@router.post(
    "/accounts/{provider}/unlink/",
    summary="Unlink a provider from the own account",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(ReauthenticationRequired, NotLinked, LastLoginMethod, Unavailable),
)
async def unlink_provider(
    provider: ProviderPath, body: UnlinkIn, user: AuthUser, session: SessionDep, database: DatabaseDep, parts: PartsDep
) -> None:
    """Logins that began with it go on; end them among the devices."""
    await session.commit()
    await logins.reauthenticate(database, parts, user, body.current_password)
    async with database.transaction() as own:
        await service.unlink(own, parts, user, provider)


@router.get("/apps/", summary="Apps that were entered for providers", responses=problem_responses(Forbidden))
async def list_apps(_admin: AdminUser, session: SessionDep, parts: PartsDep) -> list[AppOut]:
    """Those entered here. One overrides what the environment says of its provider."""
    return [_app(row, parts) for row in await apps.entered(session)]


@router.post(
    "/apps/",
    summary="Enter an app for a provider",
    status_code=status.HTTP_201_CREATED,
    responses=problem_responses(Forbidden, AppExists),
)
async def enter_app(body: AppIn, admin: AdminUser, session: SessionDep, parts: PartsDep) -> AppOut:
    """Counts at once, in every replica. The secret is kept encrypted and never shown again."""
    fields = body.model_dump(exclude={"provider"})
    return _app(await apps.enter(session, parts, admin, body.provider, fields), parts)


@router.get("/apps/{provider}/", summary="An app", responses=problem_responses(Forbidden, NotFound))
async def read_app(provider: ProviderPath, _admin: AdminUser, session: SessionDep, parts: PartsDep) -> AppOut:
    return _app(await apps.read(session, provider), parts)


@router.put(
    "/apps/{provider}/",
    summary="Change an app",
    responses=problem_responses(Forbidden, NotFound),
    operation_id="replace_app",
)
@router.patch(
    "/apps/{provider}/",
    summary="Change an app",
    responses=problem_responses(Forbidden, NotFound),
    operation_id="update_app",
)
async def update_app(
    provider: ProviderPath, body: AppChange, admin: AdminUser, session: SessionDep, parts: PartsDep
) -> AppOut:
    """Partial either way. `enabled: false` switches the provider off, whatever the environment says."""
    changes = body.model_dump(exclude_unset=True)
    return _app(await apps.change(session, parts, admin, provider, changes), parts)


@router.delete(
    "/apps/{provider}/",
    summary="Delete an app",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(Forbidden, NotFound),
)
async def delete_app(provider: ProviderPath, admin: AdminUser, session: SessionDep) -> None:
    """What the environment says of the provider counts again."""
    await apps.remove(session, admin, provider)


def _app(row: OAuthApp, parts: Parts) -> AppOut:
    provider = Provider(row.provider)
    return AppOut(
        provider=provider,
        client_id=row.client_id,
        enabled=row.enabled,
        redirect_uri=parts.oauth.providers.redirect_uri(provider),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
