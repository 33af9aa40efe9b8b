"""Whatever ends a login is told to the services that verify its tokens by themselves, once, while there may be any."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from services.identity.tests.conftest import PASSWORD, Api, Clock, Person


async def log_out(person: Person, _admin: Person, _clock: Clock) -> None:
    await person.client.post("/api/auth/logout/", json={"refresh": person.refresh})


async def log_out_everywhere(person: Person, _admin: Person, _clock: Clock) -> None:
    await person.client.post("/api/auth/logout/all/")


async def be_logged_out(person: Person, admin: Person, _clock: Clock) -> None:
    await admin.client.post(f"/api/users/{person.id}/logout-all/")


async def be_deactivated(person: Person, admin: Person, _clock: Clock) -> None:
    await admin.client.patch(f"/api/users/{person.id}/", json={"is_active": False})


async def log_out_device(person: Person, _admin: Person, _clock: Clock) -> None:
    (device,) = (await person.client.get("/api/auth/devices/")).json()
    await person.client.delete(f"/api/auth/devices/{device['id']}/")


async def use_a_token_again(person: Person, _admin: Person, clock: Clock) -> None:
    for _ in range(2):
        await person.client.post("/api/auth/refresh/", json={"refresh": person.refresh})
        clock.forward(seconds=11)


ENDS: list[Callable[[Person, Person, Clock], Awaitable[None]]] = [
    log_out,
    log_out_everywhere,
    be_logged_out,
    be_deactivated,
    log_out_device,
    use_a_token_again,
]


def told(api: Api, person: Person) -> list[dict[str, Any]]:
    query = "SELECT payload FROM outbox WHERE type = 'identity.login.revoked.v1' AND payload->>'user_id' = %s"
    return [row["payload"] for row in api.rows(query, person.id)]


@pytest.mark.parametrize("end", ENDS)
async def test_each_end_is_told(
    api: Api, user: Person, admin: Person, clock: Clock, end: Callable[[Person, Person, Clock], Awaitable[None]]
) -> None:
    await end(user, admin, clock)
    assert (await user.profile()).status_code == 401
    (event,) = told(api, user)
    # As long as the youngest access token lives, and a little.
    left = datetime.fromisoformat(event["tokens_expire_at"]) - datetime.fromisoformat(event["revoked_at"])
    assert timedelta(minutes=14) < left < timedelta(minutes=16)
    await log_out(user, admin, clock)
    assert len(told(api, user)) == 1


async def test_a_password_change_tells_of_all_others(api: Api, user: Person) -> None:
    others = [await api.another_login(user) for _ in range(2)]
    change = {"current_password": PASSWORD, "new_password": "another-good-one-7"}
    assert (await user.client.post("/api/auth/password/change/", json=change)).status_code == 204
    sids = {event["id"] for event in told(api, user)}
    assert len(sids) == len(others)
    (own,) = (await user.client.get("/api/auth/devices/")).json()
    assert own["id"] not in sids


async def test_a_login_whose_tokens_have_expired_is_nobodys_business(api: Api, user: Person, clock: Clock) -> None:
    other = await api.another_login(user)
    clock.forward(minutes=16)
    assert (await user.client.post("/api/auth/refresh/", json={"refresh": user.refresh})).status_code == 200
    assert (await user.client.post("/api/auth/logout/all/")).status_code == 204
    (event,) = told(api, user)
    (login,) = api.rows("SELECT id FROM logins WHERE user_id = %s AND tokens_expire_at > %s", user.id, clock())
    assert event["id"] == str(login["id"])
    assert (await api.client().post("/api/auth/refresh/", json={"refresh": other.refresh})).status_code == 401
