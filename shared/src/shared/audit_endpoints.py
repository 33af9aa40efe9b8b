"""Reading a service's audit log over HTTP, for admins."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from shared import audit
from shared.audit import Scope
from shared.auth import AdminUser
from shared.clock import UtcDatetime
from shared.db import SessionDep
from shared.errors import Forbidden, InvalidInput, problem_responses
from shared.pagination import COUNT_CAP, PAGE_HEADERS, Page, PageDep
from shared.web import never_stored


class AuditEntry(BaseModel):
    """Something that happened to an account or another thing."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    occurred_at: UtcDatetime
    action: str = Field(examples=["account.role_changed"])
    actor: UUID | None = Field(description="Whose request it was; null for commands on the server")
    subject: UUID
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    request_id: str | None
    address: str
    user_agent: str


def audit_router(service: str) -> APIRouter:
    """`GET /api/admin/<service>/audit/`: the whole log, what somebody did, what happened to something."""
    router = APIRouter(prefix=f"/api/admin/{service}", tags=["admin"], dependencies=[Depends(never_stored)])

    @router.get(
        "/audit/",
        summary=f"The audit log of {service}",
        operation_id=f"read_{service}_audit",
        responses={**PAGE_HEADERS, **problem_responses(Forbidden)},
    )
    async def read(
        _admin: AdminUser,
        session: SessionDep,
        page: PageDep,
        response: Response,
        actor: Annotated[UUID | None, Query(description="Who did it")] = None,
        subject: Annotated[UUID | None, Query(description="To what or whom it was done")] = None,
    ) -> list[AuditEntry]:
        """Newest first."""
        return await entries(session, Scope(subject, actor), page, response)

    return router


async def entries(session: AsyncSession, scope: Scope, page: Page, response: Response) -> list[AuditEntry]:
    """A page of the log, newest first, and its headers. Raises InvalidInput for a bad cursor."""
    found = await audit.find(session, scope, before=_before(page), offset=page.offset, limit=page.size + 1)
    shown = found[: page.size]
    more = [str(shown[-1].id)] if len(found) > page.size else None
    response.headers.update(page.headers(await audit.count(session, scope, cap=COUNT_CAP), next_cursor=more))
    return [AuditEntry.model_validate(entry) for entry in shown]


def _before(page: Page) -> UUID | None:
    if not page.cursor:
        return None
    try:
        (entry_id,) = page.cursor
        return UUID(entry_id)
    except (ValueError, TypeError, AttributeError):
        raise InvalidInput(errors={"cursor": ["Use the cursor of a `next` link"]}) from None
