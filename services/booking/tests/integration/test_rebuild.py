"""The check of the revenue projection, and its rebuild while everything runs."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from prometheus_client import REGISTRY

from booking import commands
from booking.revenue import service as revenue
from booking.revenue.rebuild import Progress, RebuildRunning, rebuild
from booking.revenue.repository.projection import SHADOW, TABLES
from booking.revenue.schemas import Drift
from booking.settings import Settings
from booking.worker import check_revenue, create
from shared.migrations import declare_topology
from shared.testing.eventually import eventually
from shared.testing.infra import TestBroker

_CORRUPTIONS = {
    "UPDATE revenue_daily SET gross = gross + 1": "sums per day",
    "DELETE FROM revenue_daily": "sums per day",
    "UPDATE revenue_daily SET day = day - 1": "sums per day",
    "UPDATE revenue_by_session SET refunded = refunded + 1": "sums per session",
    "UPDATE projected_seats SET seats = 7": "seats per start",
}
_LEDGER_CORRUPTIONS = (
    "DELETE FROM revenue_ledger WHERE kind = 'booked'",
    "UPDATE revenue_ledger SET amount = 2 * amount",
    "UPDATE revenue_ledger SET booking_id = gen_random_uuid()",
    "TRUNCATE revenue_ledger, revenue_daily, revenue_by_session, projected_seats",
)


def _settings(api: Any, **more: Any) -> Settings:
    """Without the owner's password: the service's own role does it all."""
    return Settings(**{**api.test_database.settings("booking"), "db_owner_password": "", **more})


async def _drift(api: Any) -> Drift:
    async with api.database.transaction() as db:
        return await revenue.find_drift(db)


def _as_owner(api: Any, statement: str) -> None:
    with psycopg.connect(api.test_database.dsn("booking", owner=True)) as connection:
        connection.execute(statement)


def _tables(api: Any) -> dict[str, list[dict[str, Any]]]:
    """Every row of the projection, in an order of its own."""
    return {table: sorted(api.rows(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


def _structure(api: Any) -> list[Any]:
    """Columns, indexes, constraints and rights of the projection's tables."""
    return [
        api.rows(statement.format(tables="', '".join(TABLES)))
        for statement in (
            "SELECT table_name, column_name, data_type, is_nullable, is_identity FROM information_schema.columns"
            " WHERE table_name IN ('{tables}') ORDER BY table_name, ordinal_position",
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('{tables}') ORDER BY 1",
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid::regclass::text IN ('{tables}') ORDER BY 1, 2",
            "SELECT table_name, grantee, privilege_type FROM information_schema.table_privileges"
            " WHERE table_name IN ('{tables}') ORDER BY 1, 2, 3",
            "SELECT sequencename FROM pg_sequences WHERE schemaname = 'booking' ORDER BY 1",
        )
    ]


async def _history(api: Any, make: Any, bookings: int = 12) -> None:
    """Bookings of two creators, a third of them cancelled, all projected."""
    sessions = [await api.offer(price=price) for price in ("49.50", "10.00")]
    user = await api.join()
    for number in range(bookings):
        booked = await user.booked(sessions[number % 2], make.start())
        if number % 3 == 0:
            await user.cancel(booked["id"])
    await api.project()


@asynccontextmanager
async def _bustle(api: Any, make: Any) -> AsyncIterator[None]:
    """People book and cancel, and their events are projected, all the while."""
    stop = asyncio.Event()
    session = await api.offer(max_participants=1000)
    chance = random.Random(5)

    async def book() -> None:
        while not stop.is_set():
            user = await api.join()
            booked = await user.booked(session, make.start())
            if chance.random() < 0.4:
                await user.cancel(booked["id"])

    async def project() -> None:
        while not stop.is_set():
            await api.project()
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(part()) for part in (book, book, project)]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)
        await api.project()


