"""Accounts over HTTP: one's own, and everybody's for admins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Response, status

from identity.accounts import admins, service
from identity.accounts.errors import AccountAnonymised, EmailTaken, LastAdmin, OwnAccount, UsernameTaken
from identity.accounts.listing import FiltersDep, OrderingDep
from identity.accounts.schemas import (
    BecameCreator,
    PasswordChangeIn,
    Profile,
    ProfileIn,
    Registered,
    RegisterIn,
    UserChange,
    UserIn,
    UserOut,
    UserStats,
)
from identity.browser import BrowserDep, CrossSite
from identity.confirmations import service as confirmations
from identity.http import never_stored, operation_id
from identity.login import service as logins
from identity.login.errors import ReauthenticationRequired
from identity.login.schemas import BrowserLogin, LoginUser
from identity.parts import PartsDep
from identity.throttle.errors import TooManyAttempts
from shared import tracing
from shared.auth import AdminUser, AuthUser
from shared.clock import Day
from shared.db import DatabaseDep, SessionDep
from shared.errors import Forbidden, NotFound, Unavailable, problem_responses
from shared.idempotency import IdempotencyDep
from shared.pagination import PAGE_HEADERS, PageDep

own = APIRouter(
    prefix="/api/auth",
    tags=["accounts"],
    dependencies=[Depends(never_stored)],
    generate_unique_id_function=operation_id,
)
users = APIRouter(
    prefix="/api/users", tags=["users"], dependencies=[Depends(never_stored)], generate_unique_id_function=operation_id
)

_CHANGE_RESPONSES = problem_responses(
    Forbidden, NotFound, EmailTaken, UsernameTaken, OwnAccount, LastAdmin, AccountAnonymised
)


@own.post(
    "/register/",
    summary="Register",
    status_code=status.HTTP_201_CREATED,
    responses=problem_responses(EmailTaken, UsernameTaken, TooManyAttempts, Unavailable),
)
async def register(body: RegisterIn, session: SessionDep, parts: PartsDep) -> Registered:
    """Opens an account as a user or a creator, and mails a link that confirms its address. Log in afterwards."""
    await parts.throttle.register(tracing.client.get().address)
    user = await confirmations.register(session, parts, body.model_dump())
    return Registered.model_validate(user)


@own.get("/profile/", summary="Own profile")
async def read_profile(user: AuthUser, session: SessionDep) -> Profile:
    return Profile.model_validate(await service.get(session, user.id))


@own.put("/profile/", summary="Change the own profile", operation_id="replace_profile")
@own.patch("/profile/", summary="Change the own profile", operation_id="update_profile")
async def update_profile(
    body: ProfileIn, user: AuthUser, session: SessionDep, parts: PartsDep, later: BackgroundTasks
) -> Profile:
    """Partial either way: what isn't given stays. E-mail address and role can't be changed here and are ignored.

    `avatar: null` takes the picture away; a stored picture that is replaced is deleted."""
    before = (await service.get(session, user.id)).avatar
    changes = body.model_dump(exclude_unset=True)
    changed = await service.update_profile(session, user.id, changes, now=parts.clock())
    if changed.avatar != before:
        later.add_task(parts.pictures.discard, before)
    return Profile.model_validate(changed)


@own.post(
    "/password/change/",
    summary="Change the own password",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(ReauthenticationRequired, TooManyAttempts, Unavailable),
)
async def change_password(
    body: PasswordChangeIn, user: AuthUser, session: SessionDep, database: DatabaseDep, parts: PartsDep
) -> None:
    """Ends all other logins of the account; the one that asks goes on."""
    # The caller is known: give the request's connection back before passwords are hashed.
    await session.commit()
    checked = await logins.reauthenticate(database, parts, user, body.current_password)
    await service.change_password(database, parts.passwords, parts.clock, user, checked, new=body.new_password)


@own.post("/become-creator/", summary="Become a creator", responses=problem_responses(CrossSite, Unavailable))
async def become_creator(
    user: AuthUser, browser: BrowserDep, session: SessionDep, parts: PartsDep, response: Response
) -> BecameCreator | BrowserLogin:
    """The account with its new role, and tokens that say so; they replace the ones before. For creators and admins
    nothing changes but the tokens."""
    account = await service.become_creator(session, user.id, now=parts.clock())
    issued = await logins.carry_on(session, parts, user)
    access = parts.access_tokens.issue(account, issued.login_id, issued.methods)
    if browser is None:
        return BecameCreator(user=LoginUser.model_validate(account), access=access, refresh=issued.refresh)
    browser.remember(response, issued.refresh, parts.refresh_tokens.life)
    return BrowserLogin(user=LoginUser.model_validate(account), access=access)


@users.get("/", summary="All accounts", responses={**PAGE_HEADERS, **problem_responses(Forbidden)})
async def list_users(
    _admin: AdminUser,
    session: SessionDep,
    page: PageDep,
    filters: FiltersDep,
    response: Response,
    ordering: OrderingDep = "-created_at",
) -> list[UserOut]:
    """Newest first."""
    found, headers = await service.find(session, filters, ordering, page)
    response.headers.update(headers)
    return [UserOut.model_validate(user) for user in found]


@users.post(
    "/",
    summary="Open an account for somebody",
    status_code=status.HTTP_201_CREATED,
    responses={
        **problem_responses(Forbidden, EmailTaken, UsernameTaken, Unavailable),
        201: {"model": UserOut, "description": "The new account"},
    },
)
async def create_user(
    body: UserIn, admin: AdminUser, session: SessionDep, parts: PartsDep, idempotency: IdempotencyDep
) -> Response:
    """Any role, admin included."""

    async def create() -> UserOut:
        fields = {**body.model_dump(exclude={"reason"}), "role": body.role.value}
        user = await service.register(session, parts.passwords, fields, now=parts.clock())
        await admins.open_for(session, admin.id, user, reason=body.reason)
        return UserOut.model_validate(user)

    return await idempotency.run(session, admin, create)


@users.get("/stats/", summary="How many accounts there are", responses=problem_responses(Forbidden))
async def read_user_stats(
    _admin: AdminUser,
    session: SessionDep,
    parts: PartsDep,
    first: Annotated[Day | None, Query(alias="from", description="First UTC day of the registrations")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last UTC day of them, included")] = None,
) -> UserStats:
    """How many there are now, and who joined in the period."""
    return await service.stats(session, first, last, now=parts.clock())


@users.get("/{user_id}/", summary="One account", responses=problem_responses(Forbidden, NotFound))
async def read_user(user_id: UUID, _admin: AdminUser, session: SessionDep) -> UserOut:
    return UserOut.model_validate(await service.get(session, user_id))


@users.put("/{user_id}/", summary="Change an account", responses=_CHANGE_RESPONSES, operation_id="replace_user")
@users.patch("/{user_id}/", summary="Change an account", responses=_CHANGE_RESPONSES, operation_id="update_user")
async def update_user(
    user_id: UUID, body: UserChange, admin: AdminUser, session: SessionDep, parts: PartsDep, later: BackgroundTasks
) -> UserOut:
    """Partial either way. `is_active: false` deactivates the account and ends its logins; true brings it back."""
    changes = body.model_dump(exclude_unset=True, exclude={"reason"})
    if "role" in changes:
        changes["role"] = body.role.value
    before = (await service.get(session, user_id)).avatar
    changed = await admins.administer(session, admin, user_id, changes, reason=body.reason, now=parts.clock())
    if changed.avatar != before:
        later.add_task(parts.pictures.discard, before)
    return UserOut.model_validate(changed)


@users.delete(
    "/{user_id}/",
    summary="Delete an account",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(Forbidden, NotFound, OwnAccount, LastAdmin),
)
async def delete_user(
    user_id: UUID,
    admin: AdminUser,
    session: SessionDep,
    parts: PartsDep,
    later: BackgroundTasks,
    reason: Annotated[str, Query(max_length=500, description="Why, for the audit log")] = "",
) -> None:
    """Deactivates the account and forgets whose it was. Its bookings and sessions stay whole."""
    # After the answer, which comes after the commit.
    later.add_task(parts.pictures.discard, (await service.get(session, user_id)).avatar)
    await admins.anonymise(session, admin, user_id, reason=reason, now=parts.clock())
