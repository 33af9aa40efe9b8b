"""Whatever takes a login, an account or a role away has its effect in every service within two seconds."""

from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from shared.testing.eventually import eventually
from tests.e2e.conftest import PASSWORD, People, Person

AT_ONCE = 2.0
EVERYWHERE = {
    "identity": "/api/auth/profile/",
    "catalog": "/api/sessions/?my_sessions=true",
    "booking": "/api/bookings/creator_stats/",
}


async def statuses(person: Person) -> dict[str, int]:
    """What the person's access token is good for now, in each service."""
    return {service: (await person.get(path)).status_code for service, path in EVERYWHERE.items()}


async def log_out(person: Person, _admin: Person, _other: Person) -> None:
    assert (await person.post("/api/auth/logout/", {"refresh": person.refresh})).status_code == 204


async def log_out_everywhere(_person: Person, _admin: Person, other: Person) -> None:
    assert (await other.post("/api/auth/logout/all/", {"except_current": True})).status_code == 204


async def be_logged_out_by_an_admin(person: Person, admin: Person, _other: Person) -> None:
    answer = await admin.post(f"/api/users/{person.id}/logout-all/", {"reason": "stolen phone"})
    assert answer.status_code == 204


async def revoke_the_device(person: Person, _admin: Person, other: Person) -> None:
    devices = (await other.get("/api/auth/devices/")).json()
    (device,) = [device for device in devices if not device["current"]]
    assert (await other.delete(f"/api/auth/devices/{device['id']}/")).status_code == 204


async def change_the_password(_person: Person, _admin: Person, other: Person) -> None:
    change = {"current_password": PASSWORD, "new_password": "another-good-one-7"}
    assert (await other.post("/api/auth/password/change/", change)).status_code == 204


async def use_an_old_refresh_token(person: Person, _admin: Person, _other: Person) -> None:
    token = person.refresh
    for _ in range(2):
        answer = await person.post("/api/auth/refresh/", {"refresh": token})
        token = answer.json()["refresh"]
    # Neither the latest one nor its predecessor: somebody has a copy.
    assert (await person.post("/api/auth/refresh/", {"refresh": person.refresh})).status_code == 401


async def be_deactivated(person: Person, admin: Person, _other: Person) -> None:
    assert (await admin.patch(f"/api/users/{person.id}/", {"is_active": False})).status_code == 200


ENDS: list[Callable[[Person, Person, Person], Awaitable[None]]] = [
    log_out,
    log_out_everywhere,
    be_logged_out_by_an_admin,
    revoke_the_device,
    change_the_password,
    use_an_old_refresh_token,
    be_deactivated,
]


@pytest.mark.parametrize("end", ENDS)
async def test_a_login_that_ends_is_over_everywhere(
    people: People, admin: Person, end: Callable[[Person, Person, Person], Awaitable[None]]
) -> None:
    person = await people.join("creator")
    other = await people.log_in(person.email, PASSWORD)
    for each in (person, other):
        assert await statuses(each) == dict.fromkeys(EVERYWHERE, 200)
    await end(person, admin, other)

    async def over() -> bool:
        return await statuses(person) == dict.fromkeys(EVERYWHERE, 401)

    await eventually("the login is over in every service", over, within=AT_ONCE)
    goes_on = end in (log_out, log_out_everywhere, revoke_the_device, change_the_password, use_an_old_refresh_token)
    assert await statuses(other) == dict.fromkeys(EVERYWHERE, 200 if goes_on else 401)


async def test_a_role_that_is_taken_away_is_gone_everywhere(people: People, admin: Person) -> None:
    person = await people.join("creator")
    session = {"title": "x", "description": "y", "duration": 30, "price": 1, "max_participants": 1}

    async def may(*, publish: int, earn: int, role: str) -> bool:
        published = await person.post("/api/sessions/", session)
        earned = await person.get("/api/bookings/creator_stats/")
        profile = await person.get("/api/auth/profile/")
        return (published.status_code, earned.status_code, profile.json()["role"]) == (publish, earn, role)

    assert await may(publish=201, earn=200, role="creator")
    assert (await admin.patch(f"/api/users/{person.id}/", {"role": "user"})).status_code == 200
    nothing = partial(may, publish=403, earn=403, role="user")
    await eventually("a user again in every service", nothing, within=AT_ONCE)
    assert (await admin.patch(f"/api/users/{person.id}/", {"role": "creator"})).status_code == 200
    everything = partial(may, publish=201, earn=200, role="creator")
    await eventually("a creator again in every service", everything, within=AT_ONCE)
