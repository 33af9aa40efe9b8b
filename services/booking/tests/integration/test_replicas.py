"""Events of others: the same end whatever comes twice, late or in another order."""

import asyncio
import os
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.base import Event
from shared.contracts.catalog import SessionCreated, SessionDeleted, SessionStatusChanged, SessionUpdated
from shared.contracts.identity import UserDeactivated, UserRegistered, UserRoleChanged, UserUpdated
from shared.testing.tokens import new_id

SEEDS = int(os.environ.get("PROPERTY_SEEDS", "25"))


async def _code(person: Any, session: Any, start: Any) -> str:
    answer = await person.book(session, start)
    return "booked" if answer.status_code == 201 else str(answer.json()["code"])


async def test_deleting_cancels_what_is_ahead_and_keeps_what_was(api: Any, user: Any, session: Any, make: Any) -> None:
    past = await api.book_in_the_past(user, session)
    ahead = (await user.booked(session, make.start()))["id"]
    event = make.session(SessionDeleted, **_facts(session), deleted_at=datetime.now(UTC))
    event_id = new_id()
    assert await api.deliver(event, 2, event_id) == "applied"
    assert await api.deliver(event, 2, event_id) == "duplicate"
    await api.deliver(event, 2)
    row = (await user.client.get(f"/api/bookings/{ahead}/")).json()
    assert (row["status"], row["cancel_reason"]) == ("cancelled", "session_deleted")
    assert (await user.client.get(f"/api/bookings/{past}/")).json()["status"] == "confirmed"
    told = api.rows("SELECT aggregate_version, payload FROM outbox WHERE aggregate_id = %s ORDER BY id", ahead)
    assert [row["aggregate_version"] for row in told] == [1, 2]
    assert told[1]["payload"]["cancel_reason"] == "session_deleted"


def _facts(session: Any) -> dict[str, Any]:
    return {"id": session.id, "creator_id": session.creator_id}


async def test_a_deactivated_creator_and_back(api: Any, user: Any, make: Any) -> None:
    creator = await api.join("creator")
    session = await api.offer(creator)
    booked = (await user.booked(session, make.start()))["id"]
    await api.deliver(make.user(creator.id, UserDeactivated, role="creator", is_active=False), 2)
    row = (await user.client.get(f"/api/bookings/{booked}/")).json()
    assert (row["status"], row["cancel_reason"]) == ("cancelled", "creator_deactivated")
    assert await _code(user, session, make.start()) == "not_bookable"
    # A session of theirs that arrives only now is no exception.
    late = await api.offer(creator)
    assert await _code(user, late, make.start()) == "not_bookable"
    await api.deliver(make.user(creator.id, UserUpdated, role="creator"), 3)
    assert await _code(user, session, make.start()) == "booked"
    assert await _code(user, late, make.start()) == "booked"


async def test_a_creator_who_is_one_no_more_and_again(api: Any, user: Any, make: Any) -> None:
    creator = await api.join("creator")
    session = await api.offer(creator)
    booked = (await user.booked(session, make.start()))["id"]
    await api.deliver(make.user(creator.id, UserRoleChanged, role="user"), 2)
    assert await _code(user, session, make.start()) == "not_bookable"
    # An edit by an admin doesn't open it again; what was booked stays booked.
    await api.deliver(make.session(SessionUpdated, **_facts(session)), 2)
    assert await _code(user, session, make.start()) == "not_bookable"
    assert (await user.client.get(f"/api/bookings/{booked}/")).json()["status"] == "confirmed"
    await api.deliver(make.user(creator.id, UserRoleChanged, role="creator"), 3)
    assert await _code(user, session, make.start()) == "booked"


async def test_a_session_overtakes_the_news_that_its_maker_became_a_creator(api: Any, user: Any, make: Any) -> None:
    creator = await api.join("user")
    session = await api.offer(creator)
    assert await _code(user, session, make.start()) == "booked"
    await api.deliver(make.user(creator.id, UserRoleChanged, role="creator"), 2)
    assert await _code(user, session, make.start()) == "booked"


