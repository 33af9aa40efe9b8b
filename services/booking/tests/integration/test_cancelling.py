"""Giving a seat back: who may, when, and what comes of it."""

from datetime import timedelta
from typing import Any

import pytest

from shared.testing.tokens import new_id


async def test_the_booker_cancels(api: Any, user: Any, session: Any, make: Any) -> None:
    booked = await user.booked(session, make.start())
    answer = await user.cancel(booked["id"], reason="  caught a cold ")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "cancelled"
    assert body["cancel_reason"] == "caught a cold"
    assert body["cancelled_at"].endswith("Z")
    assert body["amount"] == booked["amount"]
    assert "user_details" not in body
    assert api.seats(session) == 0
    events = api.rows("SELECT * FROM outbox WHERE aggregate_id = %s ORDER BY id", booked["id"])
    assert [(event["type"], event["aggregate_version"]) for event in events] == [
        ("booking.booking.created.v1", 1),
        ("booking.booking.cancelled.v1", 2),
    ]
    # The same request id that came back is on the event it caused.
    assert events[1]["headers"]["correlation_id"] == answer.headers["X-Request-ID"]


async def test_cancelling_twice_is_a_conflict(user: Any, session: Any, make: Any) -> None:
    booked = await user.booked(session, make.start())
    await user.cancel(booked["id"])
    answer = await user.cancel(booked["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "already_cancelled")


async def test_creators_and_admins_cancel_and_others_find_nothing(
    api: Any, user: Any, creator: Any, admin: Any, session: Any, make: Any
) -> None:
    booked = await user.booked(session, make.start())
    for stranger in (await api.join(), await api.join("creator")):
        assert (await stranger.cancel(booked["id"])).status_code == 404
    by_creator = await creator.cancel(booked["id"])
    assert by_creator.status_code == 200
    assert by_creator.json()["user_details"]["id"] == str(user.id)
    other = await user.booked(session, make.start())
    assert (await admin.cancel(other["id"])).status_code == 200
    assert (await user.cancel(str(new_id()))).status_code == 404
    assert (await api.client().patch(f"/api/bookings/{other['id']}/", json={"status": "cancelled"})).status_code == 401


async def test_after_the_start_only_creators_and_admins_cancel(
    api: Any, user: Any, creator: Any, session: Any, make: Any
) -> None:
    booked = await api.book_in_the_past(user, session)
    answer = await user.cancel(booked)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_started")
    assert (await creator.cancel(booked)).status_code == 200
    assert api.seats(session) == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"reason": "why"}, "body"),
        ({"status": None}, "body"),
        ({"status": "confirmed"}, "status"),
        ({"status": "pending"}, "status"),
        ({"status": ["cancelled"]}, "status"),
        ({"booking_date": "2030-01-01T10:00:00Z"}, "booking_date"),
        ({"booking_date": None}, "booking_date"),
        ({"status": "cancelled", "booking_date": "2030-01-01T10:00:00Z"}, "booking_date"),
        ({"status": "cancelled", "reason": "x" * 501}, "reason"),
        ({"status": "cancelled", "reason": 7}, "reason"),
        ({"status": "cancelled", "reason": "\u0000"}, "reason"),
    ],
)
async def test_other_changes_are_400(user: Any, session: Any, make: Any, body: Any, field: str) -> None:
    booked = await user.booked(session, make.start())
    answer = await user.client.patch(f"/api/bookings/{booked['id']}/", json=body)
    assert answer.status_code == 400, answer.text
    assert field in answer.json()["errors"]
    assert (await user.client.get(f"/api/bookings/{booked['id']}/")).json()["status"] == "confirmed"


@pytest.mark.parametrize("booking_id", ["x", "1", "null", "0" * 33])
async def test_ids_that_are_none(user: Any, booking_id: str) -> None:
    assert (await user.client.get(f"/api/bookings/{booking_id}/")).status_code == 400
    assert (await user.cancel(booking_id)).status_code == 400


async def test_after_a_cancelled_first_booking_the_calendar_is_free(
    api: Any, user: Any, creator: Any, session: Any, make: Any
) -> None:
    start = make.start()
    other = await api.offer(creator)
    booked = await user.booked(session, start)
    assert (await user.book(other, start + timedelta(minutes=30))).status_code == 409
    await user.cancel(booked["id"])
    await user.booked(other, start + timedelta(minutes=30))
    assert (await user.book(session, start)).status_code == 409
