"""The demo's bookings: some weeks behind, some ahead, so that no page is empty."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Row

from booking.bookings import service as bookings
from booking.bookings.errors import AlreadyBooked, CreatorBusy, SoldOut
from booking.bookings.schemas import BookingCreate
from booking.sessions import availability
from booking.sessions import service as sessions
from shared.auth import CurrentUser, Role
from shared.db import Database

_NAMESPACE = UUID("5e551045-0000-4000-8000-000000000000")
MAIN_CREATOR, MAIN_USER = "testcreator", "testuser"
CREATORS = (MAIN_CREATOR, "mayalindqvist", "kwamemensah", "sofiareyes", "tomaszkowal")
USERS = (MAIN_USER, "noraberg", "liamchen", "aishapatel")
_FREE_DAYS = 8  # the main creator's calendar stays empty until then, for whoever tries the demo
_WEEKS_BEHIND = 5


def user_id(username: str) -> UUID:
    return uuid5(_NAMESPACE, f"user:{username}")


@dataclass(frozen=True, slots=True)
class _Wish:
    """Somebody's seat: `days` from today, booked `before` days ahead of the start, or this many days ago."""

    session: Row[Any]
    user: str
    days: int
    hour: int
    booked_days_ago: int
    cancel: bool = False

    def start(self, today: date) -> datetime:
        tz = availability.zone(self.session.timezone) or UTC
        return datetime.combine(today + timedelta(days=self.days), time(self.hour), tz).astimezone(UTC)


async def is_ready(database: Database) -> tuple[list[str], int]:
    """Usernames that are still missing (a creator counts with a session only), and how many sessions are here."""
    async with database.transaction() as db:
        people = await sessions.known_people(db, [user_id(name) for name in CREATORS + USERS])
        offers = await sessions.bookable_of(db, [user_id(name) for name in CREATORS])
    here = {person.id for person in people}
    giving = {offer.creator_id for offer in offers}
    missing = [name for name in CREATORS if user_id(name) not in here & giving]
    return missing + [name for name in USERS if user_id(name) not in here], len(offers)


async def seed(database: Database, *, now: datetime) -> int:
    """Book through the use case of everybody, with the clock set back; returns how many. Nothing the second time."""
    booked = 0
    async with database.transaction() as db:
        if await bookings.has_any(db, [user_id(name) for name in USERS]):
            return 0
        people = {row.username: _caller(row) for row in await sessions.known_people(db, [*map(user_id, USERS)])}
        offers = await sessions.bookable_of(db, [user_id(name) for name in CREATORS])
        taken: set[tuple[str, int]] = set()
        for wish in sorted(_wishes(offers), key=lambda wish: -wish.booked_days_ago):
            if (wish.user, wish.days) in taken:
                continue  # nobody learns from two people on one day
            caller, start = people[wish.user], wish.start(now.date())
            then = now - timedelta(days=wish.booked_days_ago, minutes=7 * booked % 240)
            try:
                wanted = BookingCreate(session=wish.session.id, booking_date=start)
                made = await bookings.create_booking(db, caller, wanted, then)
            except (AlreadyBooked, CreatorBusy, SoldOut):
                # Two sessions of a creator, however long they are, met at the same hour: one is enough.
                continue
            booked += 1
            taken.add((wish.user, wish.days))
            if wish.cancel:
                later = then + timedelta(hours=5)
                await bookings.cancel_booking(db, caller, made.id, "Something came up at work", later)
    return booked


def _caller(row: Row[Any]) -> CurrentUser:
    return CurrentUser(row.id, Role(row.role), row.username, row.first_name, row.last_name, uuid4(), row.version)


def _wishes(offers: Sequence[Row[Any]]) -> Iterator[_Wish]:
    by_creator: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for offer in offers:
        by_creator[offer.creator_id].append(offer)
    for number, name in enumerate(CREATORS):
        given = by_creator[user_id(name)]
        for turn in range(2 * _WEEKS_BEHIND):
            session = given[turn % len(given)]
            days = -2 - 3 * turn - number % 3
            for place, user in enumerate(USERS[: 1 + (turn + number) % len(USERS)]):
                gone = name == MAIN_CREATOR and turn == 4 and place == 1
                yield _Wish(session, user, days, 9 + (3 * turn + number) % 9, 3 - days + place, cancel=gone)
        first = _FREE_DAYS if name == MAIN_CREATOR else 2
        for turn, session in enumerate(given[:3]):
            for user in USERS[1 + turn % 2 :]:
                yield _Wish(session, user, first + 4 * turn + number, 17 - turn, 1 + turn)
    # What the main user finds on the dashboard: seats ahead of several creators, and one given back.
    for turn, name in enumerate(CREATORS[1:]):
        session = by_creator[user_id(name)][0]
        yield _Wish(session, MAIN_USER, 3 + 2 * turn, 14, 2 + turn, cancel=turn == 2)
