"""Anything in any order: the service against a small model in memory, step by step.

`STATEFUL_STEPS` says about how many steps; the default is for every day.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg.rows import dict_row
from services.booking.tests.conftest import (
    Api,
    Catalog,
    Person,
    migrated,
    next_start,
    running,
    session_event,
    user_event,
)

from booking.consumers import HANDLERS
from shared.contracts.catalog import SessionDeleted, SessionState, SessionStatusChanged, SessionUpdated
from shared.contracts.identity import UserDeactivated, UserUpdated
from shared.testing.infra import TestDatabase
from shared.testing.tokens import TokenFactory

T = TypeVar("T")
STEPS = int(os.environ.get("STATEFUL_STEPS", "300"))
STEPS_EACH = 50
SLOTS = 8  # half an hour apart, so that sessions of an hour and more overlap
PRICES = st.sampled_from(["0.00", "9.99", "49.50"])


class Room:
    """A booking api in a loop of its own: hypothesis' machines are not asynchronous."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._stop = asyncio.Event()
        self.api: Api
        self.connection: psycopg.Connection[dict[str, Any]]
        self.steps = 0
        self.projected = 0  # the last row of the outbox that was delivered

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    @contextmanager
    def opened(self, database: TestDatabase, tokens: TokenFactory, catalog: Catalog) -> Iterator["Room"]:
        ready = threading.Event()

        async def live() -> None:
            async with running(await migrated(database), tokens, catalog) as self.api:
                ready.set()
                await self._stop.wait()

        living = asyncio.run_coroutine_threadsafe(live(), self._loop)
        try:
            while not ready.wait(0.1):
                if living.done():
                    living.result()
            with psycopg.connect(database.dsn("booking"), autocommit=True, row_factory=dict_row) as self.connection:
                yield self
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            living.result(60)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


@pytest.fixture
def room(make_database: Callable[[], TestDatabase], tokens: TokenFactory, catalog_door: Catalog) -> Iterator[Room]:
    with Room().opened(make_database(), tokens, catalog_door) as opened:
        yield opened


@dataclass
class Held:
    """A booking, as the model knows it."""

    id: UUID
    session: int
    slot: int
    user: int
    amount: str
    reason: str | None = None
    status: str = "confirmed"


@dataclass
class Offer:
    """A session, as the model knows it."""

    event: SessionState
    creator: int
    version: int = 1
    deleted: bool = False
    lengths: dict[int, int] = field(default_factory=dict)  # of occupied starts: minutes, from the first booking on


