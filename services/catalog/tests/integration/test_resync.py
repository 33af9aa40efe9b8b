"""Catalog's replicas of users and bookings beside their owners' snapshots, and its own snapshot of sessions."""

import asyncio
import random
from typing import Any
from uuid import UUID

from services.catalog.tests.conftest import Api, booking_event, user_event

from catalog.consumers import REPLICAS
from shared import replicas
from shared.contracts.identity import UserUpdated
from shared.testing.owner import Owner
from shared.testing.tokens import new_id

PEOPLE, BOOKINGS = REPLICAS["users"], REPLICAS["bookings"]


async def _resync(api: Api, owner: Owner, replica: replicas.Replica) -> replicas.Resynced:
    async with owner.client() as client:
        return await replicas.resync(api.database, client, replica, page=3)


async def _check(api: Api, owner: Owner, replica: replicas.Replica) -> tuple[dict[UUID, str], int]:
    async with owner.client() as client:
        found, unsettled = await replicas.check(api.database, client, replica, grace=0)
    return {difference.id: difference.what for difference in found}, unsettled


def _rows(api: Api) -> list[list[dict[str, Any]]]:
    tables = {"booking_marks": "booking_id", "session_cards": "session_id", "users": "id"}
    counts = "SELECT * FROM booking_counts WHERE confirmed <> 0 ORDER BY session_id"
    return [api.rows(counts), *(api.rows(f"SELECT * FROM {table} ORDER BY {key}") for table, key in tables.items())]


async def _book(api: Api, owner: Owner, session_id: str, *, cancelled: bool = False) -> UUID:
    """A booking as booking has it, and its events here."""
    booking_id = new_id()
    for version, status in enumerate(["confirmed", "cancelled"] if cancelled else ["confirmed"], start=1):
        event = booking_event(session_id, booking_id, status)
        owner.have(event, version)
        await api.deliver(event, version=version)
    return booking_id


async def test_counts_are_made_anew_from_booking(own_api: Api) -> None:
    booking, teacher = Owner(), await own_api.known("creator")
    made = [await teacher.offers() for _ in range(2)]
    for number in range(8):
        await _book(own_api, booking, made[number % 2]["id"], cancelled=number % 3 == 0)
    live = _rows(own_api)
    own_api.execute("DELETE FROM booking_marks")
    own_api.execute("DELETE FROM booking_counts")
    assert set((await _check(own_api, booking, BOOKINGS))[0].values()) == {"missing"}
    done = await _resync(own_api, booking, BOOKINGS)
    assert (done.rows, done.applied) == (8, 8)
    assert _rows(own_api) == live
    assert await _check(own_api, booking, BOOKINGS) == ({}, 0)
    assert (await _resync(own_api, booking, BOOKINGS)).applied == 0


async def test_a_wrong_count_and_a_wrong_mark_are_mended(own_api: Api) -> None:
    booking, teacher = Owner(), await own_api.known("creator")
    made = await teacher.offers()
    ids = [await _book(own_api, booking, made["id"]) for _ in range(4)]
    live = _rows(own_api)
    own_api.execute("UPDATE booking_counts SET confirmed = 17")
    assert await _check(own_api, booking, BOOKINGS) == ({}, 1)
    own_api.execute("UPDATE booking_marks SET status = 'cancelled' WHERE booking_id = %s", ids[0])
    own_api.execute("UPDATE booking_marks SET session_id = gen_random_uuid() WHERE booking_id = %s", ids[1])
    assert (await _check(own_api, booking, BOOKINGS))[0] == {ids[0]: "different", ids[1]: "different"}
    done = await _resync(own_api, booking, BOOKINGS)
    assert (done.applied, done.settled) == (2, 1)
    assert _rows(own_api) == live
    assert (await own_api.client().get(f"/api/sessions/{made['id']}/")).json()["bookings_count"] == 4


async def test_people_are_as_identity_says_and_cards_follow(own_api: Api) -> None:
    identity, teacher, listener = Owner(), await own_api.known("creator"), await own_api.known("user")
    await teacher.offers()
    for person in (teacher, listener):
        identity.have(user_event(UserUpdated, person), 1)
    assert await _check(own_api, identity, PEOPLE) == ({}, 0)
    live = _rows(own_api)
    own_api.execute("DELETE FROM users WHERE id = %s", listener.id)
    own_api.execute("UPDATE users SET first_name = 'Falsified' WHERE id = %s", teacher.id)
    assert (await _check(own_api, identity, PEOPLE))[0] == {teacher.id: "different", listener.id: "missing"}
    await _resync(own_api, identity, PEOPLE)
    assert _rows(own_api) == live
    # What was missed, and what came before the snapshot was read.
    identity.have(user_event(UserUpdated, teacher, first_name="Augusta"), 2)
    await own_api.told(listener, version=5, first_name="Newer")
    assert (await _resync(own_api, identity, PEOPLE)).applied == 1
    (card,) = (await own_api.client().get("/api/sessions/")).json()
    assert card["creator_details"]["first_name"] == "Augusta"
    assert own_api.rows("SELECT first_name FROM users WHERE id = %s", listener.id) == [{"first_name": "Newer"}]


async def test_counts_made_while_people_book_have_no_gap(own_api: Api) -> None:
    booking, teacher, chance = Owner(), await own_api.known("creator"), random.Random(1)
    made = [await teacher.offers() for _ in range(3)]
    for _ in range(20):  # before there was a queue: no event tells of these
        booking.have(booking_event(chance.choice(made)["id"], new_id(), "confirmed"), 1)

    async def book() -> None:
        for _ in range(10):
            await _book(own_api, booking, chance.choice(made)["id"], cancelled=chance.random() < 0.4)
            old_id, (version, old) = chance.choice(list(booking.truth.items()))
            if version == 1:
                event = booking_event(str(old.session_id), old_id, "cancelled")  # type: ignore[attr-defined]
                booking.have(event, 2)
                await own_api.deliver(event, version=2)

    await asyncio.gather(book(), book(), _resync(own_api, booking, BOOKINGS))
    assert await _check(own_api, booking, BOOKINGS) == ({}, 0)
    for item in made:
        confirmed = [
            state
            for version, state in booking.truth.values()
            if version == 1 and str(state.session_id) == item["id"]  # type: ignore[attr-defined]
        ]
        now = (await own_api.client().get(f"/api/sessions/{item['id']}/")).json()
        assert now["bookings_count"] == len(confirmed)


async def test_the_snapshot_of_sessions_has_the_deleted_ones(own_api: Api) -> None:
    """The owner's side."""
    teacher, client = await own_api.known("creator"), own_api.client()
    made = [await teacher.offers() for _ in range(3)]
    await teacher.client.delete(f"/api/sessions/{made[1]['id']}/")
    found: list[Any] = []
    after: str | None = str(UUID(int=0))
    while after is not None:
        page = (await client.get("/internal/sessions/", params={"after": after, "limit": 1})).json()
        found += page["items"]
        after = page["next"]
    assert [(item["state"]["id"], item["version"]) for item in found] == [
        (item["id"], 2 if number == 1 else 1) for number, item in enumerate(made)
    ]
    assert found[1]["state"] == own_api.events(made[1]["id"])[-1]["payload"]
    assert found[1]["state"]["deleted_at"]
    assert (await client.get("/internal/sessions/", params={"limit": 0})).status_code == 400
