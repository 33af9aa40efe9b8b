"""What an account's audit log says, and who may read it."""

from typing import Any
from uuid import uuid4

import pytest
from services.identity.tests.conftest import PASSWORD, Api, Person

ENTRY = {
    *("id", "occurred_at", "action", "actor", "subject", "before", "after", "reason"),
    *("request_id", "address", "user_agent"),
}


async def entries(admin: Person, person: Person, **query: Any) -> list[dict[str, Any]]:
    answer = await admin.client.get(f"/api/users/{person.id}/audit/", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_an_admins_changes_say_who_what_and_why(api: Api, admin: Person, user: Person) -> None:
    address = f"/api/users/{user.id}/"
    headers = {"X-Request-ID": "a-request-of-an-admin", "X-Real-IP": "203.0.113.9", "User-Agent": "Console/1.0"}
    body = {"role": "creator", "is_active": False, "first_name": "Eve", "reason": "Asked by letter"}
    await admin.client.patch(address, json=body, headers=headers)
    await admin.client.patch(address, json={"is_active": True, "first_name": "Eve"})
    await admin.client.delete(address, params={"reason": "Asked again"})
    found = await entries(admin, user)
    assert all(set(entry) == ENTRY for entry in found)
    assert [entry["action"] for entry in found] == [
        "account.anonymised",
        "account.activated",
        "account.changed",
        "account.deactivated",
        "account.role_changed",
        "login.started",
    ]
    role = found[4]
    assert (role["before"], role["after"]) == ({"role": "user"}, {"role": "creator"})
    assert (role["actor"], role["subject"], role["reason"]) == (admin.id, user.id, "Asked by letter")
    assert (role["request_id"], role["address"]) == ("a-request-of-an-admin", "203.0.113.9")
    assert role["user_agent"] == "Console/1.0"
    assert found[2]["after"] == {"fields": ["first_name"]}
    assert [entry["reason"] for entry in found[:2]] == ["Asked again", ""]


async def test_what_people_do_themselves(api: Api, admin: Person, user: Person) -> None:
    await user.client.post("/api/auth/become-creator/")
    await user.client.post("/api/auth/become-creator/")  # is one already
    change = {"current_password": PASSWORD, "new_password": "another-good-one-7"}
    await user.client.post("/api/auth/password/change/", json=change)
    await user.client.patch("/api/auth/profile/", json={"first_name": "Ada"})  # nobody's business
    found = await entries(admin, user)
    assert [entry["action"] for entry in found] == ["account.password_changed", "account.role_changed", "login.started"]
    assert {entry["actor"] for entry in found} == {user.id}
    assert "good-one" not in str(found)


async def test_a_refused_change_leaves_no_line(admin: Person, api: Api) -> None:
    other = await api.join("admin")
    refused = await other.client.patch(f"/api/users/{other.id}/", json={"role": "user", "first_name": "Eve"})
    assert refused.status_code == 409
    assert [entry["action"] for entry in await entries(admin, other)] == ["login.started"]


async def test_pages_and_cursors(api: Api, admin: Person, user: Person) -> None:
    for number in range(4):
        await admin.client.patch(f"/api/users/{user.id}/", json={"first_name": f"Name {number}"})
    everything = await entries(admin, user)
    assert len(everything) == 5
    first = await admin.client.get(f"/api/users/{user.id}/audit/?cursor=&page_size=2")
    assert first.headers["X-Total-Count"] == "5"
    walked, answer = [], first
    while True:
        walked += answer.json()
        if "next" not in answer.links:
            break
        answer = await admin.client.get(answer.links["next"]["url"])
    assert walked == everything
    assert await entries(admin, user, page=2, page_size=3) == everything[3:]
    for cursor in ("x", "W10", "WzFd", "WyJ4Il0"):
        answer = await admin.client.get(f"/api/users/{user.id}/audit/", params={"cursor": cursor})
        assert answer.status_code == 400


async def test_only_admins_read_it(api: Api, admin: Person, user: Person, creator: Person) -> None:
    address = f"/api/users/{user.id}/audit/"
    assert (await api.client().get(address)).status_code == 401
    for person in (user, creator):
        assert (await person.client.get(address)).status_code == 403
    assert (await admin.client.get(f"/api/users/{uuid4()}/audit/")).status_code == 404


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET reason = 'x'", "DELETE FROM audit_log"])
async def test_the_service_itself_cannot_change_it(api: Api, user: Person, statement: str) -> None:
    with pytest.raises(Exception, match="permission denied"):
        api.rows(f"{statement} RETURNING 1")
