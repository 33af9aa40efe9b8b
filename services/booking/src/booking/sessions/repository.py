"""Every query of the sessions slice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Result, Row, and_, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from booking.sessions.models import Occurrence, SessionReplica, UserReplica
from booking.sessions.schemas import CreatorNames, SessionFacts, UserFacts

_STATE = (
    UserReplica.id,
    UserReplica.version,
    UserReplica.role,
    UserReplica.is_active,
    UserReplica.username,
    UserReplica.first_name,
    UserReplica.last_name,
)


# Asked with every authenticated request: one round trip, also for who isn't known yet.
_ACCOUNTS = text(
    """
    SELECT u.version, u.role, u.is_active, u.username, u.first_name, u.last_name,
           EXISTS (SELECT FROM revoked_logins r WHERE r.login_id = caller.login_id) AS login_revoked
    FROM unnest(CAST(:user_ids AS uuid[]), CAST(:login_ids AS uuid[]))
         WITH ORDINALITY AS caller (id, login_id, number)
    LEFT JOIN users u USING (id) ORDER BY number
    """
)


async def accounts(db: AsyncSession, user_ids: Sequence[UUID], login_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Accounts in the order asked for, their columns null when one isn't known, and whether its login was revoked."""
    return (await db.execute(_ACCOUNTS, {"user_ids": list(user_ids), "login_ids": list(login_ids)})).all()


async def store_user(db: AsyncSession, facts: UserFacts) -> bool:
    """Insert or replace an older row; False when what we have is as new. Locks the row."""
    statement = insert(UserReplica).values(facts.model_dump())
    stored = await db.scalar(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_={name: statement.excluded[name] for name in facts.model_dump(exclude={"id"})},
            where=UserReplica.version < statement.excluded.version,
        ).returning(UserReplica.id)
    )
    return stored is not None


async def hold_creator(db: AsyncSession, names: CreatorNames) -> bool:
    """Make sure that the creator has a row and share its lock; returns whether the creator is active."""
    await db.execute(
        insert(UserReplica).values({**names.model_dump(), "version": 0, "role": "creator"}).on_conflict_do_nothing()
    )
    active = await db.scalar(select(UserReplica.is_active).where(UserReplica.id == names.id).with_for_update(read=True))
    return bool(active)


async def set_creator_active(db: AsyncSession, creator_id: UUID, *, active: bool) -> None:
    sessions = SessionReplica
    await db.execute(
        select(sessions.id).where(sessions.creator_id == creator_id).order_by(sessions.id).with_for_update()
    )
    await db.execute(
        update(sessions)
        .where(sessions.creator_id == creator_id, sessions.creator_active != active)
        .values(creator_active=active)
    )


async def find_unfollowed(db: AsyncSession) -> Sequence[UUID]:
    """Creators known by their own events, some of whose sessions are open or closed against what these say."""
    user, session = UserReplica, SessionReplica
    may_sell = and_(user.is_active, user.role != "user")
    found = await db.scalars(
        select(user.id)
        .join(session, session.creator_id == user.id)
        .where(user.version > 0, session.creator_active != may_sell)
        .distinct()
        .order_by(user.id)
    )
    return found.all()


async def hold_user(db: AsyncSession, user_id: UUID) -> Row[Any]:
    """A user's state, and nobody changes it before our commit."""
    found: Result[Any] = await db.execute(select(*_STATE).where(UserReplica.id == user_id).with_for_update(read=True))
    return found.one()


async def store_session(db: AsyncSession, facts: SessionFacts, *, creator_active: bool) -> bool:
    """Insert or replace an older row; False when what we have is as new. Locks the row.

    `creator_active` is for a new row; later it follows the creator's events alone. A new session's creator may be known
    here as a user still: becoming a creator is news that travels beside the session's.
    """
    statement = insert(SessionReplica).values({**facts.model_dump(), "creator_active": creator_active})
    stored = await db.scalar(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_={name: statement.excluded[name] for name in facts.model_dump(exclude={"id"})},
            where=SessionReplica.version < statement.excluded.version,
        ).returning(SessionReplica.id)
    )
    return stored is not None


async def set_ceilings(db: AsyncSession, session_id: UUID, capacity: int) -> None:
    """After a change of capacity: what the seats of each occurrence may never exceed from now on."""
    ceiling = func.greatest(capacity, Occurrence.seats_taken)
    stale = (Occurrence.session_id == session_id, Occurrence.ceiling != ceiling)
    await db.execute(select(Occurrence.starts_at).where(*stale).order_by(Occurrence.starts_at).with_for_update())
    # A statement of its own, so that it sees the seats as they are under the locks.
    await db.execute(update(Occurrence).where(*stale).values(ceiling=ceiling))


async def find_people(db: AsyncSession, user_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Those whose own events have arrived."""
    user = UserReplica
    found: Result[Any] = await db.execute(
        select(user.id, user.username, user.first_name, user.last_name, user.role, user.version).where(
            user.id.in_(user_ids), user.version > 0
        )
    )
    return found.all()


async def find_bookable(db: AsyncSession, creator_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """These creators' sessions that can be booked, always in the same order."""
    session = SessionReplica
    found: Result[Any] = await db.execute(
        select(session.id, session.creator_id, session.timezone, session.created_at)
        .where(
            session.creator_id.in_(creator_ids),
            session.status == "active",
            session.creator_active,
            session.deleted_at.is_(None),
            session.schedule.is_(None),
        )
        .order_by(session.creator_id, session.id)
    )
    return found.all()


async def is_known(db: AsyncSession, session_id: UUID) -> bool:
    return bool(await db.scalar(select(exists().where(SessionReplica.id == session_id))))


async def find_session(db: AsyncSession, session_id: UUID) -> Row[Any] | None:
    """What availability needs of a session that everybody may see."""
    session = SessionReplica
    found: Result[Any] = await db.execute(
        select(
            session.creator_id,
            session.duration,
            session.max_participants,
            session.timezone,
            session.schedule,
        ).where(
            session.id == session_id,
            session.status == "active",
            session.creator_active,
            session.deleted_at.is_(None),
        )
    )
    return found.one_or_none()


async def occupied_between(db: AsyncSession, creator_id: UUID, start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """The creator's occupied times that touch [start, end), of all their sessions."""
    o = Occurrence
    found: Result[Any] = await db.execute(
        select(o.session_id, o.starts_at, o.ends_at, o.seats_taken)
        .where(
            o.creator_id == creator_id,
            o.occupied,
            func.tstzrange(o.starts_at, o.ends_at).op("&&")(func.tstzrange(start, end)),
        )
        .order_by(o.starts_at)
    )
    return found.all()