async def test_the_check_sees_what_differs(own_api: Any, make: Any) -> None:
    api = own_api
    session = await api.offer()
    user = await api.join()
    booked = await user.booked(session, make.start())
    await user.cancel(booked["id"])
    # On their way, and no drift.
    drift = await _drift(api)
    assert (drift.total, drift.pending) == (0, 2)
    await api.project()
    assert await _drift(api) == Drift(total=0, differences=[], pending=0)
    for change, place in _CORRUPTIONS.items():
        await rebuild(_settings(api), lambda _: None)
        api.execute(change)
        drift = await _drift(api)
        assert drift.total >= 1
        assert {difference.place for difference in drift.differences} == {place}
        assert {difference.creator_id for difference in drift.differences} == {session.creator_id}
        assert all(str(difference).startswith(place) for difference in drift.differences)
    await rebuild(_settings(api), lambda _: None)
    api.execute("UPDATE bookings SET amount = amount + 1")
    ledger = [each for each in (await _drift(api)).differences if each.place == "ledger"]
    assert len(ledger) == 2
    assert "amount 49.5" in str(ledger[0])
    assert "instead of 50.5" in str(ledger[0])


async def test_an_event_that_never_came_is_drift_once_the_outbox_has_forgotten_it(own_api: Any, make: Any) -> None:
    session = await own_api.offer()
    booked = await own_api.person().booked(session, make.start())
    own_api.execute("DELETE FROM outbox")
    (difference,) = (await _drift(own_api)).differences
    assert (difference.place, difference.what) == ("ledger", f"booking {booked['id']} booked")
    assert difference.found is None


async def test_a_rebuild_equals_live_to_the_last_row_and_index(own_api: Any, make: Any) -> None:
    await _history(own_api, make)
    before, structure = _tables(own_api), _structure(own_api)
    said: list[Progress] = []
    entries = await rebuild(_settings(own_api), said.append, portion=5)
    assert entries == len(before["revenue_ledger"])
    assert _tables(own_api) == before
    assert _structure(own_api) == structure
    assert str(said[0]).startswith("5 bookings read")
    assert [progress.bookings for progress in said] == [5, 10, 12, 12]
    assert {progress.total for progress in said} == {12}
    assert str(said[-1]) == f"swapped, with {entries} entries"
    # Again, and on: ids go on where they were.
    await rebuild(_settings(own_api), said.append)
    await _history(own_api, make)
    assert (await _drift(own_api)).total == 0


@pytest.mark.parametrize("corruption", [*_CORRUPTIONS, *_LEDGER_CORRUPTIONS])
async def test_whatever_was_corrupted_is_mended(own_api: Any, make: Any, corruption: str) -> None:
    await _history(own_api, make)
    if "TRUNCATE" in corruption:
        own_api.execute("DELETE FROM outbox")  # bookings alone know
    before = _tables(own_api)
    _as_owner(own_api, corruption)
    assert (await _drift(own_api)).total > 0
    await rebuild(_settings(own_api), lambda _: None)
    assert await _drift(own_api) == Drift(total=0, differences=[], pending=0)
    after = _tables(own_api)
    assert {name: after[name] for name in TABLES[1:]} == {name: before[name] for name in TABLES[1:]}


async def test_events_that_are_late_count_once(own_api: Any, make: Any) -> None:
    """The rebuild knows the bookings before their events have come."""
    session = await own_api.offer()
    user = await own_api.join()
    booked = await user.booked(session, make.start())
    await user.cancel(booked["id"])
    assert await rebuild(_settings(own_api), lambda _: None) == 2
    rebuilt = _tables(own_api)
    assert await own_api.project() == 2
    assert _tables(own_api) == rebuilt
    assert await _drift(own_api) == Drift(total=0, differences=[], pending=0)


