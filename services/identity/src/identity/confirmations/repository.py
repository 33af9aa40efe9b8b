"""Every query of the confirmations slice."""

from datetime import datetime

from sqlalchemy import DateTime, bindparam, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.confirmations.models import ResetRequest

# The same work for every address, whoever has it, and whether it is noted or not.
_NOTE = text(
    """
    INSERT INTO reset_requests (email, requested_at)
    SELECT :email, :now
    WHERE (SELECT count(*) FROM reset_requests WHERE email = :email AND requested_at > :since) < :most
    """
).bindparams(bindparam("now", type_=DateTime(timezone=True)), bindparam("since", type_=DateTime(timezone=True)))


async def note_reset_request(session: AsyncSession, email: str, now: datetime, *, since: datetime, most: int) -> None:
    """Unless there were `most` for this address since then."""
    await session.execute(_NOTE, {"email": email, "now": now, "since": since, "most": most})


async def claim_reset_request(session: AsyncSession) -> ResetRequest | None:
    """The oldest that nobody has handled, for this transaction alone."""
    query = select(ResetRequest).where(ResetRequest.handled_at.is_(None)).order_by(ResetRequest.id).limit(1)
    return (await session.scalars(query.with_for_update(skip_locked=True))).one_or_none()


async def mark_handled(session: AsyncSession, request: ResetRequest, now: datetime) -> None:
    statement = update(ResetRequest).where(ResetRequest.id == request.id).values(handled_at=now)
    await session.execute(statement.execution_options(synchronize_session=False))


async def prune(session: AsyncSession, before: datetime) -> None:
    await session.execute(delete(ResetRequest).where(ResetRequest.requested_at < before))
