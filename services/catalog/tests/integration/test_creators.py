"""Creators' public profiles, and what identity's events change."""

from uuid import uuid4

import httpx
import pytest
from services.catalog.tests.conftest import SESSION, Api, Person, problem

from shared.contracts.identity import UserDeactivated, UserRegistered, UserRoleChanged, UserUpdated


async def test_a_profile_shows_active_sessions_alone(api: Api, client: httpx.AsyncClient) -> None:
    teacher = await api.known("creator", bio="Teaches engines.", avatar="https://images.example.com/ada.jpg")
    old = await teacher.offers(title="Old")
    await teacher.offers(title="Hidden", status="inactive")
    new = await teacher.offers(title="New")
    answer = await client.get(f"/api/creators/{teacher.id}")
    assert answer.json() == {
        "id": str(teacher.id),
        "username": teacher.username,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "avatar": "https://images.example.com/ada.jpg",
        "bio": "Teaches engines.",
        "created_at": "2026-03-01T09:00:00Z",
        "sessions_count": 2,
        "sessions": [new, old],
    }
    assert "email" not in answer.text
    assert (await teacher.client.get(f"/api/creators/{teacher.id}/")).json() == answer.json()


async def test_a_profile_of_very_many_sessions_shows_the_newest_hundred(own_api: Api) -> None:
    teacher = await own_api.known("creator")
    made = await teacher.offers()
    await own_api.copies(made["id"], 104)
    body = (await own_api.client().get(f"/api/creators/{teacher.id}/")).json()
    assert (body["sessions_count"], len(body["sessions"]), body["sessions"][0]["id"]) == (105, 100, made["id"])


async def test_who_has_no_profile(api: Api, client: httpx.AsyncClient) -> None:
    listener = await api.known("user")
    closed = await api.known("creator")
    await api.told(closed, version=2, event=UserDeactivated, is_active=False)
    for nobody in (uuid4(), listener.id, closed.id):
        problem(await client.get(f"/api/creators/{nobody}/"), 404, "creator_not_found")


async def test_a_creator_of_a_moment_ago_creates_before_any_event(api: Api, client: httpx.AsyncClient) -> None:
    teacher = api.person("creator", given_name="Early", family_name="Bird")
    made = await teacher.offers()
    assert made["creator_details"]["first_name"] == "Early"
    assert (await client.get(f"/api/creators/{teacher.id}/")).json()["sessions"] == [made]
    # The event is still applied when it comes, and brings what a token can't.
    await api.told(teacher, version=1, event=UserRegistered, first_name="Late", avatar="https://a.example/b.png")
    details = (await client.get(f"/api/sessions/{made['id']}/")).json()["creator_details"]
    assert (details["first_name"], details["avatar"]) == ("Late", "https://a.example/b.png")


async def test_a_new_role_in_the_token_is_enough_until_its_event_comes(api: Api, client: httpx.AsyncClient) -> None:
    listener = await api.known("user")
    promoted = api.person("creator", listener.id, ver=2)
    made = await promoted.offers()
    assert (await client.get(f"/api/sessions/{made['id']}/")).status_code == 200
    # An older token doesn't take the role away again, and the event of the role is applied.
    problem(await listener.client.post("/api/sessions/", json=SESSION), 403, "forbidden")
    assert (await client.get(f"/api/sessions/{made['id']}/")).status_code == 200
    await api.told(promoted, version=2, event=UserRoleChanged, role="creator", last_name="Byron")
    body = (await client.get(f"/api/sessions/{made['id']}/")).json()
    assert body["creator_details"]["last_name"] == "Byron"


async def test_names_and_avatar_follow_identity_on_every_card_but_change_no_session(
    api: Api, client: httpx.AsyncClient
) -> None:
    teacher = await api.known("creator")
    made = [await teacher.offers(title=f"Number {n}") for n in range(3)]
    await api.told(
        teacher, version=2, event=UserUpdated, username="countess", first_name="Augusta", avatar="https://a.b/c"
    )
    for before in made:
        after = (await client.get(f"/api/sessions/{before['id']}/")).json()
        assert after["creator_details"] == {
            "id": str(teacher.id),
            "username": "countess",
            "first_name": "Augusta",
            "last_name": "Lovelace",
            "avatar": "https://a.b/c",
        }
        assert {**after, "creator_details": before["creator_details"]} == before
        assert len(api.events(before["id"])) == 1
    assert len((await client.get("/api/sessions/?creator=countess&search=augusta")).json()) == 3


@pytest.mark.parametrize(
    ("event", "state"), [(UserDeactivated, {"is_active": False}), (UserRoleChanged, {"role": "user"})]
)
async def test_sessions_of_who_may_no_longer_teach_are_hidden_until_they_may_again(
    api: Api, client: httpx.AsyncClient, event: type[UserDeactivated], state: dict[str, object]
) -> None:
    teacher = await api.known("creator")
    made = await teacher.offers()
    path = f"/api/sessions/{made['id']}/"
    await api.told(teacher, version=5, event=event, **state)
    problem(await client.get(path), 404, "session_not_found")
    assert (await client.get(f"/api/sessions/?creator={teacher.id}")).json() == []
    assert (await client.get(f"/api/sessions/?creator={teacher.id}&search=poetical")).json() == []
    admin = api.person("admin").client
    assert (await admin.get(path)).json() == made
    assert (await admin.get(f"/api/sessions/?creator={teacher.id}&status=active")).json() == [made]
    # The token is older than what is known here.
    expected = (401, "account_disabled") if event is UserDeactivated else (403, "forbidden")
    problem(await teacher.client.post("/api/sessions/", json=SESSION), *expected)
    problem(await teacher.client.patch(path, json={"title": "Mine"}), *expected)
    await api.told(teacher, version=6, event=UserUpdated)
    assert (await client.get(path)).json() == made


async def test_usernames_that_changed_hands_are_resolved_anew(api: Api, client: httpx.AsyncClient) -> None:
    first, second = await api.known("creator"), await api.known("creator")
    mine, theirs = await first.offers(), await second.offers()
    await api.told(first, version=2, event=UserUpdated, username="renamed")
    await api.told(second, version=2, event=UserUpdated, username=first.username)
    assert (await client.get(f"/api/sessions/?creator={first.username}")).json()[0]["id"] == theirs["id"]
    assert (await client.get("/api/sessions/?creator=renamed")).json()[0]["id"] == mine["id"]


async def test_another_service_reads_a_session_through(api: Api, client: httpx.AsyncClient, creator: Person) -> None:
    made = await creator.offers(status="inactive")
    path = f"/internal/sessions/{made['id']}/"
    body = (await client.get(path)).json()
    assert (body["version"], body["session"]) == (1, api.events(made["id"])[0]["payload"])
    assert {name: body["creator"][name] for name in ("id", "version", "role", "is_active", "username")} == {
        "id": str(creator.id),
        "version": 0,
        "role": "creator",
        "is_active": True,
        "username": creator.username,
    }
    await creator.client.delete(f"/api/sessions/{made['id']}/")
    body = (await client.get(path)).json()
    assert (body["version"], body["session"]) == (2, api.events(made["id"])[1]["payload"])
    assert body["session"]["deleted_at"] is not None
    problem(await client.get(f"/internal/sessions/{uuid4()}/"), 404, "session_not_found")
    document = api.app.openapi()
    assert not [path for path in document["paths"] if "internal" in path]
