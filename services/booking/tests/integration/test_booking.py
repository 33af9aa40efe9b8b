"""Booking a seat through the API: the answer, and every reason against it in its order."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.catalog import SessionDeleted, SessionUpdated
from shared.testing.tokens import new_id

FIELDS = {
    "id",
    "session",
    "user",
    "booking_date",
    "ends_at",
    "status",
    "amount",
    "currency",
    "session_details",
    "created_at",
    "cancelled_at",
    "cancel_reason",
}
DETAILS = {
    "id",
    "title",
    "description",
    "duration",
    "price",
    "currency",
    "image_url",
    "category",
    "timezone",
    "location",
    "status",
    "creator_details",
}


async def test_a_booking_answers_with_everything_that_was_agreed(
    api: Any, user: Any, creator: Any, session: Any, make: Any
) -> None:
    start = make.start()
    answer = await user.book(session, start)
    assert answer.status_code == 201
    body = answer.json()
    assert body.keys() == FIELDS
    assert UUID(body["id"]).version == 7
    assert body["session"] == str(session.id)
    assert body["user"] == str(user.id)
    assert body["booking_date"] == start.isoformat().replace("+00:00", "Z")
    assert body["ends_at"] == (start + timedelta(minutes=60)).isoformat().replace("+00:00", "Z")
    assert body["status"] == "confirmed"
    assert body["amount"] == "49.50"
    assert body["currency"] == "USD"
    assert body["created_at"].endswith("Z")
    assert body["cancelled_at"] is None
    details = body["session_details"]
    assert details.keys() == DETAILS
    assert details["title"] == "Poetical Science"
    assert details["price"] == "49.50"
    assert details["creator_details"].keys() == {"id", "username", "first_name", "last_name", "avatar"}
    assert details["creator_details"]["id"] == str(creator.id)
    assert details["creator_details"]["username"].startswith("creator-")
    again = await user.client.get(f"/api/bookings/{body['id']}/")
    assert again.json() == body


async def test_a_time_with_any_offset_is_the_same_instant(user: Any, session: Any, make: Any) -> None:
    start = make.start()
    berlin = (start + timedelta(hours=2)).replace(tzinfo=None).isoformat() + "+02:00"
    body = (await user.book(session, berlin)).json()
    assert body["booking_date"] == start.isoformat().replace("+00:00", "Z")


async def test_visitors_log_in_first(api: Any, session: Any, make: Any) -> None:
    answer = await api.client().post("/api/bookings/", json={"session": str(session.id), "booking_date": "x"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_creators_and_admins_book_like_everybody(api: Any, session: Any, admin: Any, make: Any) -> None:
    other = await api.join("creator")
    start = make.start()
    assert (await other.book(session, start)).status_code == 201
    assert (await admin.book(session, start)).status_code == 201


async def test_somebody_whose_registration_is_still_on_its_way_can_book(
    api: Any, session: Any, creator: Any, make: Any
) -> None:
    new = api.person("user", username="brandnew", given_name="Bran", family_name="New")
    await new.booked(session, make.start())
    (row,) = (await creator.client.get("/api/bookings/creator_bookings/")).json()
    assert row["user_details"] == {
        "id": str(new.id),
        "username": "brandnew",
        "first_name": "Bran",
        "last_name": "New",
        "email": "",
        "avatar": None,
    }
    # The event, when it arrives, fills in what the token doesn't tell.
    await api.deliver(make.user(new.id, email="bran@example.com"), 1)
    (row,) = (await creator.client.get("/api/bookings/creator_bookings/")).json()
    assert row["user_details"]["email"] == "bran@example.com"


def _problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["title"]
    assert body["request_id"]
    return body


async def test_unknown_and_deleted_sessions_are_not_found(
    api: Any, user: Any, session: Any, creator: Any, make: Any, catalog: Any
) -> None:
    _problem(await user.book(new_id(), make.start()), 404, "not_found")
    gone = make.session(SessionDeleted, id=session.id, creator_id=creator.id, deleted_at=datetime.now(UTC))
    await api.deliver(gone, 2)
    catalog.asked.clear()
    _problem(await user.book(session, make.start()), 404, "not_found")
    assert catalog.asked == []


async def test_own_session(creator: Any, session: Any, make: Any) -> None:
    _problem(await creator.book(session, make.start()), 403, "own_session")


@pytest.mark.parametrize("facts", [{"status": "inactive"}, {"status": "completed"}, {"schedule": {"weekly": []}}])
async def test_not_bookable(api: Any, user: Any, make: Any, facts: Any) -> None:
    session = await api.offer(**facts)
    _problem(await user.book(session, make.start()), 409, "not_bookable")


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (timedelta(minutes=-1), "future"),
        (timedelta(days=-3000), "future"),
        (timedelta(days=2, seconds=1), "whole minute"),
        (timedelta(days=2, microseconds=1), "whole minute"),
        (timedelta(days=733), "two years"),
        (timedelta(days=360_000), "two years"),
    ],
)
async def test_times_that_nobody_can_book(user: Any, session: Any, start: timedelta, message: str) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    body = _problem(await user.book(session, now + start), 400, "invalid_input")
    assert message in body["errors"]["booking_date"][0]


async def test_a_time_without_an_offset_is_refused_with_a_hint(user: Any, session: Any) -> None:
    body = _problem(await user.book(session, "2030-01-31T14:00:00"), 400, "invalid_input")
    assert "offset" in body["errors"]["booking_date"][0]


async def test_almost_two_years_ahead_can_be_booked(user: Any, session: Any) -> None:
    start = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=729)
    assert (await user.book(session, start)).status_code == 201


async def test_another_price_than_expected_books_nothing(
    api: Any, user: Any, session: Any, creator: Any, make: Any
) -> None:
    changed = make.session(SessionUpdated, id=session.id, creator_id=creator.id, price="59.00")
    await api.deliver(changed, 2)
    start = make.start()
    body = _problem(await user.book(session, start, expected_amount="49.50"), 409, "price_changed")
    assert (body["price"], body["currency"]) == ("59.00", "USD")
    assert api.confirmed(session) == 0
    for right in ("59.00", 59, 59.0, "59.0"):
        booked = await (await api.join()).booked(session, start, expected_amount=right)
        assert booked["amount"] == "59.00"


async def test_the_amount_stays_when_the_price_changes(
    api: Any, user: Any, session: Any, creator: Any, make: Any
) -> None:
    booked = await user.booked(session, make.start())
    await api.deliver(make.session(SessionUpdated, id=session.id, creator_id=creator.id, price="1.00"), 2)
    now = (await user.client.get(f"/api/bookings/{booked['id']}/")).json()
    assert now["amount"] == "49.50"
    assert now["session_details"]["price"] == "1.00"


async def test_one_seat_a_user_and_again_after_cancelling(user: Any, session: Any, make: Any) -> None:
    start = make.start()
    first = await user.booked(session, start)
    _problem(await user.book(session, start), 409, "already_booked")
    assert (await user.cancel(first["id"])).status_code == 200
    second = await user.booked(session, start)
    assert second["id"] != first["id"]


async def test_sold_out_and_free_again(api: Any, user: Any, make: Any) -> None:
    session = await api.offer(max_participants=1)
    start = make.start()
    first = await user.booked(session, start)
    other = await api.join()
    _problem(await other.book(session, start), 409, "sold_out")
    # Another start has seats of its own.
    await other.booked(session, start + timedelta(hours=1))
    await user.cancel(first["id"])
    await other.booked(session, start)
    assert api.seats(session) == 2


async def test_a_creator_is_never_in_two_places(api: Any, user: Any, creator: Any, session: Any, make: Any) -> None:
    other = await api.offer(creator, duration=90)
    start = make.start()
    booked = await user.booked(session, start)
    for overlapping in (start, start - timedelta(minutes=89), start + timedelta(minutes=59)):
        _problem(await (await api.join()).book(other, overlapping), 409, "creator_busy")
    _problem(await user.book(session, start + timedelta(minutes=30)), 409, "creator_busy")
    await user.booked(other, start - timedelta(minutes=90))
    await user.booked(other, start + timedelta(minutes=60))
    # The same start is the same place.
    await (await api.join()).booked(session, start)
    # Somebody else's creator doesn't mind.
    await user.booked(await api.offer(), start)
    # Refused requests left nothing behind, and a start that was given back is free again.
    assert len(api.rows("SELECT 1 FROM occurrences WHERE session_id = %s", other.id)) == 2
    alone = await api.offer(creator)
    far = start + timedelta(days=40)
    only = await user.booked(session, far)
    _problem(await user.book(alone, far), 409, "creator_busy")
    await user.cancel(only["id"])
    await user.booked(alone, far)
    assert booked["status"] == "confirmed"


async def test_a_start_keeps_its_length_from_its_first_booking(
    api: Any, user: Any, creator: Any, session: Any, make: Any
) -> None:
    start = make.start()
    first = await user.booked(session, start)
    await api.deliver(make.session(SessionUpdated, id=session.id, creator_id=creator.id, duration=120), 2)
    other = await api.join()
    second = await other.booked(session, start)
    assert second["ends_at"] == first["ends_at"]
    await user.cancel(first["id"])
    await other.cancel(second["id"])
    # Nobody is left who was told the old length.
    third = await user.booked(session, start)
    assert third["ends_at"] == (start + timedelta(minutes=120)).isoformat().replace("+00:00", "Z")


async def test_refusals_come_in_their_order(api: Any, creator: Any, user: Any, make: Any) -> None:
    closed = await api.offer(creator, status="inactive")
    past = datetime.now(UTC) - timedelta(days=1)
    _problem(await creator.book(closed, past), 403, "own_session")
    _problem(await user.book(closed, past), 409, "not_bookable")
    session = await api.offer(creator, max_participants=1)
    _problem(await user.book(session, past, expected_amount="1.00"), 400, "invalid_input")
    start = make.start()
    await user.booked(session, start)
    _problem(await user.book(session, start, expected_amount="1.00"), 409, "price_changed")
    _problem(await user.book(session, start), 409, "already_booked")


GOOD = object()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("session", None),
        ("session", ""),
        ("session", "not-a-uuid"),
        ("session", 10**40),
        ("session", ["x"]),
        ("session", {"id": 1}),
        ("session", "null"),
        ("session", "\u0000"),
        ("booking_date", None),
        ("booking_date", ""),
        ("booking_date", "tomorrow"),
        ("booking_date", 1893456000),
        ("booking_date", 1e400),
        ("booking_date", True),
        ("booking_date", "2030-13-01T00:00:00Z"),
        ("booking_date", "2030-02-30T00:00:00Z"),
        ("booking_date", "2030-01-01T25:00:00Z"),
        ("booking_date", "2030-01-01T00:00:00+25:00"),
        ("booking_date", "2030-01-01"),
        ("booking_date", "0001-01-01T00:00:00+14:00"),
        ("booking_date", "0001-01-01T00:00:00Z"),
        ("booking_date", "9999-12-31T23:59:00-14:00"),
        ("booking_date", "9999-12-31T23:59:00Z"),
        ("booking_date", "2030-01-01T00:00:00Z\u0000"),
        ("booking_date", "2" * 10_000),
        ("expected_amount", "x"),
        ("expected_amount", "1.001"),
        ("expected_amount", -1),
        ("expected_amount", "NaN"),
        ("expected_amount", "Infinity"),
        ("expected_amount", "1e999999"),
        ("expected_amount", 10**400),
        ("expected_amount", True),
        ("expected_amount", [1]),
        ("expected_amount", {"a": 1}),
        ("expected_amount", "\ud800"),
    ],
)
async def test_bad_fields_are_400(user: Any, session: Any, make: Any, field: str, value: Any) -> None:
    import json

    body = {"session": str(session.id), "booking_date": make.start().isoformat(), field: value}
    answer = await user.client.post(
        "/api/bookings/", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert field in _problem(answer, 400, "invalid_input")["errors"] or answer.json()["errors"]


@pytest.mark.parametrize("content", ["", "null", "[]", "1", '"x"', "{", "{}", "[" * 5000, '{"session": NaN}'])
async def test_bad_bodies_are_400(user: Any, content: str) -> None:
    answer = await user.client.post("/api/bookings/", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text


async def test_what_is_not_asked_for_is_ignored(user: Any, session: Any, make: Any) -> None:
    other = str(new_id())
    booked = await user.booked(session, make.start(), user=other, amount="0.00", status="cancelled", id=other)
    assert booked["user"] == str(user.id)
    assert (booked["amount"], booked["status"]) == ("49.50", "confirmed")
    assert booked["id"] != other


async def test_both_spellings_of_the_path(user: Any, session: Any, make: Any) -> None:
    body = {"session": str(session.id), "booking_date": make.start().isoformat()}
    assert (await user.client.post("/api/bookings", json=body)).status_code == 201
