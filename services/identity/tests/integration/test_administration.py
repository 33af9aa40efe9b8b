"""What admins do with accounts: many at once, files, figures, where somebody is logged in; and what is kept of it."""

import csv
import io
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from services.identity.tests.conftest import Api, Person

PATH = "/api/users/"


async def bulk(admin: Person, action: str, people: list[Person], **more: Any) -> dict[str, Any]:
    ids = [person.id for person in people]
    answer = await admin.client.post(f"{PATH}bulk/", json={"action": action, "ids": ids, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_many_at_once_and_what_is_refused_stops_nothing(api: Api, admin: Person) -> None:
    people = [await api.join() for _ in range(3)]
    assert await bulk(admin, "deactivate", [people[0]]) == {"done": 1, "skipped": []}
    nobody = Person(str(uuid4()), "", "", api.client())
    asked = [*people, admin, nobody]
    foretold = await bulk(admin, "deactivate", asked, dry_run=True)
    assert (await people[1].profile()).status_code == 200
    done = await bulk(admin, "deactivate", asked, reason="a ring of spammers")
    assert done == foretold
    assert done["done"] == 2
    assert {item["id"]: item["code"] for item in done["skipped"]} == {
        people[0].id: "unchanged",
        admin.id: "own_account",
        nobody.id: "not_found",
    }
    assert (await people[1].profile()).status_code == 401
    assert [event["type"] for event in api.events(people[1].id)][1:] == ["identity.user.deactivated.v1"]
    (line,) = [
        line
        for line in (await admin.client.get(f"{PATH}{people[1].id}/audit/")).json()
        if line["action"] == "account.deactivated"
    ]
    assert (line["actor"], line["reason"]) == (admin.id, "a ring of spammers")
    mine = (await admin.client.get("/api/admin/identity/audit/", params={"actor": admin.id})).json()
    assert line in mine
    assert all(entry["actor"] == admin.id for entry in mine)
    # The opposite undoes it.
    assert (await bulk(admin, "activate", people[1:]))["done"] == 2
    assert (await bulk(admin, "set_role", people[1:], role="creator"))["done"] == 2
    again = await api.log_in(people[2])
    assert (await again.profile()).json()["role"] == "creator"
    assert (await bulk(admin, "log_out", [people[2]])) == {"done": 1, "skipped": []}
    assert (await again.profile()).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"action": "set_role", "ids": [str(uuid4())]},
        {"action": "set_role", "ids": [str(uuid4())], "role": "king"},
        {"action": "delete", "ids": [str(uuid4())]},
        {"action": "activate", "ids": []},
    ],
)
async def test_bad_bulk_requests_change_nothing(admin: Person, body: dict[str, Any]) -> None:
    answer = await admin.client.post(f"{PATH}bulk/", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


async def test_where_somebody_is_logged_in(api: Api, admin: Person, user: Person) -> None:
    await api.another_login(user)
    answer = await admin.client.get(f"{PATH}{user.id}/devices/")
    assert (answer.status_code, answer.headers["X-Total-Count"]) == (200, "2")
    own = (await user.client.get("/api/auth/devices/")).json()
    assert [{**device, "current": False} for device in own] == answer.json()
    current = [device["current"] for device in (await admin.client.get(f"{PATH}{admin.id}/devices/")).json()]
    assert current == [True]
    assert (await admin.client.get(f"{PATH}{uuid4()}/devices/")).status_code == 404


async def test_how_somebody_logs_in(api: Api, admin: Person, user: Person) -> None:
    with psycopg.connect(api.test_database.dsn("identity")) as connection:
        connection.execute(
            "INSERT INTO oauth_accounts (provider, subject, user_id, email, linked_at)"
            " VALUES ('github', %s, %s, %s, now())",
            (str(uuid4()), user.id, user.email),
        )
    (found,) = (await admin.client.get(f"{PATH}{user.id}/linked-accounts/")).json()
    assert (found["name"], found["email"]) == ("GitHub", user.email)
    assert [found] == (await user.client.get("/api/auth/oauth/accounts/")).json()
    assert (await admin.client.get(f"{PATH}{admin.id}/linked-accounts/")).json() == []
    own = (await user.client.get("/api/auth/second-factors/")).json()
    assert (await admin.client.get(f"{PATH}{user.id}/second-factors/")).json() == own
    for path in ("linked-accounts", "second-factors"):
        assert (await admin.client.get(f"{PATH}{uuid4()}/{path}/")).status_code == 404


async def test_the_list_as_a_file(own_api: Api) -> None:
    admin = await own_api.join("admin")
    person = await own_api.join(username="sum", first_name="=SUM(A1)", last_name='"Zoë", née')
    await own_api.join("creator", username="other")
    answer = await admin.client.get(f"{PATH}export.csv?role=user")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    (row,) = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert (row["id"], row["email"], row["username"]) == (person.id, person.email, "sum")
    assert (row["first_name"], row["last_name"], row["is_active"]) == ("'=SUM(A1)", '"Zoë", née', "t")
    assert "argon2" not in answer.text
    note = (await admin.client.get(f"/api/admin/identity/audit/?actor={admin.id}")).json()[0]
    assert (note["action"], note["subject"], note["after"]) == ("accounts.exported", admin.id, {"role": "user"})


async def test_registrations_add_up(own_api: Api) -> None:
    admin = await own_api.join("admin")
    people = [await own_api.join(role) for role in ("user", "user", "creator")]
    await bulk(admin, "deactivate", people[:1])
    with psycopg.connect(own_api.test_database.dsn("identity")) as connection:
        for person, day in zip([*people, admin], (1, 2, 2, 3), strict=True):
            moment = datetime(2026, 5, day, 23, 59, 59, tzinfo=UTC)
            connection.execute("UPDATE users SET created_at = %s WHERE id = %s", (moment, person.id))
    stats = (await admin.client.get(f"{PATH}stats/")).json()
    assert stats["series"] == [
        {"date": "2026-05-01", "user": 1, "creator": 0, "admin": 0},
        {"date": "2026-05-02", "user": 1, "creator": 1, "admin": 0},
        {"date": "2026-05-03", "user": 0, "creator": 0, "admin": 1},
    ]
    assert stats["registered"] == {"user": 2, "creator": 1, "admin": 1}
    assert sum(stats["registered"].values()) == stats["total"] == 4
    part = (await admin.client.get(f"{PATH}stats/?from=2026-05-02&to=2026-05-02")).json()
    assert (part["registered"], len(part["series"])) == ({"user": 1, "creator": 1, "admin": 0}, 1)
    rows = await admin.client.get(f"{PATH}?created_from=2026-05-02&created_to=2026-05-02")
    assert rows.headers["X-Total-Count"] == "2"
    assert (await admin.client.get(f"{PATH}stats/?from=2026-05-02&to=2026-05-01")).status_code == 400


async def test_all_of_it_is_for_admins_alone(api: Api, creator: Person) -> None:
    for method, path in (
        ("GET", f"{PATH}export.csv"),
        *(("GET", f"{PATH}{creator.id}/{what}/") for what in ("devices", "linked-accounts", "second-factors")),
        ("GET", "/api/admin/identity/audit/"),
        ("POST", f"{PATH}bulk/"),
    ):
        asked = {"json": {"action": "deactivate", "ids": [creator.id]}} if method == "POST" else {}
        assert (await creator.client.request(method, path, **asked)).status_code == 403
        assert (await api.client().request(method, path, **asked)).status_code == 401
