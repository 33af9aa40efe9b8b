"""What admins do with bookings: cancel many, look before they delete, take them into files; and what is kept of it."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest

from shared.contracts.catalog import SessionDeleted
from shared.testing.tokens import new_id

PATH = "/api/admin/bookings/"


async def _preview(admin: Any, **query: str) -> dict[str, Any]:
    answer = await admin.client.get(f"{PATH}preview/", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_deletion_cancels_what_its_preview_tells(
    api: Any, user: Any, creator: Any, admin: Any, make: Any
) -> None:
    session = await api.offer(creator, price="10.10")
    euros = await api.offer(creator, price="7", currency="EUR")
    for _ in range(2):
        await user.booked(session, make.start())
    await (await api.join()).booked(session, make.start())
    await user.cancel((await user.booked(session, make.start()))["id"])
    await api.book_in_the_past(user, session)
    await user.booked(euros, make.start())
    foretold = await _preview(admin, session=str(session.id))
    assert foretold == {"bookings": 3, "people": 2, "refunds": [{"currency": "USD", "amount": "30.30"}]}
    assert await _preview(admin, creator=str(creator.id)) == {
        "bookings": 4,
        "people": 2,
        "refunds": [{"currency": "EUR", "amount": "7.00"}, {"currency": "USD", "amount": "30.30"}],
    }
    gone = make.session(SessionDeleted, id=session.id, creator_id=creator.id, deleted_at=session.created_at)
    await api.deliver(gone, 2)
    cancelled = api.rows(
        "SELECT amount FROM bookings WHERE session_id = %s AND cancel_reason = 'session_deleted'", session.id
    )
    assert (len(cancelled), sum(row["amount"] for row in cancelled)) == (3, Decimal("30.30"))
    assert await _preview(admin, session=str(session.id)) == {"bookings": 0, "people": 0, "refunds": []}


@pytest.mark.parametrize("query", ["", "session=x", f"session={new_id()}&creator={new_id()}"])
async def test_a_preview_is_of_one_session_or_creator(admin: Any, query: str) -> None:
    assert (await admin.client.get(f"{PATH}preview/?{query}")).status_code == 400


async def test_many_at_once_and_what_is_refused_stops_nothing(
    api: Any, user: Any, admin: Any, session: Any, make: Any
) -> None:
    ids = [(await user.booked(session, make.start()))["id"] for _ in range(3)]
    past, nowhere = await api.book_in_the_past(user, session), str(new_id())
    await user.cancel(ids[1])
    body = {"action": "cancel", "ids": [*ids, nowhere, past], "reason": "The room burnt down"}
    foretold = (await admin.client.post(f"{PATH}bulk/", json={**body, "dry_run": True})).json()
    assert api.confirmed(session) == 3
    headers = {"Idempotency-Key": str(new_id())}
    answer = await admin.client.post(f"{PATH}bulk/", json=body, headers=headers)
    assert answer.json() == foretold
    assert foretold["done"] == 3
    assert {item["id"]: item["code"] for item in foretold["skipped"]} == {
        ids[1]: "already_cancelled",
        nowhere: "not_found",
    }
    assert (api.confirmed(session), api.seats(session)) == (0, 0)
    shown = (await user.client.get(f"/api/bookings/{ids[0]}/")).json()
    assert (shown["status"], shown["cancel_reason"]) == ("cancelled", "The room burnt down")
    events = api.rows("SELECT type FROM outbox WHERE aggregate_id = %s ORDER BY id", ids[0])
    assert [event["type"] for event in events] == ["booking.booking.created.v1", "booking.booking.cancelled.v1"]
    again = await admin.client.post(f"{PATH}bulk/", json=body, headers=headers)
    assert (again.status_code, again.json()) == (200, answer.json())


async def test_what_others_did_to_a_booking_is_kept(
    api: Any, user: Any, creator: Any, admin: Any, session: Any, make: Any
) -> None:
    own, by_creator, by_admin = [(await user.booked(session, make.start()))["id"] for _ in range(3)]
    await user.cancel(own)
    await creator.cancel(by_creator, reason="I am ill")
    await admin.cancel(by_admin)
    assert (await admin.client.get(f"{PATH}{own}/audit/")).json() == []
    (line,) = (await admin.client.get(f"{PATH}{by_creator}/audit/")).json()
    assert (line["action"], line["actor"], line["reason"]) == ("booking.cancelled", str(creator.id), "I am ill")
    assert (line["before"], line["after"]) == ({"status": "confirmed"}, {"status": "cancelled"})
    (line,) = (await admin.client.get("/api/admin/booking/audit/", params={"actor": str(admin.id)})).json()
    assert (line["subject"], line["reason"]) == (by_admin, "")
    assert (await admin.client.get(f"{PATH}{new_id()}/audit/")).status_code == 404


async def test_the_list_as_a_file(own_api: Any, make: Any) -> None:
    admin, creator = await own_api.join("admin"), await own_api.join("creator", username="ann")
    person = await own_api.join(first_name="=cmd|' /C calc'!A0", last_name='O\'Neil, "Jo"\r\nx', email="jo@example.com")
    session = await own_api.offer(creator, title="-2+3", price="12.50")
    kept = await person.booked(session, make.start())
    gone = await person.booked(session, make.start())
    await person.cancel(gone["id"], reason="\tsorry")
    answer = await admin.client.get("/api/bookings/export.csv?ordering=created_at")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    first, second = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert [first["id"], second["id"]] == [kept["id"], gone["id"]]
    assert (first["session_title"], first["amount"], first["creator_username"]) == ("'-2+3", "12.50", "ann")
    assert (first["user_first_name"], first["user_last_name"]) == ("'=cmd|' /C calc'!A0", 'O\'Neil, "Jo"\r\nx')
    assert first["booking_date"] == kept["booking_date"]
    assert (first["cancelled_at"], second["cancel_reason"], second["status"]) == ("", "sorry", "cancelled")
    some = await admin.client.get("/api/bookings/export.csv?status=cancelled&search=jo")
    assert [row["id"] for row in csv.DictReader(io.StringIO(some.text, newline=""))] == [gone["id"]]
    note, _ = (await admin.client.get(f"/api/admin/booking/audit/?actor={admin.id}")).json()
    assert (note["action"], note["after"]) == ("bookings.exported", {"status": "cancelled", "search": True})


async def test_all_of_it_is_for_admins_alone(api: Any, creator: Any, user: Any, session: Any, make: Any) -> None:
    booked = (await user.booked(session, make.start()))["id"]
    for method, path in (
        ("GET", "/api/bookings/export.csv"),
        ("GET", f"{PATH}preview/?session={session.id}"),
        ("GET", f"{PATH}{booked}/audit/"),
        ("GET", "/api/admin/booking/audit/"),
        ("POST", f"{PATH}bulk/"),
    ):
        asked = {"json": {"action": "cancel", "ids": [booked]}} if method == "POST" else {}
        for person, status in ((creator.client, 403), (user.client, 403), (api.client(), 401)):
            assert (await person.request(method, path, **asked)).status_code == status
    assert api.confirmed(session) == 1
