"""The golden payloads that producers and consumers share."""

import json
from pathlib import Path
from typing import Any

import pytest

import shared.contracts
from booking.consumers import HANDLERS
from shared.testing.tokens import new_id

FOLDER = Path(shared.contracts.__file__).parent / "samples"
SAMPLES = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
KINDS = {kind.type: kind for kind in HANDLERS}


def test_booking_consumes_every_event_there_is() -> None:
    assert set(SAMPLES) == set(KINDS)


@pytest.mark.parametrize("name", SAMPLES)
async def test_every_sample_is_handled(api: Any, name: str) -> None:
    sample = SAMPLES[name]
    event = KINDS[sample["type"]].model_validate(sample["body"])
    event_id = new_id()
    assert await api.deliver(event, sample["aggregate_version"], event_id) == "applied"
    assert await api.deliver(event, sample["aggregate_version"], event_id) == "duplicate"


async def test_what_booking_tells_has_the_shape_of_the_samples(api: Any, user: Any, make: Any) -> None:
    session = await api.offer(price="0.50", currency="EUR")
    booked = await user.booked(session, make.start())
    await user.cancel(booked["id"], reason='"why" – naïve\n😀')
    rows = api.rows("SELECT * FROM outbox WHERE aggregate_id = %s ORDER BY id", booked["id"])
    assert [row["type"] for row in rows] == ["booking.booking.created.v1", "booking.booking.cancelled.v1"]
    for row in rows:
        sample = SAMPLES[row["type"]]
        kind = KINDS[row["type"]]
        assert row["payload"].keys() == sample["body"].keys()
        # Word for word what the contract's own model writes: times, money and nulls.
        assert kind.model_validate(row["payload"]).model_dump(mode="json") == row["payload"]
        assert row["aggregate_type"] == kind.aggregate_type
        assert row["aggregate_version"] == sample["aggregate_version"]
        assert row["payload"]["amount"] == "0.50"
    assert rows[1]["payload"]["cancel_reason"] == '"why" – naïve\n😀'