async def test_a_deactivation_that_comes_before_everything_else(api: Any, user: Any, make: Any) -> None:
    creator = new_id()
    await api.deliver(make.user(creator, UserDeactivated, role="creator", is_active=False), 2)
    session = await api.offer(creator)
    await api.deliver(make.user(creator, UserRegistered, role="creator"), 1)
    assert await _code(user, session, make.start()) == "not_bookable"


async def test_a_deletion_that_comes_before_the_creation(api: Any, user: Any, make: Any) -> None:
    session = make.session()
    await api.deliver(make.session(SessionDeleted, **_facts(session), deleted_at=datetime.now(UTC)), 3)
    await api.deliver(session, 1)
    await api.deliver(make.session(SessionUpdated, **_facts(session)), 2)
    assert await _code(user, session, make.start()) == "not_found"


async def test_capacity_down_and_up(api: Any, make: Any) -> None:
    session = await api.offer(max_participants=3)
    start = make.start()
    buyers = [api.person() for _ in range(3)]
    booked = [await buyer.booked(session, start) for buyer in buyers]
    await api.deliver(make.session(SessionUpdated, **_facts(session), max_participants=1), 2)
    assert await _code(api.person(), session, start) == "sold_out"
    await buyers[0].cancel(booked[0]["id"])
    await buyers[1].cancel(booked[1]["id"])
    assert await _code(api.person(), session, start) == "sold_out"
    await buyers[2].cancel(booked[2]["id"])
    assert await _code(api.person(), session, start) == "booked"
    await api.deliver(make.session(SessionUpdated, **_facts(session), max_participants=20), 3)
    assert [await _code(api.person(), session, start) for _ in range(19)] == ["booked"] * 19
    assert await _code(api.person(), session, start) == "sold_out"


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_any_order_and_any_repetition_give_the_same_replicas(api: Any, make: Any, seed: int) -> None:
    chance = random.Random(seed)
    creator = new_id()
    first, second = make.session(creator_id=creator), make.session(creator_id=creator)
    off = chance.random() < 0.5
    user_history: list[Event] = [
        make.user(creator, UserRegistered, role="creator"),
        make.user(creator, UserUpdated, role="creator", first_name="Augusta"),
        make.user(creator, UserDeactivated, role="creator", is_active=False),
        *([] if off else [make.user(creator, UserUpdated, role="creator", first_name="Back")]),
    ]
    history: list[tuple[int, Event]] = list(enumerate(user_history, 1))
    for session, deleted in ((first, chance.random() < 0.5), (second, False)):
        made: list[Event] = [session, make.session(SessionUpdated, **_facts(session), price="5.00", max_participants=2)]
        made.append(make.session(SessionStatusChanged, **_facts(session), status="inactive"))
        made.append(make.session(SessionUpdated, **_facts(session), title="Last", price="7.00"))
        if deleted:
            made.append(make.session(SessionDeleted, **_facts(session), deleted_at=datetime.now(UTC)))
        history += enumerate(made, 1)
    deliveries = [(version, event, new_id()) for version, event in history]
    deliveries += chance.sample(deliveries, k=5)
    chance.shuffle(deliveries)
    pending = asyncio.Semaphore(4)

    async def deliver(version: int, event: Event, event_id: Any) -> None:
        async with pending:
            await api.deliver(event, version, event_id)

    await asyncio.gather(*(deliver(*one) for one in deliveries))
    (row,) = api.rows("SELECT * FROM users WHERE id = %s", creator)
    assert row["version"] == len(user_history)
    assert (row["is_active"], row["first_name"]) == (not off, "Ada" if off else "Back")
    for session in (first, second):
        last_version, last = max((v, e) for v, e in history if e.id == session.id)
        (row,) = api.rows("SELECT * FROM sessions WHERE id = %s", session.id)
        assert row["version"] == last_version
        assert row["creator_active"] is not off
        for name, value in last.model_dump().items():
            assert row[name] == value, name
    assert isinstance(first, SessionCreated)
