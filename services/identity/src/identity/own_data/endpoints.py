"""One's own data over HTTP: taken along, or left behind."""

from fastapi import APIRouter, Response, status

from identity.accounts.errors import LastAdmin
from identity.browser import BrowserDep, CrossSite
from identity.http import never_stored, operation_id
from identity.login.errors import ReauthenticationRequired
from identity.own_data import service
from identity.own_data.schemas import AccountExport, DeleteIn
from identity.parts import PartsDep
from shared.auth import AuthUser
from shared.db import DatabaseDep, SessionDep
from shared.errors import Unavailable, problem_responses
from shared.export import download

router = APIRouter(prefix="/api/auth", tags=["accounts"], generate_unique_id_function=operation_id)


@router.get("/export/", summary="Take the own account's data along", response_model=AccountExport)
async def export_account(user: AuthUser, session: SessionDep, database: DatabaseDep, parts: PartsDep) -> Response:
    """What is kept about the caller's account, as a file: no secrets, and nothing about others. The sessions and the
    bookings are at `/api/sessions/export/` and `/api/bookings/export/`."""
    own = await service.account(session, parts, user.id)
    return download(database, "identity", parts.clock(), service.lists(user.id), own)


@router.post(
    "/delete/",
    summary="Delete the own account",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(CrossSite, ReauthenticationRequired, LastAdmin, Unavailable),
)
async def delete_account(
    body: DeleteIn,
    user: AuthUser,
    browser: BrowserDep,
    session: SessionDep,
    database: DatabaseDep,
    parts: PartsDep,
    response: Response,
) -> None:
    """For good: whose it was is forgotten, every login ends, address and username are free again. A creator's sessions
    can't be found any more, and what others had booked of them ahead is cancelled. All other bookings stay as they
    are, and so does what others earned."""
    never_stored(response)
    # The caller is known: give the request's connection back before a password is hashed.
    await session.commit()
    await service.delete(database, parts, user, body.current_password)
    if browser is not None:
        browser.forget(response)
