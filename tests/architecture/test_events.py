"""Every event of the published language is heard by somebody and has an example."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

import shared.contracts
from booking import app as booking_app
from booking.consumers import HANDLERS as BOOKING
from booking.consumers import REPLICAS as OF_BOOKING
from booking.settings import Settings as BookingSettings
from catalog import app as catalog_app
from catalog.consumers import HANDLERS as CATALOG
from catalog.consumers import REPLICAS as OF_CATALOG
from catalog.settings import Settings as CatalogSettings
from identity import app as identity_app
from identity.settings import Settings as IdentitySettings
from shared.contracts import booking, catalog, identity
from shared.contracts.base import Event
from shared.replicas import Replica

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


@pytest.mark.parametrize("replica", [*OF_BOOKING.values(), *OF_CATALOG.values()], ids=lambda replica: replica.path)
def test_every_replica_has_a_snapshot_at_its_owner_that_nobody_else_hears_of(replica: Replica) -> None:
    owner = {
        "identity": lambda: identity_app.create(IdentitySettings()),
        "catalog": lambda: catalog_app.create(CatalogSettings()),
        "booking": lambda: booking_app.create(BookingSettings()),
    }[replica.owner]()
    assert replica.path in {route.path for router in owner.state.routers for route in router.routes}
    assert replica.path not in owner.openapi()["paths"]


@pytest.mark.parametrize(("replicas", "handlers"), [(OF_BOOKING, BOOKING), (OF_CATALOG, CATALOG)])
def test_every_event_of_others_feeds_a_replica(
    replicas: Mapping[str, Replica], handlers: Mapping[type[Event], object]
) -> None:
    """And by the same handler, so that a resync and an event do the same."""
    for replica in replicas.values():
        fed = [kind for kind in handlers if issubclass(kind, replica.state)]
        assert fed
        assert {handlers[kind] for kind in fed} == {replica.apply}