async def test_while_people_book_nothing_is_lost_or_doubled_and_figures_can_be_read(own_api: Any, make: Any) -> None:
    api = own_api
    await _history(api, make, bookings=30)
    (creator, *_) = {row["creator_id"] for row in api.rows("SELECT creator_id FROM revenue_ledger")}
    reader = api.person("creator", creator)
    (stands,) = (await reader.client.get("/api/bookings/creator_stats/")).json()["revenue"]
    reading = asyncio.Event()

    async def read() -> None:
        while not reading.is_set():
            answer = await reader.client.get("/api/bookings/creator_stats/")
            assert answer.status_code == 200, answer.text
            assert answer.json()["revenue"] == [stands]

    reads = asyncio.create_task(read())
    async with _bustle(api, make):
        for _ in range(4):
            await rebuild(_settings(api), lambda _: None, portion=7)
            assert (await _drift(api)).total == 0
    reading.set()
    await reads
    assert await _drift(api) == Drift(total=0, differences=[], pending=0)


class Killed(BaseException):
    """Stands for a process that is no more."""


@pytest.mark.parametrize("moment", ["1 bookings", "9 bookings", "12 bookings", "swapped"])
async def test_killed_at_any_moment_and_run_again(own_api: Any, make: Any, moment: str) -> None:
    await _history(own_api, make)
    _as_owner(own_api, "UPDATE revenue_daily SET gross = gross + 1")

    def die(progress: Progress) -> None:
        if str(progress).startswith(moment):
            raise Killed

    before = _tables(own_api)
    with pytest.raises(Killed):
        await rebuild(_settings(own_api), die, portion=1)
    if moment != "swapped":
        assert _tables(own_api) == before
        assert (await _drift(own_api)).total > 0
    await rebuild(_settings(own_api), lambda _: None)
    assert await _drift(own_api) == Drift(total=0, differences=[], pending=0)
    assert own_api.rows("SELECT 1 FROM pg_tables WHERE tablename LIKE %s", f"%{SHADOW}") == []


async def test_two_at_once_are_refused(own_api: Any, make: Any) -> None:
    await _history(own_api, make, bookings=2)

    async def other() -> None:
        with pytest.raises(RebuildRunning):
            await rebuild(_settings(own_api), lambda _: None)

    begun = asyncio.Event()
    # Somebody reads, so that the first one can't be done before the second comes.
    async with await psycopg.AsyncConnection.connect(own_api.test_database.dsn("booking")) as reader:
        await reader.execute("SELECT count(*) FROM revenue_daily")
        first = asyncio.create_task(rebuild(_settings(own_api), lambda _: begun.set()))
        await eventually("the first one is at work", begun.is_set)
        await other()
        await reader.rollback()
        await first
    with psycopg.connect(own_api.test_database.dsn("booking", owner=True)) as holder:
        holder.execute("SELECT pg_advisory_lock(hashtext('migrate booking'))")
        await other()


async def test_somebody_who_reads_for_long_is_waited_for(own_api: Any, make: Any) -> None:
    await _history(own_api, make, bookings=3)
    dsn = own_api.test_database.dsn("booking")
    async with await psycopg.AsyncConnection.connect(dsn) as reader:
        await reader.execute("SELECT count(*) FROM revenue_daily")
        rebuilding = asyncio.create_task(rebuild(_settings(own_api), lambda _: None))

        async def waits() -> bool:
            return bool(own_api.rows("SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"))

        await eventually("the swap waits", waits)
        assert not rebuilding.done()
        await reader.rollback()
        assert await rebuilding == 4


_STEPS = ("begin()", "read(5)", "mark()", "catch_up()", "swap()")
_PARTS = ("alone()", "hold()", "project(NULL, NULL, 0)")


