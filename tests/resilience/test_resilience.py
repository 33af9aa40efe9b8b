"""A system of its own is hurt in every way for a minute, and nothing is lost; without a safeguard something is.

The long forms are `make chaos`, `make controls` and `make rolling`.
"""

from collections.abc import Iterator

import pytest

from tests.resilience.controls import CONTROLS, run_control
from tests.resilience.rolling import rolling
from tests.resilience.runs import chaos
from tests.resilience.system import System, running

pytestmark = pytest.mark.timeout(900)  # whatever else the machine does meanwhile


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("resilience")
    for place in (folder, *folder.parents[:2]):
        place.chmod(0o711)  # postgres' own user must get through
    with running(folder, {"booking-api": 2}) as started:
        yield started


async def test_nothing_is_lost_whichever_process_dies(system: System) -> None:
    report = await chaos(system, seed=1, seconds=45, kills=1, rate=50)
    print(report.table())
    assert report.failures == {}
    assert len(report.journal.booked) > 20
    assert report.record.counts.keys() >= {
        ("kill", kind) for kind in ("api", "worker", "rabbitmq", "postgres", "nginx")
    }


async def test_no_request_fails_while_replicas_are_replaced(system: System) -> None:
    result = await rolling(system, rounds=1, rate=10, kinds=("booking-api",))
    assert result.failed == []
    assert (result.restarts, result.requests > 20) == (2, True)


async def test_control_events_beside_the_outbox_are_missed(system: System) -> None:
    control = CONTROLS["some events beside the outbox"]
    report = await run_control(system, control, seed=1, seconds=6, rate=40)
    assert control.finds <= report.failures.keys()


async def test_control_seats_sold_by_check_then_insert_are_oversold(system: System) -> None:
    control = CONTROLS["seats sold by check, then insert"]
    report = await run_control(system, control, seed=1, seconds=6, rate=15)
    assert control.finds <= report.failures.keys()
