"""Every query of the mail slice. The queue's time is the database's: several processes share it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Interval, and_, bindparam, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.mail.models import Link, Mail

_WAITING = Mail.failed_at.is_(None)
# Those that another process has in hand are skipped.
_GIVE_UP = text(
    """
    UPDATE mails SET failed_at = clock_timestamp(), last_error = coalesce(last_error, :reason), data = '{}'
    WHERE id IN (SELECT id FROM mails WHERE failed_at IS NULL AND give_up_at <= clock_timestamp()
                 FOR UPDATE SKIP LOCKED)
    RETURNING kind
    """
)
_FORGET = text("DELETE FROM mails WHERE failed_at < clock_timestamp() - :after").bindparams(
    bindparam("after", type_=Interval)
)


async def add(session: AsyncSession, values: dict[str, Any], life: timedelta) -> None:
    await session.execute(insert(Mail).values(**values, give_up_at=func.clock_timestamp() + life))


async def claim(session: AsyncSession, kinds: Collection[str]) -> Mail | None:
    """The mail of these kinds that is due for the longest, for this transaction alone."""
    query = select(Mail).where(_WAITING, _due(kinds)).order_by(Mail.due_at).limit(1)
    return (await session.scalars(query.with_for_update(skip_locked=True))).one_or_none()


async def remove(session: AsyncSession, mail: Mail) -> None:
    await session.execute(delete(Mail).where(Mail.id == mail.id))


async def postpone(session: AsyncSession, mail: Mail, pause: timedelta, reason: str) -> None:
    await _change(session, mail, attempts=Mail.attempts + 1, due_at=func.clock_timestamp() + pause, last_error=reason)


async def set_aside(session: AsyncSession, mail: Mail, reason: str) -> None:
    """It isn't tried again, and what it was made from is forgotten."""
    await _change(
        session, mail, attempts=Mail.attempts + 1, failed_at=func.clock_timestamp(), last_error=reason, data={}
    )


async def give_up(session: AsyncSession, reason: str) -> list[str]:
    """Set those aside whose time is over; returns their kinds."""
    return list(await session.scalars(_GIVE_UP, {"reason": reason}))


async def forget_failed(session: AsyncSession, after: timedelta) -> None:
    await session.execute(_FORGET, {"after": after})


async def count(session: AsyncSession, kinds: Collection[str]) -> tuple[int, int]:
    """How many wait, and how many of them are of these kinds and due."""
    due = func.count().filter(_due(kinds))
    waiting, now = (await session.execute(select(func.count(), due).select_from(Mail).where(_WAITING))).one()
    return waiting, now


async def of_user(session: AsyncSession, user_id: UUID) -> Sequence[Mail]:
    """Mails to somebody that wait, or were set aside."""
    return (await session.scalars(select(Mail).where(Mail.user_id == user_id).order_by(Mail.id))).all()


async def links_of_user(session: AsyncSession, user_id: UUID) -> Sequence[Link]:
    return (await session.scalars(select(Link).where(Link.user_id == user_id).order_by(Link.id))).all()


async def forget_of(session: AsyncSession, user_id: UUID) -> None:
    """Somebody's links, and the mails to them that were set aside."""
    await session.execute(delete(Mail).where(Mail.user_id == user_id, Mail.failed_at.is_not(None)))
    await session.execute(delete(Link).where(Link.user_id == user_id))


async def add_link(session: AsyncSession, values: dict[str, Any]) -> None:
    await session.execute(insert(Link).values(values))


async def link(session: AsyncSession, token_hash: bytes, purpose: str) -> Link | None:
    query = select(Link).where(Link.token_hash == token_hash, Link.purpose == purpose)
    return (await session.scalars(query)).one_or_none()


async def links_since(session: AsyncSession, user_id: UUID, purpose: str, since: datetime) -> Sequence[datetime]:
    """When an account's links were made, oldest first."""
    query = select(Link.created_at).where(Link.user_id == user_id, Link.purpose == purpose, Link.created_at > since)
    return (await session.scalars(query.order_by(Link.created_at))).all()


async def remove_links(session: AsyncSession, user_id: UUID, purpose: str) -> set[UUID]:
    """Returns those that were there."""
    statement = delete(Link).where(Link.user_id == user_id, Link.purpose == purpose).returning(Link.id)
    return set(await session.scalars(statement.execution_options(synchronize_session=False)))


async def prune_links(session: AsyncSession, before: datetime) -> None:
    await session.execute(delete(Link).where(Link.expires_at < before))


def _due(kinds: Collection[str]) -> ColumnElement[bool]:
    return and_(Mail.due_at <= func.clock_timestamp(), Mail.kind.in_(kinds))


async def _change(session: AsyncSession, mail: Mail, **values: Any) -> None:
    statement = update(Mail).where(Mail.id == mail.id).values(**values)
    await session.execute(statement.execution_options(synchronize_session=False))