async def test_the_service_gets_at_the_structure_by_these_steps_only(own_api: Any, make: Any) -> None:
    """Not with rows of its choice, not out of turn, and nobody else at all."""
    await _history(own_api, make, bookings=3)
    before, dsn = _tables(own_api), own_api.test_database.dsn

    def refused(error: type[Exception], statement: str, service: str = "booking") -> None:
        with psycopg.connect(dsn(service)) as connection, pytest.raises(error):
            connection.execute(statement)

    denied = psycopg.errors.InsufficientPrivilege
    for step in (*_STEPS, *_PARTS):
        for service in ("identity", "catalog"):
            refused(denied, f"SELECT booking.revenue_rebuild_{step}", service)
    for part in _PARTS:
        refused(denied, f"SELECT revenue_rebuild_{part}")
    for step in ("read(5)", "swap()"):
        refused(psycopg.errors.NoDataFound, f"SELECT revenue_rebuild_{step}")
    own_api.execute("SELECT revenue_rebuild_begin()")
    refused(psycopg.errors.ObjectNotInPrerequisiteState, "SELECT revenue_rebuild_swap()")
    for table in ("revenue_rebuild", *(f"{table}{SHADOW}" for table in TABLES)):
        for statement in (f"SELECT FROM {table}", f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
            refused(denied, statement)
    with psycopg.connect(dsn("booking")) as holder:
        holder.execute("SELECT pg_advisory_lock(hashtext('migrate booking'))")
        for step in _STEPS:
            refused(psycopg.errors.ObjectInUse, f"SELECT revenue_rebuild_{step}")
    assert _tables(own_api) == before


async def test_the_commands(
    own_api: Any, make: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await _history(own_api, make, bookings=3)
    for name, value in own_api.test_database.environment("booking").items():
        if name != "DB_OWNER_PASSWORD":
            monkeypatch.setenv(name, value)

    def said() -> list[str]:
        # Beside the log lines of the api, which is in the same process here.
        return [line for line in capsys.readouterr().out.splitlines() if "[info" not in line]

    said()
    await commands.check_revenue([])
    assert said() == ["check-revenue: the ledger and its sums agree with the bookings"]
    own_api.execute("UPDATE revenue_daily SET gross = gross + 1")
    with pytest.raises(SystemExit, match="2 rows differ"):
        await commands.check_revenue(["--json"])
    (line,) = said()
    found = json.loads(line)
    assert found["total"] == len(found["differences"]) == 2
    assert {UUID(each["creator_id"]) for each in found["differences"]} == {
        row["creator_id"] for row in own_api.rows("SELECT creator_id FROM revenue_daily")
    }
    await commands.rebuild_revenue([])
    assert said()[-1] == "swapped, with 4 entries"
    (line,) = own_api.rows("SELECT action, actor, after FROM audit_log")
    assert (line["action"], line["actor"], line["after"]["entries"]) == ("operations.command_done", None, 4)
    await commands.check_revenue([])
    with psycopg.connect(own_api.test_database.dsn("booking", owner=True)) as holder:
        holder.execute("SELECT pg_advisory_lock(hashtext('migrate booking'))")
        with pytest.raises(SystemExit, match="another rebuild"):
            await commands.rebuild_revenue([])


async def test_the_worker_checks_by_itself_and_shouts(
    own_api: Any, make: Any, broker: TestBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(name: str) -> float | None:
        return REGISTRY.get_sample_value(name)

    settings = _settings(own_api, **broker.settings("booking"), revenue_check_seconds=0.1)
    await declare_topology(settings, ["booking.booking.created.v1", "booking.booking.cancelled.v1"])
    await own_api.person().booked(await own_api.offer(), make.start())
    await check_revenue(own_api.database)
    assert (told("revenue_drift"), told("revenue_pending_events")) == (0, 1)
    worker = create(settings)
    async with worker.router.lifespan_context(worker):
        await eventually("the event has come", lambda: told("revenue_pending_events") == 0)
        assert told("revenue_drift") == 0
        own_api.execute("UPDATE revenue_by_session SET booked = 5")
        await eventually("the check sees it", lambda: told("revenue_drift") == 1)
        assert "booked 5 instead of 1" in capsys.readouterr().out
        await rebuild(settings, lambda _: None)
        await eventually("and that it is mended", lambda: told("revenue_drift") == 0)
