"""The audit log over HTTP, for admins."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from identity.accounts import service as accounts
from identity.audit.schemas import AuditEntry
from identity.http import never_stored, operation_id
from shared import audit
from shared.auth import AdminUser
from shared.db import SessionDep
from shared.errors import Forbidden, InvalidInput, NotFound, problem_responses
from shared.pagination import COUNT_CAP, Page, PageDep

router = APIRouter(
    prefix="/api/users", tags=["users"], dependencies=[Depends(never_stored)], generate_unique_id_function=operation_id
)


@router.get(
    "/{user_id}/audit/", summary="What happened to an account", responses=problem_responses(Forbidden, NotFound)
)
async def read_audit(
    user_id: UUID, _admin: AdminUser, session: SessionDep, page: PageDep, response: Response
) -> list[AuditEntry]:
    """Newest first: logins, and whatever changed how somebody logs in or what they may do."""
    await accounts.get(session, user_id)
    found = await audit.find(session, user_id, before=_before(page), offset=page.offset, limit=page.size + 1)
    shown = found[: page.size]
    more = [str(shown[-1].id)] if len(found) > page.size else None
    response.headers.update(page.headers(await audit.count(session, user_id, cap=COUNT_CAP), next_cursor=more))
    return [AuditEntry.model_validate(entry) for entry in shown]


def _before(page: Page) -> UUID | None:
    if not page.cursor:
        return None
    try:
        (entry_id,) = page.cursor
        return UUID(entry_id)
    except (ValueError, TypeError, AttributeError):
        raise InvalidInput(errors={"cursor": ["Use the cursor of a `next` link"]}) from None
