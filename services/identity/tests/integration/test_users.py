"""Accounts in admins' hands: every call with its documented answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from services.identity.tests.conftest import PASSWORD, Api, Person, migrated, running

from shared.pagination import encode_cursor
from shared.testing.infra import TestDatabase

USER = {
    *("id", "email", "username", "first_name", "last_name", "role", "avatar", "timezone", "bio", "email_verified"),
    *("profile_completion", "is_active", "anonymised_at", "created_at", "updated_at"),
}


def somebody(**fields: Any) -> dict[str, Any]:
    name = f"s{uuid4().hex[:12]}"
    return {"email": f"{name}@example.com", "username": name, "password": PASSWORD, **fields}


@pytest.fixture(scope="module")
async def shared_admin(api: Api) -> Person:
    """One for all rows of a table."""
    return await api.join("admin")


ONE = [(method, "{id}/") for method in ("GET", "PUT", "PATCH", "DELETE")]
CALLS = [("GET", ""), ("POST", ""), ("GET", "stats/"), *ONE]


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_only_admins_see_accounts(
    api: Api, user: Person, creator: Person, method: str, path: str, client: httpx.AsyncClient
) -> None:
    address = f"/api/users/{path.format(id=user.id)}"
    answer = await client.request(method, address)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    for person in (user, creator):
        answer = await person.client.request(method, address, json=somebody() if method == "POST" else None)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await user.profile()).status_code == 200


async def test_one_account(admin: Person, user: Person) -> None:
    answer = await admin.client.get(f"/api/users/{user.id}/")
    assert answer.status_code == 200
    assert set(answer.json()) == USER
    assert (answer.json()["email"], answer.json()["is_active"]) == (user.email, True)
    missing = await admin.client.get(f"/api/users/{uuid4()}/")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("user_id", ["1", "x", "null", "../x", "0" * 500, "%F0%9F%98%80", "-1", "00000000-0000"])
async def test_an_id_that_is_none(shared_admin: Person, method: str, user_id: str) -> None:
    body: dict[str, Any] | None = {} if method in ("PUT", "PATCH") else None
    answer = await shared_admin.client.request(method, f"/api/users/{user_id}/", json=body)
    assert answer.status_code in (400, 404), answer.text


async def test_admins_open_accounts_of_any_role(api: Api, admin: Person) -> None:
    body = somebody(role="admin", first_name="Ada", timezone="Europe/London")
    answer = await admin.client.post("/api/users/", json=body)
    assert answer.status_code == 201
    found = answer.json()
    assert set(found) == USER
    assert (found["role"], found["first_name"], found["timezone"]) == ("admin", "Ada", "Europe/London")
    assert [event["type"] for event in api.events(found["id"])] == ["identity.user.registered.v1"]
    login = await api.client().post("/api/auth/login/", json={"email": body["email"], "password": PASSWORD})
    assert login.status_code == 200
    again = await admin.client.post("/api/users/", json={**body, "username": f"x{body['username']}"})
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")


async def test_a_repeat_with_the_same_key_opens_one_account(api: Api, admin: Person) -> None:
    body, headers = somebody(), {"Idempotency-Key": str(uuid4())}
    answers = await asyncio.gather(*(admin.client.post("/api/users/", json=body, headers=headers) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await admin.client.post("/api/users/", json=somebody(), headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    # The first answer is kept, and what was sent isn't.
    assert PASSWORD not in str(api.rows("SELECT k::text FROM idempotency_keys k"))


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_change_is_partial(api: Api, admin: Person, user: Person, method: str) -> None:
    before = (await admin.client.get(f"/api/users/{user.id}/")).json()
    changes = {"first_name": "Grace", "bio": "Compilers.", "role": "creator"}
    answer = await admin.client.request(method, f"/api/users/{user.id}/", json={**changes, "id": str(uuid4())})
    assert answer.status_code == 200
    unchanged = USER - set(changes) - {"updated_at", "profile_completion"}
    assert {name: answer.json()[name] for name in changes} == changes
    assert {name: answer.json()[name] for name in unchanged} == {name: before[name] for name in unchanged}
    assert [(event["type"], event["aggregate_version"]) for event in api.events(user.id)] == [
        ("identity.user.registered.v1", 1),
        ("identity.user.role_changed.v1", 2),
    ]
    assert api.events(user.id)[-1]["payload"]["first_name"] == "Grace"


async def test_another_address_and_name(api: Api, admin: Person, user: Person, creator: Person) -> None:
    new = somebody()
    changed = await admin.client.patch(
        f"/api/users/{user.id}/", json={"email": new["email"].upper(), "username": new["username"]}
    )
    assert (changed.json()["email"], changed.json()["username"]) == (new["email"], new["username"])
    login = await api.client().post("/api/auth/login/", json={"email": new["email"], "password": PASSWORD})
    assert login.status_code == 200
    for name, code in (("email", "email_taken"), ("username", "username_taken")):
        answer = await admin.client.patch(f"/api/users/{user.id}/", json={name: getattr(creator, name).upper()})
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    # The same in other capitals is one's own.
    own = await admin.client.patch(f"/api/users/{user.id}/", json={"username": new["username"].upper()})
    assert own.json()["username"] == new["username"].upper()


BAD: dict[str, list[Any]] = {
    "email": [None, 1, "", "a", [], "a@b\x00.com"],
    "username": [None, 1, "", "ab", "a b c", {}],
    "first_name": [None, 1, "x" * 151, "\ud800"],
    "role": [None, 1, "", "root", "ADMIN", []],
    "is_active": [None, "maybe", 2, [], {}],
    "avatar": ["http://example.com/a", 1, ""],
    "bio": [None, "x" * 2001],
    "timezone": [None, "Mars/Olympus"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
async def test_bad_values_are_bad_input(shared_admin: Person, name: str, value: Any) -> None:
    body = json.dumps(somebody(**{name: value})).encode()
    headers = {"Content-Type": "application/json"}
    for method, path in (("POST", ""), ("PATCH", f"{shared_admin.id}/"), ("PUT", f"{shared_admin.id}/")):
        answer = await shared_admin.client.request(method, f"/api/users/{path}", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input"), answer.text


async def test_deleting_forgets_who_it_was(api: Api, admin: Person, user: Person) -> None:
    await user.client.patch(
        "/api/auth/profile/",
        json={"bio": "About me", "avatar": "https://images.example.com/me.jpg", "preferences": {"phone": "123"}},
    )
    assert (await admin.client.get(f"/api/users/{user.id}/")).json()["anonymised_at"] is None
    answer = await admin.client.delete(f"/api/users/{user.id}/")
    assert (answer.status_code, answer.content) == (204, b"")
    left = (await admin.client.get(f"/api/users/{user.id}/")).json()
    assert left["id"] == user.id
    assert left["is_active"] is False
    assert left["anonymised_at"] is not None
    assert (left["first_name"], left["last_name"], left["bio"], left["avatar"]) == ("", "", "", None)
    # Nothing of the person is left in the table, and the event brings that to the other services.
    (row,) = api.rows("SELECT u::text AS text FROM users u WHERE id = %s", user.id)
    for known in (user.email, user.username, "Robin", "About me", "me.jpg", "phone", "argon2"):
        assert known not in row["text"]
    last = api.events(user.id)[-1]
    assert last["type"] == "identity.user.deactivated.v1"
    assert (last["payload"]["is_active"], last["payload"]["email"]) == (False, left["email"])
    assert (await user.profile()).status_code == 401
    login = await api.client().post("/api/auth/login/", json={"email": user.email, "password": PASSWORD})
    assert login.status_code == 401
    # A repeat changes nothing, and nothing brings it back; the address and name are free again.
    assert (await admin.client.delete(f"/api/users/{user.id}/")).status_code == 204
    assert api.events(user.id)[-1] == last
    back = await admin.client.patch(f"/api/users/{user.id}/", json={"is_active": True})
    assert (back.status_code, back.json()["code"]) == (409, "account_anonymised")
    again = await api.client().post(
        "/api/auth/register/", json={"email": user.email, "username": user.username, "password": PASSWORD}
    )
    assert again.status_code == 201


async def test_deleting_what_was_deactivated_tells_of_the_forgetting(api: Api, admin: Person, user: Person) -> None:
    await admin.client.patch(f"/api/users/{user.id}/", json={"is_active": False})
    await admin.client.delete(f"/api/users/{user.id}/")
    told = [event["type"].split(".")[2] for event in api.events(user.id)]
    assert told == ["registered", "deactivated", "updated"]
    assert api.events(user.id)[-1]["payload"]["first_name"] == ""
    assert (await admin.client.delete(f"/api/users/{uuid4()}/")).status_code == 404


async def test_coming_back_is_told_as_an_update(api: Api, admin: Person, user: Person) -> None:
    await admin.client.patch(f"/api/users/{user.id}/", json={"is_active": False})
    await admin.client.patch(f"/api/users/{user.id}/", json={"is_active": True})
    last = api.events(user.id)[-1]
    assert (last["type"], last["aggregate_version"]) == ("identity.user.updated.v1", 3)
    assert last["payload"]["is_active"] is True


async def test_nobody_takes_themselves_away(admin: Person) -> None:
    address = f"/api/users/{admin.id}/"
    answers = [
        await admin.client.delete(address),
        await admin.client.patch(address, json={"role": "user"}),
        await admin.client.put(address, json={"is_active": False}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "own_account")] * 3
    kept = await admin.client.patch(address, json={"role": "admin", "is_active": True, "first_name": "Still"})
    assert (kept.status_code, kept.json()["first_name"]) == (200, "Still")


async def test_filters_and_search(own_api: Api) -> None:
    admin = await own_api.join("admin", email="root@example.org", username="root", first_name="Zoë")
    for number in range(3):
        await own_api.join("creator", first_name=f"Anna{number}", username=f"maker_{number}")
    gone = await own_api.join("user", last_name="100%_Gone")
    await admin.client.patch(f"/api/users/{gone.id}/", json={"is_active": False})

    async def names(**query: Any) -> list[str]:
        answer = await admin.client.get("/api/users/", params=query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["X-Total-Count"] == str(len(answer.json()))
        return [found["username"] for found in answer.json()]

    assert await names() == [gone.username, "maker_2", "maker_1", "maker_0", "root"]
    assert await names(role="creator") == ["maker_2", "maker_1", "maker_0"]
    assert await names(is_active="false") == [gone.username]
    assert await names(is_active="true", role="user") == []
    assert await names(search="ANNA1") == ["maker_1"]
    assert await names(search="anna maker_2") == ["maker_2"]
    assert await names(search="ZOË example.org") == ["root"]
    assert await names(search="100%_g") == [gone.username]
    assert await names(search="%") == [gone.username]
    assert await names(search="maker_") == ["maker_2", "maker_1", "maker_0"]
    assert await names(search="' OR 1=1 --") == []
    assert await names(search="") == await names()
    stats = (await admin.client.get("/api/users/stats/")).json()
    days = stats.pop("series")
    assert {role: sum(day[role] for day in days) for role in ("user", "creator", "admin")} == stats.pop("registered")
    assert stats == {
        "total": 5,
        "active": 4,
        "inactive": 1,
        "by_role": {"user": 0, "creator": 3, "admin": 1},
        "new_last_7_days": 5,
        "new_last_30_days": 5,
        "logins": 4,
    }


def _cursor(value: object, user_id: object) -> str:
    return encode_cursor(["-created_at", value, user_id])


@pytest.fixture(scope="module")
async def crowd(make_database: Callable[[], TestDatabase]) -> AsyncIterator[Person]:
    """An admin among four others."""
    async with running(await migrated(make_database())) as own_api:
        yield await _crowd(own_api)


async def _crowd(own_api: Api) -> Person:
    admin = await own_api.join("admin", username="boss", last_name="Zuse")
    people = [
        ("b@example.com", "Öl", ""),
        ("D@example.com", "ab", "c"),
        ("a@example.com", "ab", "B"),
        ("C@example.com", "", "x"),
    ]
    for number, (email, last_name, first_name) in enumerate(people, 1):
        person = await own_api.join(email=email, username=f"person{number}", last_name=last_name, first_name=first_name)
        with psycopg.connect(own_api.test_database.dsn("identity")) as connection:
            connection.execute(
                "UPDATE users SET created_at = %s, email_verified = %s WHERE id = %s",
                (datetime(2026, 5, number, 23, 59, 59, 999_999, tzinfo=UTC), number == 4, person.id),
            )
    return admin


ORDERINGS = ("created_at", "updated_at", "email", "username", "name")


@pytest.mark.parametrize("ordering", [f"{sign}{name}" for name in ORDERINGS for sign in ("", "-")])
async def test_every_ordering_is_walked_by_cursor_as_by_page(crowd: Person, ordering: str) -> None:
    shown: dict[str, list[dict[str, Any]]] = {}
    for start in ("page=1", "cursor="):
        address: str | None = f"/api/users/?ordering={ordering}&page_size=2&{start}"
        while address:
            answer = await crowd.client.get(address)
            assert answer.status_code == 200, answer.text
            shown.setdefault(start, []).extend(answer.json())
            address = answer.links.get("next", {}).get("url")
    assert shown["cursor="] == shown["page=1"]
    found = shown["cursor="]
    assert len({user["id"] for user in found}) == len(found) == 5
    field = ordering.removeprefix("-")
    keys = [f"{user['last_name']} {user['first_name']}" if field == "name" else user[field] for user in found]
    assert [key.lower() for key in keys] == sorted((key.lower() for key in keys), reverse=ordering.startswith("-"))


async def test_filters_of_days_and_verified_addresses(crowd: Person) -> None:
    async def names(**query: str) -> list[str]:
        answer = await crowd.client.get("/api/users/", params={**query, "role": "user", "ordering": "username"})
        assert answer.headers["X-Total-Count"] == str(len(answer.json()))
        return [user["username"] for user in answer.json()]

    assert await names(created_from="2026-05-03") == ["person3", "person4"]
    assert await names(created_to="2026-05-02") == ["person1", "person2"]
    assert await names(created_from="2026-05-02", created_to="2026-05-02") == ["person2"]
    assert await names(email_verified="true") == ["person4"]
    assert await names(email_verified="false", created_from="2026-05-03") == ["person3"]


async def test_pages_and_cursors_walk_over_everybody_once(own_api: Api) -> None:
    admin = await own_api.join("admin")
    for _ in range(6):
        await own_api.client().post("/api/auth/register/", json=somebody())
    everybody = [found["id"] for found in (await admin.client.get("/api/users/")).json()]
    assert len(everybody) == 7
    for start in ("?page=1&page_size=3", "?cursor=&page_size=3"):
        walked: list[str] = []
        address: str | None = f"/api/users/{start}"
        pages = 0
        while address:
            answer = await admin.client.get(address)
            assert answer.status_code == 200
            assert answer.headers["X-Total-Count"] == "7"
            walked += [found["id"] for found in answer.json()]
            address = answer.links.get("next", {}).get("url")
            pages += 1
        assert (walked, pages) == (everybody, 3)
    beyond = await admin.client.get("/api/users/?page=99")
    assert (beyond.status_code, beyond.json()) == (200, [])


@pytest.mark.parametrize(
    "query",
    [
        *("role=root", "is_active=maybe", "page=0", "page=-1", "page=x", "page_size=0", "page_size=101", "cursor=x"),
        *("cursor=W10", "cursor=WzFd", "cursor=WyJ4IiwieCJd", "cursor=%00", "search=%00", "search=%ED%A0%80"),
        *(f"search={'x' * 300}", f"page={10**30}", "cursor=&page=1", "cursor=WyIyMDI2LTAxLTAxIiwieCJd"),
        *(f"cursor={_cursor(value, str(uuid4()))}" for value in (True, 1, None, [], {}, "2026-01-01")),
        *(f"cursor={_cursor('2026-01-01T00:00:00+00:00', value)}" for value in (True, 1, None, [], {})),
        f"cursor={_cursor('0001-01-01T00:00:00+14:00', str(uuid4()))}",
        f"ordering=email&cursor={_cursor('2026-01-01T00:00:00+00:00', str(uuid4()))}",
        *("ordering=password_hash", "email_verified=2", "created_from=2026-1-1", "created_to=x"),
    ],
)
async def test_bad_filters_are_bad_input(shared_admin: Person, query: str) -> None:
    answer = await shared_admin.client.get(f"/api/users/?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("offset", ["+23:59", "-23:59", "+00:00:30"])
async def test_a_cursor_may_have_any_offset(shared_admin: Person, offset: str) -> None:
    cursor = _cursor(f"2026-01-01T00:00:00{offset}", str(uuid4()))
    assert (await shared_admin.client.get(f"/api/users/?cursor={cursor}")).status_code == 200
