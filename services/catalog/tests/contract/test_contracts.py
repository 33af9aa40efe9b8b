"""What catalog tells and hears fits the published language; what it renders in SQL fits its documented model."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from services.catalog.tests.conftest import Api

import shared.contracts
from catalog.consumers import HANDLERS
from catalog.creators.schemas import CreatorProfile
from catalog.sessions.schemas import SessionOut
from shared.contracts.catalog import SessionCreated, SessionDeleted, SessionState, SessionStatusChanged, SessionUpdated

SAMPLES = Path(next(iter(shared.contracts.__path__))) / "samples"
PUBLISHED = {kind.type: kind for kind in (SessionCreated, SessionUpdated, SessionStatusChanged, SessionDeleted)}
DIFFICULT = {
    "title": 'Quotes " and \\ and </script>, ümläuts, 日本, 🐍',
    "description": "Tab\t, line\nend, return\r, \x01\x1f\x7f, \u2028\u2029, 'single', / and \\u0041",
    "price": 0.5,
    "location": "Ö",
    "image_url": "https://images.example.com/a.png?w=1&h=2",
    "category": "C++ & C#",
}


def sample(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{kind}.json").read_text())
    return found


async def test_published_events_have_the_samples_fields_and_formats(api: Api) -> None:
    teacher = await api.known("creator")
    made = await teacher.offers(**DIFFICULT)
    path = f"/api/sessions/{made['id']}/"
    await teacher.client.patch(path, json={"price": 7})
    await teacher.client.patch(path, json={"status": "inactive"})
    await teacher.client.delete(path)
    events = api.events(made["id"])
    assert [event["type"] for event in events] == list(PUBLISHED)
    for event in events:
        example = sample(event["type"])["body"]
        assert set(event["payload"]) == set(example)
        state = PUBLISHED[event["type"]].model_validate(event["payload"])
        assert json.loads(state.model_dump_json()) == event["payload"]
        assert state.title == DIFFICULT["title"]


@pytest.mark.parametrize("kind", sorted(event.type for event in HANDLERS))
async def test_every_sample_that_is_consumed_is_handled(api: Api, kind: str) -> None:
    example = sample(kind)
    body = example["body"]
    result = await api.deliver_raw(
        kind, UUID(body["id"]), json.dumps(body).encode(), version=example["aggregate_version"]
    )
    assert result == "applied"
    # A field that a later producer adds is no reason to refuse.
    grown = json.dumps({**body, "added_later": {"x": 1}}).encode()
    assert await api.deliver_raw(kind, UUID(body["id"]), grown, version=example["aggregate_version"]) == "applied"


async def test_samples_of_a_user_end_in_the_replica(own_api: Api) -> None:
    for name in ("registered", "updated", "role_changed", "deactivated"):
        example = sample(f"identity.user.{name}.v1")
        body = json.dumps(example["body"]).encode()
        user_id = UUID(example["body"]["id"])
        await own_api.deliver_raw(f"identity.user.{name}.v1", user_id, body, version=example["aggregate_version"])
        [row] = own_api.rows("SELECT * FROM users")
        known = {field: value for field, value in row.items() if field not in ("id", "created_at", "version")}
        assert known == {field: example["body"][field] for field in known}
        assert row["version"] == example["aggregate_version"]


@pytest.mark.parametrize("seconds", ["10.123456", "10.1", "10", "0"])
async def test_cards_are_byte_for_byte_what_the_model_would_write(own_api: Api, seconds: str) -> None:
    teacher = await own_api.known("creator", avatar="https://a.example/é.png", last_name='O"Neil')
    for fields in (DIFFICULT, {}):
        made = await teacher.offers(**fields)
        await own_api.booked(made["id"])
    own_api.execute(f"UPDATE sessions SET created_at = '2026-11-01 00:59:{seconds}+01', updated_at = created_at")
    await own_api.rebuild()
    visitor = own_api.client()
    for item in (await visitor.get("/api/sessions/")).json():
        content = (await visitor.get(f"/api/sessions/{item['id']}/")).content
        assert SessionOut.model_validate_json(content).model_dump_json().encode() == content
    content = (await visitor.get(f"/api/creators/{teacher.id}/")).content
    assert CreatorProfile.model_validate_json(content).model_dump_json().encode() == content


async def test_what_is_read_through_is_the_contracts_state(api: Api) -> None:
    teacher = await api.known("creator")
    made = await teacher.offers()
    body = (await api.client().get(f"/internal/sessions/{made['id']}/")).json()
    assert set(body) == {"version", "session", "creator"}
    assert SessionState.model_validate(body["session"]).id == UUID(made["id"])
    user = sample("identity.user.registered.v1")["body"]
    assert set(body["creator"]) == {*user, "version"} - {"email"}
