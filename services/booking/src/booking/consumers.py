"""What others' events, and booking's own, change here."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from booking.bookings import service as bookings
from booking.revenue import service as revenue
from booking.revenue.schemas import Entry
from booking.sessions import service as sessions
from booking.sessions.models import SessionReplica, UserReplica
from booking.sessions.schemas import SessionFacts, UserFacts
from shared.contracts.booking import BookingCancelled, BookingCreated, BookingState
from shared.contracts.catalog import SessionCreated, SessionDeleted, SessionState, SessionStatusChanged, SessionUpdated
from shared.contracts.identity import (
    LoginRevoked,
    UserDeactivated,
    UserRegistered,
    UserRoleChanged,
    UserState,
    UserUpdated,
)
from shared.messaging.consumer import Handlers, Together
from shared.messaging.envelope import Meta
from shared.replicas import Replica
from shared.revocation import on_login_revoked


async def on_user(db: AsyncSession, event: UserState, meta: Meta) -> None:
    """Replica; who is deactivated has their upcoming sessions cancelled."""
    facts = UserFacts.model_validate({**event.model_dump(), "version": meta.version})
    if await sessions.apply_user(db, facts) and not facts.is_active:
        await bookings.cancel_upcoming_of_creator(db, facts.id)


async def on_session(db: AsyncSession, event: SessionState, meta: Meta) -> None:
    """Replica; what is deleted has its upcoming bookings cancelled."""
    facts = SessionFacts.model_validate({**event.model_dump(), "version": meta.version})
    if await sessions.apply_session(db, facts) and facts.deleted_at is not None:
        await bookings.cancel_upcoming_of_session(db, facts.id)


@Together
async def on_bookings(db: AsyncSession, events: Sequence[tuple[BookingState, Meta]]) -> None:
    """Into the creators' revenue."""
    await revenue.project(db, [_entry(event, meta) for event, meta in events])


def _entry(event: BookingState, meta: Meta) -> Entry:
    return revenue.entry(
        event_id=meta.event_id,
        booking_id=event.id,
        creator_id=event.creator_id,
        session_id=event.session_id,
        kind="cancelled" if isinstance(event, BookingCancelled) else "booked",
        amount=event.amount,
        currency=event.currency,
        starts_at=event.booking_date,
        created_at=event.created_at,
        cancelled_at=event.cancelled_at,
    )


HANDLERS: Handlers = {
    UserRegistered: on_user,
    UserUpdated: on_user,
    UserRoleChanged: on_user,
    UserDeactivated: on_user,
    LoginRevoked: on_login_revoked,
    SessionCreated: on_session,
    SessionUpdated: on_session,
    SessionStatusChanged: on_session,
    SessionDeleted: on_session,
    BookingCreated: on_bookings,
    BookingCancelled: on_bookings,
}

# People before sessions: whether these are open follows from those.
REPLICAS: Mapping[str, Replica] = {
    "users": Replica(
        owner="identity",
        path="/internal/users/",
        state=UserState,
        table=UserReplica,
        apply=on_user,
        closing=lambda _now: {"is_active": False},
        settle=sessions.follow_creators,
    ),
    "sessions": Replica(
        owner="catalog",
        path="/internal/sessions/",
        state=SessionState,
        table=SessionReplica,
        apply=on_session,
        closing=lambda now: {"deleted_at": now},
        settle=sessions.follow_creators,
    ),
}
