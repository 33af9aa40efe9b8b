"""What admins do with sessions: on a creator's behalf, to many at once, into files; and what is kept of it."""

import asyncio
import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from services.catalog.tests.conftest import SESSION, Api, Person, problem

from shared.testing.tokens import new_id

PATH = "/api/admin/sessions/"


async def audit(admin: Person, session_id: str) -> list[dict[str, Any]]:
    """The lines about a session, oldest first."""
    answer = await admin.client.get(f"{PATH}{session_id}/audit/")
    assert answer.status_code == 200, answer.text
    lines: list[dict[str, Any]] = answer.json()
    return lines[::-1]


async def bulk(admin: Person, action: str, ids: list[str], **more: Any) -> dict[str, Any]:
    answer = await admin.client.post(f"{PATH}bulk/", json={"action": action, "ids": ids, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_every_change_by_an_admin_has_its_event_and_its_line(api: Api, admin: Person) -> None:
    teacher = await api.known("creator")
    body = {**SESSION, "creator": str(teacher.id), "reason": "  asked by phone "}
    made = (await admin.client.post("/api/sessions/", json=body)).json()
    path = f"/api/sessions/{made['id']}/"
    await admin.client.patch(path, json={"price": "55.00", "status": "inactive", "reason": "too cheap"})
    await admin.client.patch(path, json={"price": "55.00", "reason": "nothing new"})
    assert (await admin.client.delete(path, params={"reason": "gone"})).status_code == 204
    created, updated, deleted = await audit(admin, made["id"])
    assert (created["action"], created["reason"]) == ("session.created", "asked by phone")
    assert (created["before"], created["after"]["creator_id"]) == ({}, str(teacher.id))
    assert (updated["action"], updated["reason"]) == ("session.updated", "too cheap")
    assert updated["before"] == {"price": "49.90", "status": "active"}
    assert updated["after"] == {"price": "55.00", "status": "inactive"}
    assert (deleted["action"], deleted["reason"]) == ("session.deleted", "gone")
    assert {line["actor"] for line in (created, updated, deleted)} == {str(admin.id)}
    assert created["request_id"]
    assert [event["aggregate_version"] for event in api.events(made["id"])] == [1, 2, 3]
    # What this admin did, of the whole log.
    lines = (await admin.client.get("/api/admin/catalog/audit/", params={"actor": str(admin.id)})).json()
    assert [line["id"] for line in lines] == [deleted["id"], updated["id"], created["id"]]
    for query in (f"actor={new_id()}", f"actor={admin.id}&subject={new_id()}"):
        assert (await admin.client.get(f"/api/admin/catalog/audit/?{query}")).json() == []


async def test_a_creators_own_changes_are_in_the_trail_too(api: Api, admin: Person, creator: Person) -> None:
    made = await creator.offers()
    await creator.client.patch(f"/api/sessions/{made['id']}/", json={"title": "Other"})
    lines = await audit(admin, made["id"])
    assert [(line["action"], line["actor"]) for line in lines] == [
        ("session.created", str(creator.id)),
        ("session.updated", str(creator.id)),
    ]
    problem(await admin.client.get(f"{PATH}{new_id()}/audit/"), 404, "session_not_found")


async def test_many_at_once_and_what_is_refused_stops_nothing(api: Api, admin: Person, creator: Person) -> None:
    ids = [(await creator.offers(title=f"Number {n}"))["id"] for n in range(4)]
    await creator.client.patch(f"/api/sessions/{ids[1]}/", json={"status": "completed"})
    await creator.client.patch(f"/api/sessions/{ids[2]}/", json={"status": "inactive"})
    nowhere = str(new_id())
    asked = [ids[0], ids[0], ids[1], ids[2], nowhere, ids[3]]

    foretold = await bulk(admin, "deactivate", asked, dry_run=True)
    assert {(await creator.client.get(f"/api/sessions/{ids[n]}/")).json()["status"] for n in (0, 3)} == {"active"}
    done = await bulk(admin, "deactivate", asked, reason="spam")
    assert done == foretold
    assert done["done"] == 2
    assert {item["id"]: item["code"] for item in done["skipped"]} == {
        ids[1]: "completed_is_final",
        ids[2]: "unchanged",
        nowhere: "session_not_found",
    }
    assert [event["type"] for event in api.events(ids[0])][1:] == ["catalog.session.status_changed.v1"]
    assert (await audit(admin, ids[0]))[-1]["reason"] == "spam"

    # The opposite undoes it, and deleting takes all that are left.
    changed = [ids[0], ids[3]]
    assert (await bulk(admin, "activate", changed)) == {"done": 2, "skipped": []}
    assert (await bulk(admin, "delete", [*ids, nowhere], reason="spam"))["done"] == 4
    assert (await creator.client.get("/api/sessions/?my_sessions=true")).json() == []


async def test_a_bulk_request_that_is_repeated_gets_its_first_answer(admin: Person, creator: Person) -> None:
    ids = [(await creator.offers())["id"] for _ in range(2)]
    body = {"action": "delete", "ids": ids}
    headers = {"Idempotency-Key": str(new_id())}
    answers = await asyncio.gather(
        *(admin.client.post(f"{PATH}bulk/", json=body, headers=headers) for _ in range(3)),
    )
    assert {answer.text for answer in answers} == {'{"done":2,"skipped":[]}'}
    again = await admin.client.post(f"{PATH}bulk/", json={**body, "action": "activate"}, headers=headers)
    problem(again, 409, "idempotency_key_reused")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "delete"},
        {"action": "delete", "ids": []},
        {"action": "delete", "ids": ["x"]},
        {"action": "explode", "ids": [str(new_id())]},
        {"action": "delete", "ids": [str(new_id()) for _ in range(501)]},
        {"action": "delete", "ids": [str(new_id())], "reason": "x" * 501},
        {"action": "delete", "ids": [str(new_id())], "dry_run": "perhaps"},
    ],
)
async def test_bad_bulk_requests_change_nothing(admin: Person, body: dict[str, Any]) -> None:
    problem(await admin.client.post(f"{PATH}bulk/", json=body), 400, "invalid_input")