class Bookings(RuleBasedStateMachine):
    """Creators, their sessions, buyers; events of others arrive at once."""

    room: Room

    @initialize()
    def people(self) -> None:
        self.first = next_start()
        self.buyers: list[Person] = [self.room.api.person() for _ in range(4)]
        self.creators = [self.room.run(self.room.api.join("creator")) for _ in range(2)]
        self.active = [True, True]
        self.creator_versions = [1, 1]
        self.offers: list[Offer] = []
        self.held: list[Held] = []
        self.offer(0, 2, 60, "49.50")

    # --- the model

    def at(self, slot: int) -> datetime:
        return self.first + timedelta(minutes=30 * slot)

    def seats(self, session: int, slot: int) -> list[Held]:
        return [h for h in self.held if (h.session, h.slot, h.status) == (session, slot, "confirmed")]

    def busy(self, session: int, slot: int) -> bool:
        """Whether the creator gives something else in this time."""
        offer = self.offers[session]
        start, end = slot * 30, slot * 30 + offer.event.duration
        return any(
            other_slot * 30 < end and start < other_slot * 30 + minutes
            for other in self.offers
            if other.creator == offer.creator
            for other_slot, minutes in other.lengths.items()
        )

    def expected(self, session: int, slot: int, user: int, price: str | None) -> str:
        offer = self.offers[session]
        taken = self.seats(session, slot)
        if offer.deleted:
            return "not_found"
        if offer.event.status != "active" or not self.active[offer.creator]:
            return "not_bookable"
        if price is not None and Decimal(price) != offer.event.price:
            return "price_changed"
        if any(one.user == user for one in taken):
            return "already_booked"
        if slot not in offer.lengths and self.busy(session, slot):
            return "creator_busy"
        return "sold_out" if len(taken) >= offer.event.max_participants else "booked"

    def free(self, session: int, slot: int) -> None:
        if not self.seats(session, slot):
            self.offers[session].lengths.pop(slot, None)

    def cancel_all(self, session: int, reason: str) -> None:
        for one in self.held:
            if one.session == session and one.status == "confirmed":
                one.status, one.reason = "cancelled", reason
        self.offers[session].lengths.clear()

    def tell(self, session: int, kind: type[SessionState], **facts: Any) -> None:
        offer = self.offers[session]
        offer.version += 1
        offer.event = kind.model_validate({**offer.event.model_dump(), **facts})
        assert self.room.run(self.room.api.deliver(offer.event, offer.version)) == "applied"

    # --- what may happen

    @rule(creator=st.integers(0, 1), seats=st.integers(1, 3), duration=st.sampled_from([30, 60, 90]), price=PRICES)
    @precondition(lambda self: len(self.offers) < 6)
    def offer(self, creator: int, seats: int, duration: int, price: str) -> None:
        event = session_event(
            creator_id=self.creators[creator].id, max_participants=seats, duration=duration, price=Decimal(price)
        )
        self.room.run(self.room.api.deliver(event, 1))
        self.offers.append(Offer(event, creator))

    @rule(session=st.integers(0, 5), slot=st.integers(0, SLOTS - 1), user=st.integers(0, 3), price=st.none() | PRICES)
    def book(self, session: int, slot: int, user: int, price: str | None) -> None:
        session %= len(self.offers)
        offer, expected = self.offers[session], self.expected(session, slot, user, price)
        more = {} if price is None else {"expected_amount": price}
        answer = self.room.run(self.buyers[user].book(offer.event, self.at(slot), **more))
        found = answer.json()
        assert ("booked" if answer.status_code == 201 else found["code"]) == expected, answer.text
        if expected == "booked":
            offer.lengths.setdefault(slot, offer.event.duration)
            assert Decimal(found["amount"]) == offer.event.price
            self.held.append(Held(UUID(found["id"]), session, slot, user, found["amount"]))

    @rule(choice=st.integers(0, 1000))
    @precondition(lambda self: self.held)
    def cancel(self, choice: int) -> None:
        one = self.held[choice % len(self.held)]
        answer = self.room.run(self.buyers[one.user].cancel(str(one.id)))
        if one.status == "cancelled":
            assert (answer.status_code, answer.json()["code"]) == (409, "already_cancelled")
            return
        assert answer.status_code == 200, answer.text
        one.status = "cancelled"
        self.free(one.session, one.slot)

    @rule(choice=st.integers(0, 1000), other=st.integers(1, 3))
    @precondition(lambda self: self.held)
    def cancel_somebody_elses(self, choice: int, other: int) -> None:
        one = self.held[choice % len(self.held)]
        answer = self.room.run(self.buyers[(one.user + other) % 4].cancel(str(one.id)))
        assert answer.status_code == 404

    @rule(session=st.integers(0, 5), seats=st.integers(1, 4), duration=st.sampled_from([30, 60, 90]), price=PRICES)
    def edit(self, session: int, seats: int, duration: int, price: str) -> None:
        session %= len(self.offers)
        if not self.offers[session].deleted:
            self.tell(session, SessionUpdated, max_participants=seats, duration=duration, price=Decimal(price))

    @rule(session=st.integers(0, 5), status=st.sampled_from(["active", "active", "inactive", "completed"]))
    def close_or_open(self, session: int, status: str) -> None:
        session %= len(self.offers)
        offer = self.offers[session]
        if not offer.deleted and offer.event.status != "completed":
            self.tell(session, SessionStatusChanged, status=status)

    @rule(session=st.integers(0, 5))
    @precondition(lambda self: sum(not offer.deleted for offer in self.offers) > 1)
    def delete(self, session: int) -> None:
        session %= len(self.offers)
        offer = self.offers[session]
        if not offer.deleted:
            self.tell(session, SessionDeleted, deleted_at=datetime.now(UTC))
            offer.deleted = True
            self.cancel_all(session, "session_deleted")

    @rule(creator=st.integers(0, 1))
    def deactivate_or_return(self, creator: int) -> None:
        self.creator_versions[creator] += 1
        self.active[creator] = active = not self.active[creator]
        kind = UserUpdated if active else UserDeactivated
        event = user_event(self.creators[creator].id, kind, role="creator", is_active=active)
        self.room.run(self.room.api.deliver(event, self.creator_versions[creator]))
        if not active:
            for number, offer in enumerate(self.offers):
                if offer.creator == creator:
                    self.cancel_all(number, "creator_deactivated")

    # --- what always holds

    @invariant()
    def the_database_says_the_same(self) -> None:
        self.room.steps += 1
        ids = [offer.event.id for offer in self.offers]
        rows = self.room.connection.execute("SELECT * FROM bookings WHERE session_id = ANY (%s)", [ids]).fetchall()
        assert {(r["id"], r["status"], str(r["amount"])) for r in rows} == {
            (one.id, one.status, one.amount) for one in self.held
        }
        assert all(r["cancel_reason"] == one.reason for one in self.held for r in rows if r["id"] == one.id)
        occurrences = self.room.connection.execute(
            "SELECT *, ends_at - starts_at AS length FROM occurrences WHERE session_id = ANY (%s) AND seats_taken > 0",
            [ids],
        ).fetchall()
        assert {(o["session_id"], o["starts_at"], o["seats_taken"], o["length"]) for o in occurrences} == {
            (offer.event.id, self.at(slot), len(self.seats(number, slot)), timedelta(minutes=minutes))
            for number, offer in enumerate(self.offers)
            for slot, minutes in offer.lengths.items()
        }

    def teardown(self) -> None:
        """All events told: the revenue is what the model says."""
        if not hasattr(self, "held"):
            return
        rows = self.room.connection.execute(
            "SELECT * FROM outbox WHERE id > %s ORDER BY id", [self.room.projected]
        ).fetchall()
        for row in rows:
            kind = next(kind for kind in HANDLERS if kind.type == row["type"])
            event = kind.model_validate(row["payload"])
            self.room.run(self.room.api.deliver(event, row["aggregate_version"], row["event_id"]))
            self.room.projected = row["id"]
        for number, creator in enumerate(self.creators):
            mine = [one for one in self.held if self.offers[one.session].creator == number]
            (sums,) = self.room.connection.execute(
                "SELECT coalesce(sum(gross), 0) AS gross, coalesce(sum(refunded), 0) AS refunded"
                " FROM revenue_daily WHERE creator_id = %s",
                [creator.id],
            ).fetchall()
            assert sums["gross"] == sum(Decimal(one.amount) for one in mine)
            assert sums["refunded"] == sum(Decimal(one.amount) for one in mine if one.status == "cancelled")


@pytest.mark.timeout(3600)
def test_whatever_happens_the_rules_hold(room: Room) -> None:
    machine = type("BookingsHere", (Bookings,), {"room": room})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_EACH), stateful_step_count=STEPS_EACH, deadline=None, database=None,
            print_blob=True, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    print(f"{room.steps} steps")
    assert room.steps >= STEPS // 4


def test_control_the_model_notices_a_seat_that_was_miscounted(room: Room) -> None:
    """A machine that agrees with everything would prove nothing."""

    class Miscounting(Bookings):
        @invariant()
        def somebody_writes_beside(self) -> None:
            self.room.connection.execute("UPDATE occurrences SET ceiling = 99, seats_taken = 99 WHERE seats_taken > 0")

    Miscounting.room = room
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Miscounting,
            settings=settings(
                max_examples=20, stateful_step_count=30, deadline=None, database=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
