"""The audit log over HTTP, for admins."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from identity.accounts import service as accounts
from identity.http import never_stored, operation_id
from shared.audit import Scope
from shared.audit_endpoints import AuditEntry, entries
from shared.auth import AdminUser
from shared.db import SessionDep
from shared.errors import Forbidden, NotFound, problem_responses
from shared.pagination import PageDep

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
    return await entries(session, Scope(subject=user_id), page, response)