async def test_the_list_as_a_file(own_api: Api) -> None:
    admin, teacher = await own_api.known("admin"), await own_api.known(first_name="=1+2", last_name='Ann "A", Lee')
    await teacher.offers(title="@SUM(A1)", location="-5", price="10.00")
    await teacher.offers(title="Zoë, Björn", category="music")
    await teacher.offers(title="Hidden", status="inactive", description="not in here")
    answer = await admin.client.get(f"{PATH}export.csv?status=active&ordering=title")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    today = datetime.now(UTC).date().isoformat()
    assert answer.headers["content-disposition"] == f'attachment; filename="sessions-{today}.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.count(b"\r\n") == answer.content.count(b"\n") == 3
    first, second = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert (first["title"], first["location"], first["price"]) == ("'@SUM(A1)", "'-5", "10.00")
    assert (first["creator_first_name"], first["creator_last_name"]) == ("'=1+2", 'Ann "A", Lee')
    assert (second["title"], second["category"], second["deleted_at"]) == ("Zoë, Björn", "music", "")
    shown = (await admin.client.get(f"{PATH}?status=active&ordering=title")).json()
    assert [first["id"], second["id"]] == [item["id"] for item in shown]
    assert first["created_at"][:19] == shown[0]["created_at"][:19]
    # Noted, without the words that were searched for, which may be somebody's name.
    await admin.client.get(f"{PATH}export.csv?search=Lee")
    notes = (await admin.client.get(f"/api/admin/catalog/audit/?actor={admin.id}")).json()
    assert [(note["action"], note["after"]) for note in notes] == [
        ("sessions.exported", {"search": True}),
        ("sessions.exported", {"status": "active"}),
    ]


async def test_a_file_of_very_many_rows_has_them_all_once(own_api: Api) -> None:
    admin, teacher = await own_api.known("admin"), await own_api.known()
    await own_api.copies((await teacher.offers(title="Many"))["id"], 3000)
    answer = await admin.client.get(f"{PATH}export.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len({row["id"] for row in rows}) == len(rows) == 3001
    head = await admin.client.head(f"{PATH}export.csv")
    assert (head.status_code, head.content) == (200, b"")


async def test_figures_add_up(own_api: Api) -> None:
    admin = await own_api.known("admin")
    ada, bob = await own_api.known(username="ada"), await own_api.known(username="bob")
    made = [(await ada.offers(category="music"))["id"] for _ in range(3)]
    made += [(await bob.offers())["id"], (await bob.offers(status="inactive"))["id"]]
    await own_api.booked(made[0])
    await ada.client.delete(f"/api/sessions/{made[2]}/")
    for session_id, day in zip(made, (1, 1, 2, 2, 3), strict=True):
        own_api.execute(
            "UPDATE sessions SET created_at = %s WHERE id = %s", datetime(2026, 5, day, 23, tzinfo=UTC), session_id
        )
    own_api.execute("UPDATE sessions SET deleted_at = '2026-05-03T00:00:00Z' WHERE deleted_at IS NOT NULL")

    stats = (await admin.client.get(f"{PATH}stats/")).json()
    assert stats["sessions"] == {"total": 4, "active": 3, "inactive": 1, "completed": 0, "public": 3, "deleted": 1}
    assert stats["series"] == [
        {"date": "2026-05-01", "created": 2, "deleted": 0},
        {"date": "2026-05-02", "created": 2, "deleted": 0},
        {"date": "2026-05-03", "created": 1, "deleted": 1},
    ]
    assert (stats["created"], stats["deleted"]) == (5, 1)
    assert stats["created"] - stats["deleted"] == stats["sessions"]["total"]
    assert stats["categories"] == [
        {"slug": "music", "name": "Music", "sessions": 2},
        {"slug": None, "name": None, "sessions": 2},
    ]
    assert [(top["username"], top["sessions"], top["bookings"]) for top in stats["top_creators"]] == [
        ("ada", 2, 1),
        ("bob", 2, 0),
    ]
    part = (await admin.client.get(f"{PATH}stats/?from=2026-05-02&to=2026-05-02")).json()
    assert (part["created"], part["deleted"], len(part["series"])) == (2, 0, 1)
    assert part["sessions"] == stats["sessions"]
    # The rows behind a figure.
    answer = await admin.client.get(f"{PATH}?status=all&created_from=2026-05-02&created_to=2026-05-02")
    assert answer.headers["X-Total-Count"] == "2"
    problem(await admin.client.get(f"{PATH}stats/?from=2026-05-02&to=2026-05-01"), 400, "invalid_input")


async def test_all_of_it_is_for_admins_alone(api: Api, creator: Person) -> None:
    made = await creator.offers()
    body = {"action": "delete", "ids": [made["id"]]}
    for method, path in (
        ("GET", f"{PATH}export.csv"),
        ("GET", f"{PATH}stats/"),
        ("GET", f"{PATH}{made['id']}/audit/"),
        ("GET", "/api/admin/catalog/audit/"),
        ("POST", f"{PATH}bulk/"),
    ):
        asked = {"json": body} if method == "POST" else {}
        problem(await creator.client.request(method, path, **asked), 403, "forbidden")
        problem(await api.client().request(method, path, **asked), 401, "not_authenticated")
    assert (await creator.client.get(f"/api/sessions/{made['id']}/")).status_code == 200
