"""Where people's pictures are, for the web app's server alone."""

from uuid import uuid4

import httpx
from services.identity.tests.conftest import Api, Person

URL = "https://images.example.com/grace.jpg?size=2"


def path(person: Person) -> str:
    return f"/internal/avatars/{person.id}/"


async def test_a_picture_is_found_by_its_person(api: Api, client: httpx.AsyncClient) -> None:
    for role in ("user", "creator", "admin"):
        answer = await client.get(path(await api.join(role, avatar=URL)))
        assert (answer.status_code, answer.json()) == (200, {"url": URL})


async def test_a_change_shows_at_once(client: httpx.AsyncClient, user: Person) -> None:
    for url in (URL, f"{URL}&v=2"):
        await user.client.patch("/api/auth/profile/", json={"avatar": url})
        assert (await client.get(path(user))).json() == {"url": url}
    await user.client.patch("/api/auth/profile/", json={"avatar": None})
    assert (await client.get(path(user))).status_code == 404


async def test_nobody_and_who_has_no_picture_look_the_same(client: httpx.AsyncClient, user: Person) -> None:
    for address in (path(user), f"/internal/avatars/{uuid4()}/"):
        answer = await client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await client.get("/internal/avatars/me/")).status_code == 400


async def test_a_deactivated_persons_picture_is_gone(api: Api, client: httpx.AsyncClient, admin: Person) -> None:
    person = await api.join("creator", avatar=URL)
    for active, status in ((False, 404), (True, 200)):
        await admin.client.patch(f"/api/users/{person.id}/", json={"is_active": active})
        assert (await client.get(path(person))).status_code == status


def test_it_is_not_in_the_public_document(api: Api) -> None:
    assert not [address for address in api.app.openapi()["paths"] if "internal" in address]
