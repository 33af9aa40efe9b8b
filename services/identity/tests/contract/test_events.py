"""What identity says is what the published language allows, and the samples that consumers test with are real."""

import json
from pathlib import Path
from typing import Any

import pytest
from services.identity.tests.conftest import Api, Person

import shared.contracts
from shared.contracts.base import Event
from shared.contracts.identity import LoginRevoked, UserDeactivated, UserRegistered, UserRoleChanged, UserUpdated

EVENTS: dict[str, type[Event]] = {
    event.type: event for event in (UserRegistered, UserUpdated, UserRoleChanged, UserDeactivated, LoginRevoked)
}
SAMPLES = sorted((Path(shared.contracts.__file__).parent / "samples").glob("identity.*.json"))


def sample(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_every_event_has_a_sample() -> None:
    assert {sample(path)["type"] for path in SAMPLES} == set(EVENTS)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_an_event(path: Path) -> None:
    found = sample(path)
    event = EVENTS[found["type"]].model_validate(found["body"])
    assert json.loads(event.model_dump_json()) == found["body"]


async def test_every_event_that_is_written_keeps_the_contract(api: Api, admin: Person) -> None:
    person = await api.join("user", bio="About me", avatar="https://images.example.com/me.jpg")
    await person.client.patch("/api/auth/profile/", json={"first_name": "Zoë", "avatar": None})
    await person.client.post("/api/auth/become-creator/")
    await admin.client.patch(f"/api/users/{person.id}/", json={"email": f"new-{person.email}"})
    await admin.client.patch(f"/api/users/{person.id}/", json={"is_active": False, "role": "user"})
    await admin.client.patch(f"/api/users/{person.id}/", json={"is_active": True})
    await admin.client.delete(f"/api/users/{person.id}/")
    rows = api.events(person.id)
    assert [(row["type"].split(".")[2], row["aggregate_version"]) for row in rows] == [
        ("registered", 1),
        ("updated", 2),
        ("role_changed", 3),
        ("updated", 4),
        ("deactivated", 5),
        ("updated", 6),
        ("deactivated", 7),
    ]
    samples = {found["type"]: found["body"] for found in map(sample, SAMPLES)}
    for row in rows:
        event: Event = EVENTS[row["type"]].model_validate(row["payload"])
        assert event.aggregate_id == event.id
        # The same fields, the same JSON types (null aside) as in the sample that consumers know.
        assert set(row["payload"]) == set(samples[row["type"]])
        for name, value in row["payload"].items():
            assert value is None or type(value) is type(samples[row["type"]][name]), name
    assert rows[0]["payload"]["created_at"].endswith("Z")
    assert len({row["payload"]["created_at"] for row in rows}) == 1


async def test_the_end_of_a_login_keeps_the_contract(api: Api, user: Person) -> None:
    await user.client.post("/api/auth/logout/", json={"refresh": user.refresh})
    (login,) = api.rows("SELECT * FROM logins WHERE user_id = %s", user.id)
    (row,) = api.events(login["id"])
    example = sample(next(path for path in SAMPLES if path.stem == LoginRevoked.type))
    assert (row["type"], row["aggregate_version"]) == (LoginRevoked.type, example["aggregate_version"])
    assert set(row["payload"]) == set(example["body"])
    event = LoginRevoked.model_validate(row["payload"])
    assert json.loads(event.model_dump_json()) == row["payload"]
    assert (str(event.user_id), event.tokens_expire_at) == (user.id, login["tokens_expire_at"])
