"""What identity keeps of a person, all slices together: taken along, or left behind for good."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import service as accounts
from identity.factors import service as factors
from identity.factors.schemas import PasskeyOut
from identity.login import families
from identity.login import service as logins
from identity.mail import service as mail
from identity.oauth import linked
from identity.own_data.schemas import (
    OwnAuditLine,
    OwnFactors,
    OwnLink,
    OwnLinkedAccount,
    OwnLogin,
    OwnMail,
    OwnProfile,
)
from identity.parts import Parts
from shared import audit
from shared.audit import Scope
from shared.auth import CurrentUser
from shared.db import Database
from shared.export import PORTION, Read


async def account(session: AsyncSession, parts: Parts, user_id: UUID) -> dict[str, Any]:
    """The account itself, and what there is never much of, by their names in the export. Raises NotFound."""
    user = await accounts.get(session, user_id)
    has = await factors.overview(session, parts.factors, user)
    own_factors = OwnFactors(
        totp_since=has.totp_since,
        recovery_codes_left=has.recovery_codes_left,
        passkeys=[PasskeyOut.model_validate(row) for row in await factors.passkeys(session, user_id)],
    )
    own_links = [OwnLinkedAccount.model_validate(row) for row in await linked.of_user(session, user_id)]
    mails, links = await mail.kept(session, user_id)
    return {
        "profile": OwnProfile.model_validate(user).model_dump(mode="json"),
        "second_factors": own_factors.model_dump(mode="json"),
        "linked_accounts": [each.model_dump(mode="json") for each in own_links],
        "mails": [OwnMail.model_validate(row).model_dump(mode="json") for row in mails],
        "mailed_links": [OwnLink.model_validate(row).model_dump(mode="json") for row in links],
    }


def lists(user_id: UUID) -> Mapping[str, Read]:
    """What the slices keep beside that, by its name in the export; no secrets, nor hashes of any."""

    async def own_logins(session: AsyncSession, after: UUID | None) -> tuple[list[OwnLogin], UUID | None]:
        rows = await families.kept(session, user_id, after=after, limit=PORTION)
        return [OwnLogin.model_validate(row) for row in rows], rows[-1].id if len(rows) == PORTION else None

    async def own_audit(session: AsyncSession, before: UUID | None) -> tuple[list[OwnAuditLine], UUID | None]:
        rows = await audit.find(session, Scope(subject=user_id), before=before, offset=0, limit=PORTION)
        lines = [_line(row._asdict(), user_id) for row in rows]
        return lines, rows[-1].id if len(rows) == PORTION else None

    return {"logins": own_logins, "audit": own_audit}


def _line(row: Mapping[str, Any], user_id: UUID) -> OwnAuditLine:
    own = row["actor"] == user_id
    seen = (
        {"address": row["address"], "user_agent": row["user_agent"]} if own else {"address": None, "user_agent": None}
    )
    return OwnAuditLine(
        **{name: row[name] for name in OwnAuditLine.model_fields if name in row} | seen, by_yourself=own
    )


async def delete(database: Database, parts: Parts, caller: CurrentUser, current_password: str | None) -> None:
    """Delete the caller's account. Its id stays, so that bookings and revenue of others stay whole.

    Raises InvalidInput for a wrong password, ReauthenticationRequired for accounts without one, and LastAdmin.
    """
    checked = await logins.reauthenticate(database, parts, caller, current_password)
    async with database.transaction() as session:
        picture = await accounts.leave(session, checked, now=parts.clock())
    await parts.pictures.discard(picture)
