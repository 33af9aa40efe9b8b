"""Creating, reading, changing and deleting sessions: every call with its documented answers."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from services.catalog.tests.conftest import SESSION, Api, Clock, Person, problem

FIELDS = {
    *("id", "title", "description", "duration", "price", "currency", "max_participants", "status", "image_url"),
    *("category", "timezone", "location", "schedule", "creator_details", "bookings_count", "created_at", "updated_at"),
}
FULL = {
    "title": "  Advanced Engines  ",
    "description": "Two\n\nparagraphs, “quotes” and \\ backslashes \u2028 \x1f 🐍",
    "duration": 90,
    "price": 99.99,
    "max_participants": 20,
    "image_url": "https://images.example.com/a.png?w=1#x",
    "status": "inactive",
    "category": "Data Science",
    "currency": "eur",
    "timezone": "Europe/Berlin",
    "schedule": None,
    "location": "Room 4",
    "bookings_count": 77,
    "unknown": {"is": "ignored"},
}

BAD: dict[str, list[Any]] = {
    "title": [
        *("", "   ", "x" * 201, None, 5, "a\x00b", ["a"]),
        *("\u200b", "\u0001", "\u200b\u2060\ufeff\xad", "\u3164", "\u2800", "\ufe0f", "\u0301", "\U000e0100"),
        *("a\x01b", "a\nb", "a\tb", "a\x7f", "a\x85b", "a\u2028b"),
    ],
    "description": ["x" * 20_001, None, 5, "\ud800"],
    "duration": [4, 1441, "90", "90.5", 90.5, True, None, "abc", 10**30, -90],
    "price": [-1, "-0.01", 1_000_000.01, "9.999", 9.999, "abc", None, True, "NaN", 1e300],
    "max_participants": [0, 100_001, 1.5, True, None, "12"],
    "currency": ["", "US", "XXX", "JPY", "dollar", None, 840, "UſD", "ＵＳＤ"],
    "status": ["open", "ACTIVE", "", None, 1],
    "timezone": ["Mars/Olympus", "", "europe/berlin", "../etc/passwd", None, 1],
    "category": ["!!!", "x" * 51, 5, "ŉ" * 50, "ﬃ" * 50, "ß" * 50, "#" * 50, "a\x01b"],
    "image_url": [
        "http://a.example/x.png",
        "javascript:alert(1)",
        "https://",
        "x",
        5,
        "https://a.example/" + "x" * 2000,
        "https://a b.example",
        "//a.example",
        *("https:/a.b", "https:a.b", "https:///a.b", "https:\\\\a.b", "httpſ://a.b", "https://a\tb.example"),
        *("https://user:pass@a.b", "https://user@a.b", "https://@a.b", "https://:@a.b/x"),
        *("https://a.b/'", 'https://a.b/"', "https://a.b/`", "https://a.b/<x>", "https://a.b/\x01", "https://a.b/\x7f"),
        *("https://a.b/\xa0x", "https://a.b/\u2028x", "https://a.b/\u202ex", "https://a.b/\u200bx"),
    ],
    "location": ["x" * 201, 5, "a\x01b", "a\nb", "\u200b"],
    "schedule": [{}, {"weekly": []}, "mondays", []],
}


async def test_a_session_has_every_documented_field(api: Api, creator: Person) -> None:
    body = await creator.offers(**FULL)
    assert set(body) == FIELDS
    expected = {
        "title": "Advanced Engines",
        "description": FULL["description"],
        "duration": 90,
        "price": "99.99",
        "currency": "EUR",
        "max_participants": 20,
        "status": "inactive",
        "image_url": FULL["image_url"],
        "category": "data-science",
        "timezone": "Europe/Berlin",
        "location": "Room 4",
        "schedule": None,
        "bookings_count": 0,
    }
    assert {name: body[name] for name in expected} == expected
    assert body["creator_details"] == {
        "id": str(creator.id),
        "username": creator.username,
        "first_name": "Test",
        "last_name": "Creator",
        "avatar": None,
    }
    assert body["created_at"] == body["updated_at"]
    assert body["created_at"].endswith("Z")


async def test_defaults_and_the_location_of_what_was_made(client: httpx.AsyncClient, creator: Person) -> None:
    answer = await creator.client.post("/api/sessions", json=SESSION)
    assert answer.status_code == 201
    body = answer.json()
    optional = ("currency", "status", "image_url", "category", "timezone", "location", "schedule")
    assert [body[name] for name in optional] == ["USD", "active", None, None, "UTC", None, None]
    assert answer.headers["location"] == f"/api/sessions/{body['id']}/"
    # Read back at once, by a visitor, with and without the slash: the same.
    for path in (answer.headers["location"], answer.headers["location"].rstrip("/")):
        assert (await client.get(path)).content == answer.content
    assert (await client.get("/api/sessions/?page_size=1")).json() == [body]


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in BAD for value in BAD[field]])
async def test_malformed_fields_are_400_when_created_and_when_changed(creator: Person, field: str, value: Any) -> None:
    body = problem(
        await creator.client.post(
            "/api/sessions/",
            content=json.dumps({**SESSION, field: value}),
            headers={"Content-Type": "application/json"},
        ),
        400,
        "invalid_input",
    )
    assert any(name.split(".")[0] in (field, "body") for name in body["errors"]), body
    made = await creator.offers()
    path = f"/api/sessions/{made['id']}/"
    changed = await creator.client.patch(
        path, content=json.dumps({field: value}), headers={"Content-Type": "application/json"}
    )
    problem(changed, 400, "invalid_input")
    assert (await creator.client.get(path)).json() == made


@pytest.mark.parametrize("field", ["title", "description", "duration", "price", "max_participants"])
async def test_a_missing_field_is_named(creator: Person, field: str) -> None:
    body = {name: value for name, value in SESSION.items() if name != field}
    answer = problem(await creator.client.post("/api/sessions/", json=body), 400, "invalid_input")
    assert list(answer["errors"]) == [field]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"[" * 100_000,
        b'{"price": NaN}',
        b'{"duration": 1' + b"0" * 5000 + b"}",
    ],
)
async def test_bodies_that_are_no_object_are_400(creator: Person, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await creator.client.post("/api/sessions/", content=content, headers=headers)).status_code == 400


async def test_a_schedule_is_refused_with_a_word_of_what_to_do(creator: Person) -> None:
    answer = await creator.client.post("/api/sessions/", json={**SESSION, "schedule": {"weekly": []}})
    assert "aren't supported yet" in problem(answer, 400, "invalid_input")["errors"]["schedule"][0]


async def test_limits_themselves_are_fine(creator: Person) -> None:
    most = {
        "title": "x" * 200,
        "description": "x" * 20_000,
        "duration": 1440,
        "price": 1_000_000,
        "location": "x" * 200,
    }
    body = await creator.offers(**most, max_participants=100_000)
    assert (body["price"], body["duration"]) == ("1000000.00", 1440)
    least = await creator.offers(title="x", description="", duration=5.0, price=0, max_participants=1, image_url="")
    assert (least["price"], least["duration"], least["image_url"]) == ("0.00", 5, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", "Lines\nand\ttabs\r\n"),
        ("image_url", "HTTPS://a.example/@user/x.png?by=a@b"),
        ("image_url", "https://bücher.example:8443/é.png"),
        ("category", "ŉ" * 25),
        ("category", "ﬃ" * 16),
        ("category", "ß" * 25),
    ],
)
async def test_unusual_values_are_kept_and_can_be_sent_back(creator: Person, field: str, value: str) -> None:
    made = await creator.offers(**{field: value})
    if field != "category":
        assert made[field] == value
    answer = await creator.client.put(f"/api/sessions/{made['id']}/", json=made)
    assert (answer.status_code, answer.json()) == (200, made)


@pytest.mark.parametrize("method", ["put", "patch"])
async def test_changes_are_partial_either_way(creator: Person, clock: Clock, method: str) -> None:
    made = await creator.offers(location="Room 4")
    clock.forward(minutes=1)
    path = f"/api/sessions/{made['id']}/"
    sent = {"price": "10", "location": None, "id": str(uuid4()), "creator": str(uuid4()), "bookings_count": 9}
    answer = await creator.client.request(method, path, json=sent)
    assert answer.status_code == 200
    body = answer.json()
    assert body["updated_at"] > made["updated_at"]
    assert body == {**made, "price": "10.00", "location": None, "updated_at": body["updated_at"]}
    assert (await creator.client.get(path)).content == answer.content


async def test_an_edit_that_changes_nothing_publishes_nothing(api: Api, creator: Person, clock: Clock) -> None:
    made = await creator.offers(category="Music")
    clock.forward(minutes=1)
    same = {"title": made["title"], "price": 49.9, "category": "music", "status": "active"}
    for sent in ({}, same):
        assert (await creator.client.patch(f"/api/sessions/{made['id']}/", json=sent)).json() == made
    assert len(api.events(made["id"])) == 1


async def test_every_change_is_one_event_with_the_whole_state(api: Api, creator: Person) -> None:
    made = await creator.offers()
    path = f"/api/sessions/{made['id']}/"
    await creator.client.patch(path, json={"title": "Renamed"})
    await creator.client.patch(path, json={"status": "inactive", "price": 5})
    assert (await creator.client.delete(path)).status_code == 204
    events = api.events(made["id"])
    assert [(event["type"], event["aggregate_version"]) for event in events] == [
        ("catalog.session.created.v1", 1),
        ("catalog.session.updated.v1", 2),
        ("catalog.session.status_changed.v1", 3),
        ("catalog.session.deleted.v1", 4),
    ]
    assert events[2]["payload"]["price"] == "5.00"
    assert events[2]["payload"]["title"] == "Renamed"
    assert events[2]["payload"]["deleted_at"] is None
    assert events[3]["payload"]["deleted_at"] is not None
    assert events[3]["payload"]["creator_id"] == str(creator.id)


async def test_completed_is_final_for_the_status_alone(creator: Person) -> None:
    made = await creator.offers(status="completed")
    path = f"/api/sessions/{made['id']}/"
    for status in ("active", "inactive"):
        problem(await creator.client.patch(path, json={"status": status}), 409, "completed_is_final")
    answer = await creator.client.patch(path, json={"status": "completed", "title": "What it was"})
    assert (answer.status_code, answer.json()["title"]) == (200, "What it was")


async def test_a_deleted_session_is_gone_from_everything(api: Api, client: httpx.AsyncClient, creator: Person) -> None:
    made = await creator.offers(category="Glassblowing")
    path = f"/api/sessions/{made['id']}/"
    answer = await creator.client.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    for reader in (client, creator.client, api.person("admin").client):
        problem(await reader.get(path), 404, "session_not_found")
        assert (await reader.get("/api/sessions/?category=glassblowing")).json() == []
    assert (await creator.client.get("/api/sessions/?my_sessions=true")).json() == []
    assert "glassblowing" not in [item["slug"] for item in (await client.get("/api/sessions/categories/")).json()]
    problem(await creator.client.patch(path, json={"title": "Again"}), 404, "session_not_found")
    problem(await creator.client.delete(path), 404, "session_not_found")


@pytest.mark.parametrize("status", ["inactive", "completed"])
async def test_hidden_sessions_are_for_their_creator_and_admins(
    api: Api, client: httpx.AsyncClient, creator: Person, status: str
) -> None:
    made = await creator.offers(status=status)
    path = f"/api/sessions/{made['id']}/"
    for stranger in (client, api.person("user").client, api.person("creator").client):
        problem(await stranger.get(path), 404, "session_not_found")
    other = api.person("creator").client
    problem(await other.patch(path, json={"title": "Mine"}), 404, "session_not_found")
    problem(await other.delete(path), 404, "session_not_found")
    for reader in (creator.client, api.person("admin").client):
        answer = await reader.get(path)
        assert (answer.status_code, answer.json()) == (200, made)
        assert answer.headers["cache-control"] == "private, no-store"


async def test_who_may_write(api: Api, client: httpx.AsyncClient, creator: Person) -> None:
    made = await creator.offers()
    path = f"/api/sessions/{made['id']}/"
    assert problem(await client.post("/api/sessions/", json=SESSION), 401, "not_authenticated")
    assert (await client.patch(path, json={})).headers["www-authenticate"] == "Bearer"
    problem(await client.delete(path), 401, "not_authenticated")
    problem(await api.person("user").client.post("/api/sessions/", json={}), 403, "forbidden")
    for role in ("user", "creator"):
        other = api.person(role).client
        problem(await other.patch(path, json={"title": "Mine"}), 403, "not_your_session")
        problem(await other.put(path, json={"title": "Mine"}), 403, "not_your_session")
        problem(await other.delete(path), 403, "not_your_session")
    admin = api.person("admin").client
    answer = await admin.patch(path, json={"title": "Moderated"})
    assert (answer.status_code, answer.json()["creator_details"]["id"]) == (200, str(creator.id))
    assert (await admin.delete(path)).status_code == 204


async def test_an_admin_says_whose_session_it_is(api: Api, admin: Person) -> None:
    teacher = await api.known("creator")
    made = await admin.offers(creator=str(teacher.id))
    assert made["creator_details"]["id"] == str(teacher.id)
    listener, closed = await api.known("user"), await api.known("creator", is_active=False)
    for given in (None, str(uuid4()), "nobody", str(listener.id), str(closed.id), 5):
        answer = await admin.client.post("/api/sessions/", json={**SESSION, "creator": given})
        assert list(problem(answer, 400, "invalid_input")["errors"]) == ["creator"]


async def test_a_creator_cannot_create_for_somebody_else(api: Api, creator: Person) -> None:
    other = await api.known("creator")
    made = await creator.offers(creator=str(other.id))
    assert made["creator_details"]["id"] == str(creator.id)


async def test_paths_that_are_no_ids(client: httpx.AsyncClient, creator: Person) -> None:
    for path in ("/api/sessions/nothing/", "/api/sessions/123/", "/api/creators/null/"):
        problem(await client.get(path), 400, "invalid_input")
        problem(await creator.client.get(path), 400, "invalid_input")
    problem(await client.get(f"/api/sessions/{uuid4()}/"), 404, "session_not_found")
    problem(await creator.client.patch(f"/api/sessions/{uuid4()}/", json={}), 404, "session_not_found")


async def test_a_bad_token_is_refused_also_where_none_is_needed(api: Api) -> None:
    for path in (
        "/api/sessions/",
        "/api/sessions/categories/",
        f"/api/creators/{uuid4()}/",
        f"/api/sessions/{uuid4()}/",
    ):
        problem(await api.client({"Authorization": "Bearer nonsense"}).get(path), 401, "invalid_token")
    expired = api.tokens.headers(role="creator", exp=1)
    problem(await api.client(expired).get("/api/sessions/"), 401, "invalid_token")


async def test_a_repeated_request_has_one_effect_and_the_same_answer(api: Api, creator: Person) -> None:
    headers = {"Idempotency-Key": "a key of mine"}
    first = await creator.client.post("/api/sessions/", json=SESSION, headers=headers)
    again = await creator.client.post("/api/sessions/", json=SESSION, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len((await creator.client.get("/api/sessions/?my_sessions=true")).json()) == 1
    other = await creator.client.post("/api/sessions/", json={**SESSION, "title": "Other"}, headers=headers)
    problem(other, 409, "idempotency_key_reused")
    # Somebody else's key of the same text is another key; without one each request is its own.
    assert (
        await api.person("creator").client.post("/api/sessions/", json=SESSION, headers=headers)
    ).json() != first.json()
    assert (await creator.offers())["id"] != (await creator.offers())["id"]
