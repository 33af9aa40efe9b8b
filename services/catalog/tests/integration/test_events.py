"""Events in any order, any number of times, and beside requests: the cards end as the truth is."""

import asyncio
import os
import random
from typing import Any

import pytest
from services.catalog.tests.conftest import Api, Person, booking_event, user_event

from catalog.commands import seed_demo
from catalog.demo import creator_id, entries, seed
from catalog.sessions.repository import cards as repository
from shared.clock import utcnow
from shared.contracts.base import Event
from shared.contracts.identity import UserDeactivated, UserUpdated
from shared.testing.tokens import new_id

SEEDS = int(os.environ.get("PROPERTY_SEEDS", "15"))


async def cards(api: Api) -> list[dict[str, Any]]:
    """The whole read model."""
    return api.rows("SELECT * FROM session_cards ORDER BY session_id") + api.rows(
        "SELECT * FROM public_counts WHERE sessions <> 0 ORDER BY category"
    )


@pytest.mark.timeout(1800)
async def test_shuffled_and_repeated_deliveries_give_the_same_state(own_api: Api) -> None:
    for number in range(SEEDS):
        chance = random.Random(number)
        teacher = await own_api.known("creator")
        made = [await teacher.offers(category=chance.choice(["music", None])) for _ in range(2)]
        deliveries: list[tuple[Event, int]] = []
        confirmed = {item["id"]: 0 for item in made}
        for _ in range(6):
            session_id, booking_id = chance.choice(made)["id"], new_id()
            deliveries.append((booking_event(session_id, booking_id, "confirmed"), 1))
            if chance.random() < 0.5:
                deliveries.append((booking_event(session_id, booking_id, "cancelled"), 2))
            else:
                confirmed[session_id] += 1
        deliveries += [(user_event(UserUpdated, teacher, first_name=f"Name {n}"), n) for n in range(2, 6)]
        if chance.random() < 0.3:
            deliveries.append((user_event(UserDeactivated, teacher, first_name="Name 6", is_active=False), 6))
        last = max(version for _, version in deliveries)
        deliveries += chance.choices(deliveries, k=8)
        chance.shuffle(deliveries)
        for event, version in deliveries:
            await own_api.deliver(event, version=version)
        admin = own_api.person("admin").client
        for item in made:
            now = (await admin.get(f"/api/sessions/{item['id']}/")).json()
            assert now["bookings_count"] == confirmed[item["id"]]
            assert now["creator_details"]["first_name"] == f"Name {last}"
    live = await cards(own_api)
    own_api.execute("DELETE FROM session_cards")
    await own_api.rebuild()
    assert await cards(own_api) == live


async def test_a_booking_of_a_session_that_is_gone_or_unknown_does_no_harm(own_api: Api) -> None:
    teacher = await own_api.known("creator")
    made = await teacher.offers()
    await teacher.client.delete(f"/api/sessions/{made['id']}/")
    await own_api.booked(made["id"])
    await own_api.booked(str(new_id()))
    assert (await own_api.client().get("/api/sessions/")).json() == []


async def test_edits_bookings_names_and_creations_at_once_lose_nothing(own_api: Api) -> None:
    """A card rendered from what another transaction has just changed would show the old for ever."""
    teacher = await own_api.known("creator")
    made = await teacher.offers(title="0")
    path = f"/api/sessions/{made['id']}/"

    async def edit() -> None:
        for n in range(1, 16):
            assert (await teacher.client.patch(path, json={"title": str(n)})).status_code == 200

    async def book() -> None:
        for _ in range(15):
            await own_api.booked(made["id"])

    async def rename() -> None:
        for n in range(2, 17):
            await own_api.told(teacher, version=n, event=UserUpdated, first_name=f"Name {n}")

    async def create() -> None:
        for n in range(15):
            await teacher.offers(title=f"New {n}", category="music")

    await asyncio.gather(edit(), book(), rename(), create(), book())
    now = (await own_api.client().get(path)).json()
    assert (now["title"], now["bookings_count"]) == ("15", 30)
    names = {item["creator_details"]["first_name"] for item in (await own_api.client().get("/api/sessions/")).json()}
    assert names == {"Name 16"}
    live = await cards(own_api)
    await own_api.rebuild()
    assert await cards(own_api) == live


async def test_without_the_locks_the_cards_do_get_lost(own_api: Api, monkeypatch: Any) -> None:
    """The control: the same race, without locking sessions before rendering."""

    async def no_lock(*_: Any) -> None:
        await asyncio.sleep(0)

    teacher = await own_api.known("creator")
    made = await teacher.offers(title="0")
    path = f"/api/sessions/{made['id']}/"
    monkeypatch.setattr(repository, "lock", no_lock)
    for attempt in range(60):
        wanted = f"Title {attempt}"
        await asyncio.gather(
            teacher.client.patch(path, json={"title": wanted}), *(own_api.booked(made["id"]) for _ in range(4))
        )
        now = (await own_api.client().get(path)).json()
        if now["title"] != wanted or now["bookings_count"] != 4 * (attempt + 1):
            return
    raise AssertionError("the race didn't happen once, so the test above proves nothing")


async def test_the_demo_is_for_development_only(monkeypatch: Any) -> None:
    monkeypatch.setenv("DEBUG", "false")
    with pytest.raises(SystemExit, match="DEBUG"):
        await seed_demo([])


async def test_demo_sessions_come_once_and_look_like_something(own_api: Api) -> None:
    by_name: dict[str, Person] = {}
    for username in {entry["by"] for entry in entries()}:
        by_name[username] = own_api.person("creator", creator_id(username), username=username)
        await own_api.told(by_name[username], username=username)
    assert await seed(own_api.database, now=utcnow()) == len(entries()) >= 14
    visitor = own_api.client()
    shown = (await visitor.get("/api/sessions/")).json()
    assert len(shown) == len(entries())
    assert len({item["category"] for item in shown}) >= 5
    assert all(item["description"].count("\n\n") >= 2 for item in shown)
    assert not {"Advanced Python", "Python Masterclass", "React Workshop"} & {item["title"] for item in shown}
    assert len(own_api.rows("SELECT FROM outbox")) == len(shown)
    # Repeated: nothing new, and what was deleted stays away.
    await by_name["testcreator"].client.delete(f"/api/sessions/{shown[0]['id']}/")
    assert await seed(own_api.database, now=utcnow()) == 0
