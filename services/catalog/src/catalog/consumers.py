"""What happened elsewhere and what it means here: identity's people and their logins, booking's seats."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.creators import service as creators
from catalog.creators.models import User
from catalog.sessions.models import BookingMark
from catalog.sessions.service import writing as sessions
from shared.contracts.booking import BookingCancelled, BookingCreated, BookingState
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


async def on_user(session: AsyncSession, event: UserState, meta: Meta) -> None:
    """Every event of a user carries all of their state: names on cards, and whether sessions are public, follow it."""
    if await creators.apply_state(session, event, meta.version):
        await sessions.refresh_creator(session, event.id)


@Together
async def on_bookings(session: AsyncSession, events: Sequence[tuple[BookingState, Meta]]) -> None:
    await sessions.count_bookings(session, [(event, meta.version) for event, meta in events])


HANDLERS: Handlers = {
    UserRegistered: on_user,
    UserUpdated: on_user,
    UserRoleChanged: on_user,
    UserDeactivated: on_user,
    LoginRevoked: on_login_revoked,
    BookingCreated: on_bookings,
    BookingCancelled: on_bookings,
}

REPLICAS: Mapping[str, Replica] = {
    "users": Replica(
        owner="identity",
        path="/internal/users/",
        state=UserState,
        table=User,
        apply=on_user,
        closing=lambda _now: {"is_active": False},
    ),
    # As far as counting them needs.
    "bookings": Replica(
        owner="booking",
        path="/internal/bookings/",
        state=BookingState,
        table=BookingMark,
        apply=on_bookings,
        closing=lambda _now: {"status": "cancelled"},
        settle=sessions.recount_bookings,
    ),
}
