"""What people take along of what they booked, and creators of what others booked with them."""

from typing import Any

import pytest

from booking.bookings import service as bookings
from booking.revenue import service as revenue


async def test_own_bookings_those_of_own_sessions_and_the_ledger(
    api: Any, user: Any, creator: Any, session: Any, make: Any
) -> None:
    elsewhere = await api.offer()
    past = await api.book_in_the_past(user, session)
    kept = await user.booked(session, make.start())
    cancelled = (await user.booked(elsewhere, make.start()))["id"]
    await user.cancel(cancelled, reason="ill")
    await api.project()

    answer = await user.client.get("/api/bookings/export/")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"] == 'attachment; filename="booking-export.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    own = answer.json()
    assert (own["service"], own["bookings_of_own_sessions"], own["ledger"]) == ("booking", [], [])
    assert {row["id"] for row in own["bookings"]} == {past, kept["id"], cancelled}
    assert next(row for row in own["bookings"] if row["id"] == kept["id"]) == kept
    assert next(row for row in own["bookings"] if row["id"] == cancelled)["cancel_reason"] == "ill"

    given = (await creator.client.get("/api/bookings/export")).json()
    assert given["bookings"] == []
    assert {row["id"] for row in given["bookings_of_own_sessions"]} == {past, kept["id"]}
    # Who came, but not how to reach them: they are not the creator's to take along.
    for row in given["bookings_of_own_sessions"]:
        assert set(row["user_details"]) == {"id", "username", "first_name", "last_name"}
    assert f"{user.id.hex}@example.com" not in (await creator.client.get("/api/bookings/export/")).text
    assert {(row["booking"], row["kind"], row["amount"]) for row in given["ledger"]} == {
        (past, "booked", "49.50"),
        (kept["id"], "booked", "49.50"),
    }
    rows = (await creator.client.get("/api/bookings/creator_revenue/ledger/")).json()
    assert given["ledger"] == rows


async def test_more_than_one_portion(
    api: Any, user: Any, creator: Any, session: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bookings, "PORTION", 2)
    monkeypatch.setattr(revenue, "PORTION", 2)
    made = [(await user.booked(session, make.start()))["id"] for _ in range(4)]
    await api.project()
    for count in (4, 5):
        own = (await user.client.get("/api/bookings/export/")).json()
        given = (await creator.client.get("/api/bookings/export/")).json()
        assert [row["id"] for row in own["bookings"]] == made[::-1]
        assert [row["id"] for row in given["bookings_of_own_sessions"]] == made[::-1]
        assert sorted(row["booking"] for row in given["ledger"]) == sorted(made)
        if count == 4:
            made.append((await user.booked(session, make.start()))["id"])
            await api.project()


async def test_visitors_have_nothing_to_take_along(api: Any) -> None:
    answer = await api.client().get("/api/bookings/export/")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
