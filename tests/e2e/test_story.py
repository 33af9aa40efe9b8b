"""The main job: publish, book at once, and see the revenue arrive by way of the broker."""

import asyncio
from typing import Any

from shared.testing.eventually import eventually
from tests.e2e.conftest import People, Person, a_start


async def revenue(creator: Person) -> dict[str, Any]:
    answer = await creator.get("/api/bookings/creator_stats/")
    assert answer.status_code == 200, answer.text
    stats: dict[str, Any] = answer.json()
    return stats


async def test_a_booking_reaches_the_creators_figures(people: People, creator: Person, user: Person) -> None:
    session = await people.publish(creator, title="Wood Engraving", price="99.99", duration=120)
    start = a_start()
    booked = await user.post("/api/bookings/", {"session": session["id"], "booking_date": start})
    assert booked.status_code == 201, booked.text
    booking = booked.json()
    assert {"id", "booking_date", "ends_at", "session_details", "created_at"} <= booking.keys()
    assert (booking["status"], booking["amount"], booking["currency"]) == ("confirmed", "99.99", "USD")
    assert (booking["session"], booking["user"]) == (session["id"], user.id)
    assert booking["session_details"]["title"] == "Wood Engraving"
    assert booking["booking_date"].endswith("T14:00:00Z")
    assert booking["ends_at"].endswith("T16:00:00Z")

    async def arrived() -> bool:
        figures = {"currency": "USD", "gross": "99.99", "refunded": "0.00", "net": "99.99"}
        return bool((await revenue(creator))["revenue"] == [figures])

    await eventually("the booking's amount in the creator's stats", arrived)
    stats = await revenue(creator)
    assert stats.keys() >= {"revenue", "series", "bookings", "seats", "top_sessions"}
    assert stats["bookings"] == {"confirmed": 1, "cancelled": 0, "upcoming": 1}
    top = {"id": session["id"], "title": "Wood Engraving", "bookings": 1, "net": "99.99"}
    assert top.items() <= stats["top_sessions"][0].items()
    [ledger] = (await creator.get("/api/bookings/creator_revenue/ledger/")).json()
    assert ledger["amount"] == "99.99"

    async def seen() -> bool:
        rows = (await creator.get("/api/bookings/creator_bookings/")).json()
        return [(row["id"], row["user_details"]["email"]) for row in rows] == [(booking["id"], user.email)]

    # The address comes with identity's event, which keeps no order with booking's.
    await eventually("the booking in the creator's list, with who comes", seen)

    cancelled = await user.patch(f"/api/bookings/{booking['id']}/", {"status": "cancelled", "reason": "ill"})
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    again = await user.patch(f"/api/bookings/{booking['id']}/", {"status": "cancelled"})
    assert (again.status_code, again.json()["code"]) == (409, "already_cancelled")

    async def refunded() -> bool:
        figures = {"currency": "USD", "gross": "99.99", "refunded": "99.99", "net": "0.00"}
        return bool((await revenue(creator))["revenue"] == [figures])

    await eventually("the refund in the creator's stats", refunded)


async def test_a_session_is_bookable_in_the_instant_it_was_created(people: People, user: Person) -> None:
    """Everybody and everything here is new to every service but the one that made it."""
    for _ in range(5):
        creator = await people.join("creator")
        session = await people.publish(creator)
        answer = await user.post("/api/bookings/", {"session": session["id"], "booking_date": a_start()})
        assert answer.status_code == 201, answer.text


async def test_a_user_who_becomes_a_creator_can_publish_at_once(people: People, user: Person) -> None:
    refused = await user.post("/api/sessions/", {"title": "x", "duration": 30, "price": 1, "max_participants": 1})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    became = await user.post("/api/auth/become-creator/")
    assert became.status_code == 200, became.text
    user.client.headers["Authorization"] = f"Bearer {became.json()['access']}"
    await people.publish(user)


async def test_many_people_race_for_the_last_seats_through_the_gateway(people: People, creator: Person) -> None:
    session = await people.publish(creator, max_participants=3)
    start = a_start()
    crowd = [await people.join() for _ in range(10)]
    answers = await asyncio.gather(
        *(person.post("/api/bookings/", {"session": session["id"], "booking_date": start}) for person in crowd)
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 3 + [409] * 7
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"sold_out"}


async def test_deleting_a_session_cancels_its_upcoming_bookings(people: People, creator: Person, user: Person) -> None:
    session = await people.publish(creator)
    booking = (await user.post("/api/bookings/", {"session": session["id"], "booking_date": a_start()})).json()
    assert (await creator.delete(f"/api/sessions/{session['id']}/")).status_code == 204
    assert (await user.get(f"/api/sessions/{session['id']}/")).status_code == 404

    async def cancelled() -> bool:
        found = (await user.get(f"/api/bookings/{booking['id']}/")).json()
        return (found["status"], found["cancel_reason"]) == ("cancelled", "session_deleted")

    await eventually("the deletion cancels the booking", cancelled)
    kept = (await user.get(f"/api/bookings/{booking['id']}/")).json()
    assert kept["session_details"]["title"] == session["title"]
    again = await user.post("/api/bookings/", {"session": session["id"], "booking_date": a_start()})
    assert again.status_code == 404


async def test_a_new_price_asks_for_another_confirmation(people: People, creator: Person, user: Person) -> None:
    session = await people.publish(creator, price="10.00")
    changed = await creator.patch(f"/api/sessions/{session['id']}/", {"price": 12.5})
    assert (changed.status_code, changed.json()["price"]) == (200, "12.50")
    wanted = {"session": session["id"], "booking_date": a_start(), "expected_amount": "1.00"}

    async def told() -> bool:
        answer = await user.post("/api/bookings/", wanted)
        assert (answer.status_code, answer.json()["code"]) == (409, "price_changed")
        return bool(answer.json()["price"] == "12.50")

    await eventually("the new price reaches booking", told)
    stale = await user.post("/api/bookings/", {**wanted, "expected_amount": "10.00"})
    assert (stale.status_code, stale.json()["code"]) == (409, "price_changed")
    assert (await user.post("/api/bookings/", {**wanted, "expected_amount": 12.5})).status_code == 201


async def test_a_retried_request_has_one_effect(people: People, creator: Person, user: Person) -> None:
    session = await people.publish(creator)
    wanted = {"session": session["id"], "booking_date": a_start()}
    key = {"Idempotency-Key": "attempt-1"}
    answers = await asyncio.gather(*(user.post("/api/bookings/", wanted, **key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await user.post("/api/bookings/", {**wanted, "booking_date": a_start()}, **key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    refusal = {**wanted, "expected_amount": "1.00"}
    first, second = [await user.post("/api/bookings/", refusal, **{"Idempotency-Key": "attempt-2"}) for _ in range(2)]
    assert first.status_code == second.status_code == 409
    assert first.json()["code"] == second.json()["code"]
