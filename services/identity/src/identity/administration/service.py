"""Use cases of admins over many accounts; each is a use case of the accounts or the logins, done many times."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import admins
from identity.accounts import service as accounts
from identity.accounts.schemas import Filters
from identity.administration.schemas import UsersBulk
from identity.login import service as logins
from shared import audit
from shared.auth import CurrentUser
from shared.bulk import Command, Unchanged


async def export(session: AsyncSession, admin: CurrentUser, filters: Filters, ordering: str) -> Select[Any]:
    """What finds all rows of the list for a file; that somebody asked is noted."""
    await audit.exported(session, "accounts", admin.id, filters)
    return accounts.every(filters, ordering)


def command(admin: CurrentUser, body: UsersBulk, now: datetime) -> Command:
    """What a bulk request does with each account."""
    changes: dict[str, Any] = {}
    if body.action == "set_role" and body.role is not None:
        changes = {"role": body.role.value}
    elif body.action != "log_out":
        changes = {"is_active": body.action == "activate"}

    async def run(session: AsyncSession, user_id: UUID) -> None:
        if not changes:
            await logins.log_out_everywhere(session, admin, user_id, reason=body.reason, now=now)
            return
        before = await accounts.get(session, user_id)
        if all(getattr(before, name) == value for name, value in changes.items()):
            raise Unchanged("Nothing is left to do.")
        await admins.administer(session, admin, user_id, changes, reason=body.reason, now=now)

    return run
