"""Every event of the published language is heard by somebody and has an example."""

import json
from pathlib import Path

import pytest

import shared.contracts
from booking.consumers import HANDLERS as BOOKING
from catalog.consumers import HANDLERS as CATALOG
from shared.contracts import booking, catalog, identity
from shared.contracts.base import Event

SAMPLES = Path(shared.contracts.__file__).parent / "samples"
EVENTS = sorted(
    (
        found
        for module in (identity, catalog, booking)
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Event) and "type" in vars(found)
    ),
    key=lambda event: event.type,
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_every_event_has_a_queue_bound_to_it(event: type[Event]) -> None:
    """The bindings that `migrate` declares come from these tables; an event without one could not be routed."""
    assert event in {*BOOKING, *CATALOG}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_every_event_has_a_sample_that_is_exactly_its_contract(event: type[Event]) -> None:
    sample = json.loads((SAMPLES / f"{event.type}.json").read_text())
    assert sample["type"] == event.type
    assert json.loads(event.model_validate(sample["body"]).model_dump_json()) == sample["body"]


def test_there_are_no_samples_of_nothing() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == {event.type for event in EVENTS}
