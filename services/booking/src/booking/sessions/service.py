"""Use cases over the replicas and the seat inventory."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from booking.sessions import availability, repository
from booking.sessions.availability import Busy
from booking.sessions.errors import SessionNotFound
from booking.sessions.schemas import CreatorNames, SessionFacts, Slot, UserFacts
from shared.auth import AccountState, CurrentUser
from shared.errors import InvalidInput


async def account_state(db: AsyncSession, user: CurrentUser) -> AccountState | None:
    """What is known here of the caller and their login."""
    return (await account_states(db, [user]))[0]


async def account_states(db: AsyncSession, users: Sequence[CurrentUser]) -> list[AccountState | None]:
    """What is known here of each of these and their login; None for who isn't known."""
    rows = await repository.accounts(db, [user.id for user in users], [user.sid for user in users])
    return [AccountState.of_replica(row, user) for user, row in zip(users, rows, strict=True)]


async def apply_user(db: AsyncSession, facts: UserFacts) -> bool:
    """Take over what identity tells; False when it is old news.

    Sessions follow their creator: they are open while the account is active and may still publish.
    """
    if not await repository.store_user(db, facts):
        return False
    await repository.set_creator_active(db, facts.id, active=facts.is_active and facts.role != "user")
    return True


async def apply_session(db: AsyncSession, facts: SessionFacts, creator: CreatorNames | None = None) -> bool:
    """Take over what catalog tells; False when it is old news.

    The creator's row is held meanwhile, so that a deactivation comes either before or after the whole of it. The
    session's row stays locked until the transaction ends: no booking can slip in.
    """
    names = creator if creator is not None and creator.id == facts.creator_id else CreatorNames(id=facts.creator_id)
    active = await repository.hold_creator(db, names)
    if not await repository.store_session(db, facts, creator_active=active):
        return False
    await repository.set_ceilings(db, facts.id, facts.max_participants)
    return True


async def follow_creators(db: AsyncSession) -> int:
    """Open and close sessions as their creators' rows say; returns of how many creators. For a replica made anew.

    A session may arrive before its maker's becoming a creator: it stays closed then until that news comes.
    """
    creators = await repository.find_unfollowed(db)
    for creator_id in creators:
        state = await repository.hold_user(db, creator_id)
        await repository.set_creator_active(db, creator_id, active=state.is_active and state.role != "user")
    return len(creators)


async def known_people(db: AsyncSession, user_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Those of these users whose own events have arrived."""
    return await repository.find_people(db, user_ids)


async def bookable_of(db: AsyncSession, creator_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """These creators' sessions that can be booked."""
    return await repository.find_bookable(db, creator_ids)


async def is_known(db: AsyncSession, session_id: UUID) -> bool:
    """Whether the replica has a row of this session, deleted or not."""
    return await repository.is_known(db, session_id)


async def free_slots(
    db: AsyncSession,
    session_id: UUID,
    first: date | datetime | None,
    last: date | datetime | None,
    tz: str | None,
    now: datetime,
) -> list[Slot]:
    """Starts of a session to suggest.

    Raises SessionNotFound, also for a session that isn't shown to everybody, and InvalidInput for a bad span or zone.
    """
    chosen = None if tz is None else availability.zone(tz)
    if tz is not None and chosen is None:
        raise InvalidInput(errors={"tz": ["Use the name of an IANA time zone, like Europe/Berlin"]})
    session = await repository.find_session(db, session_id)
    if session is None:
        raise SessionNotFound("Check its address; it may have been closed or deleted.")
    own_zone = availability.zone(session.timezone) or ZoneInfo("UTC")
    start, end = availability.window(first, last, chosen or own_zone, now)
    start, end = max(start, now + timedelta(microseconds=1)), min(end, now + availability.HORIZON)
    # A session with a schedule isn't sold here.
    if session.schedule is not None or start >= end:
        return []
    length = timedelta(minutes=session.duration)
    rows = await repository.occupied_between(db, session.creator_id, start, end + length)
    busy = [Busy(row.starts_at, row.ends_at, row.seats_taken, row.session_id == session_id) for row in rows]
    return availability.suggest(start, end, own_zone, length, session.max_participants, busy)
