"""Outbox to inbox on a real PostgreSQL and a real RabbitMQ."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

import aio_pika
import psycopg
import pytest
from aio_pika.abc import AbstractChannel
from shared.tests.integration.conftest import Written, count_up, letter, running
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database
from shared.messaging import outbox, topology
from shared.messaging.consumer import Consumer, Handlers, Together
from shared.messaging.envelope import Meta
from shared.messaging.relay import Relay
from shared.settings import ServiceSettings
from shared.testing.eventually import eventually
from shared.testing.infra import TestBroker, TestDatabase
from shared.testing.tokens import new_id


class Unbound(Written):
    type: ClassVar[str] = "catalog.letter.unbound.v1"


async def cut_off_from_the_database(database: TestDatabase) -> None:
    async with await psycopg.AsyncConnection.connect(database.dsn(), autocommit=True) as superuser:
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'catalog' AND datname = current_database()"
        )


async def write(db: Database, number: int, *, letter_id: UUID | None = None, version: int = 1) -> UUID:
    letter_id = letter_id or new_id()
    async with db.transaction() as session:
        await outbox.publish(session, Written(id=letter_id, number=number), version=version)
    return letter_id


async def effects(db: Database) -> list[tuple[UUID, int, int]]:
    async with db.transaction() as session:
        rows = await session.execute(text("SELECT aggregate_id, version, number FROM effects ORDER BY id"))
        return [(row.aggregate_id, row.version, row.number) for row in rows]


async def unpublished(db: Database) -> int:
    async with db.transaction() as session:
        return await session.scalar(text("SELECT count(*) FROM outbox WHERE published_at IS NULL")) or 0


async def waiting(channel: AbstractChannel, queue: str) -> int:
    declared = await channel.declare_queue(queue, passive=True)
    return declared.declaration_result.message_count or 0


def number_of_effects(db: Database, wanted: int) -> Callable[[], Coroutine[Any, Any, bool]]:
    async def probe() -> bool:
        return len(await effects(db)) == wanted

    return probe


HANDLERS: Handlers = {Written: count_up}


async def test_a_committed_event_has_its_effect_once(
    settings: ServiceSettings, db: Database, channel: AbstractChannel
) -> None:
    letter_id = await write(db, 7)
    async with db.transaction() as session:
        await outbox.publish(session, Written(id=new_id(), number=8), version=1)
        await session.rollback()
    async with running(Relay(settings).run), running(Consumer(settings, db, HANDLERS).run):
        await eventually("the effect", number_of_effects(db, 1))
        # It is marked after the broker's confirmation, when the consumer may have it already.
        await eventually("an empty outbox", lambda: _none_left(db))
    assert await effects(db) == [(letter_id, 1, 7)]


async def test_a_second_delivery_has_no_second_effect(
    settings: ServiceSettings, db: Database, channel: AbstractChannel
) -> None:
    exchange = await channel.get_exchange(topology.EVENTS)
    twice = letter(1)
    once = letter(2)
    async with running(Consumer(settings, db, HANDLERS).run):
        for sent in (twice, twice, once, twice):
            await exchange.publish(sent, Written.type)
        await eventually("both effects", number_of_effects(db, 2))

        async def settled() -> bool:
            return await waiting(channel, "catalog.events") == 0

        await eventually("an empty queue", settled)
    assert sorted(number for _, _, number in await effects(db)) == [1, 2]


async def test_without_the_inbox_a_second_delivery_counts_twice(db: Database) -> None:
    """The control: the handler alone is not idempotent, so the test above can fail."""
    event = Written(id=new_id(), number=1)
    meta = Meta(new_id(), Written.type, event.id, 1, datetime.now(UTC), None, 0)
    for _ in range(2):
        async with db.transaction() as session:
            await count_up(session, event, meta)
    assert len(await effects(db)) == 2


async def test_events_that_wait_share_a_transaction_and_each_has_its_effect_once(
    settings: ServiceSettings, db: Database, channel: AbstractChannel
) -> None:
    exchange = await channel.get_exchange(topology.EVENTS)
    sent = [letter(number) for number in range(100)]
    for one in (*sent, *sent[::3]):
        await exchange.publish(one, Written.type)
    sizes: list[int] = []

    async def all_of_them(session: AsyncSession, events: Sequence[tuple[Written, Meta]]) -> None:
        sizes.append(len(events))
        for event, meta in events:
            await count_up(session, event, meta)

    async with running(Consumer(settings, db, {Written: Together(all_of_them)}).run):
        await eventually("all effects", number_of_effects(db, 100))

        async def settled() -> bool:
            return await waiting(channel, "catalog.events") == 0

        await eventually("an empty queue", settled)
    assert sorted(number for _, _, number in await effects(db)) == list(range(100))
    assert max(sizes) > 1


async def test_who_spoils_a_shared_transaction_is_set_aside_alone(
    settings: ServiceSettings, db: Database, channel: AbstractChannel
) -> None:
    exchange = await channel.get_exchange(topology.EVENTS)
    subject = new_id()  # one aggregate, so that all of them meet in one lane
    for number in range(40):
        body = b'{"id": "no id"}' if number == 20 else None
        await exchange.publish(letter(number, subject=subject, version=number + 1, body=body), Written.type)
    attempts: list[int] = []

    async def choosy(session: AsyncSession, events: Sequence[tuple[Written, Meta]]) -> None:
        for event, meta in events:
            await count_up(session, event, meta)
            if event.number == 10:
                attempts.append(meta.attempt)
                if meta.attempt == 0:
                    raise ValueError("not yet")

    async with running(Consumer(settings, db, {Written: Together(choosy)}).run):
        await eventually("all effects but that of the poison", number_of_effects(db, 39))

        async def set_aside() -> bool:
            return await waiting(channel, "catalog.dead") == 1

        await eventually("one dead letter", set_aside)
    seen = [number for _, _, number in await effects(db)]
    # In their order, but for the one that came later.
    assert seen == [number for number in range(40) if number not in (10, 20)] + [10]
    assert attempts[-1] == 1


async def test_order_holds_per_aggregate(settings: ServiceSettings, db: Database, channel: AbstractChannel) -> None:
    letters = [new_id() for _ in range(8)]
    for version in range(1, 31):
        for each in letters:
            await write(db, version, letter_id=each, version=version)
    async with running(Relay(settings).run), running(Consumer(settings, db, HANDLERS).run):
        await eventually("all effects", number_of_effects(db, 240), within=60)
    seen = await effects(db)
    for each in letters:
        assert [version for found, version, _ in seen if found == each] == list(range(1, 31))


async def test_a_row_that_commits_late_is_not_skipped(
    settings: ServiceSettings, db: Database, channel: AbstractChannel
) -> None:
    """Ids are given before the commit: a cursor over ids would have passed this one by."""
    async with running(Relay(settings).run), running(Consumer(settings, db, HANDLERS).run):
        async with db.transaction() as slow:
            await outbox.publish(slow, Written(id=new_id(), number=1), version=1)
            await write(db, 2)
            await eventually("the later one overtakes", number_of_effects(db, 1))
        await eventually("the earlier one follows", number_of_effects(db, 2))
    assert [number for _, _, number in await effects(db)] == [2, 1]


async def test_an_event_that_cannot_be_routed_stays_and_stops_nobody_else(
    settings: ServiceSettings, db: Database, channel: AbstractChannel
) -> None:
    stuck = new_id()
    async with db.transaction() as session:
        await outbox.publish(session, Unbound(id=stuck, number=1), version=1)
        await outbox.publish(session, Written(id=stuck, number=2), version=2)
    await write(db, 3)
    relay = Relay(settings)
    relay.hold_seconds = 0.2
    async with running(relay.run), running(Consumer(settings, db, HANDLERS).run):
        await eventually("the other aggregate's event", number_of_effects(db, 1))

        async def two_left() -> bool:
            return await unpublished(db) == 2

        # The other's is marked after its effect. The later event of the stuck aggregate waits for the earlier one.
        await eventually("both events of the stuck aggregate wait", two_left)
        queue = await channel.get_queue("catalog.events")
        await queue.bind(topology.EVENTS, Unbound.type)
        await eventually("it is published once there is a way", lambda: _none_left(db))
        await eventually("and the one behind it", number_of_effects(db, 2))
        await queue.unbind(topology.EVENTS, Unbound.type)


async def _none_left(db: Database) -> bool:
    return await unpublished(db) == 0


async def test_poison_goes_to_the_dead_letters_with_its_reason_and_stops_nobody(
    settings: ServiceSettings, db: Database, channel: AbstractChannel
) -> None:
    exchange = await channel.get_exchange(topology.EVENTS)
    poison = letter(1, body=b'{"id": "no id"}')
    foreign = aio_pika.Message(b"hello", message_id="not-an-id")
    for sent in (poison, foreign, letter(2)):
        await exchange.publish(sent, Written.type)
    async with running(Consumer(settings, db, HANDLERS).run):
        await eventually("the good one's effect", number_of_effects(db, 1))

        async def set_aside() -> bool:
            return await waiting(channel, "catalog.dead") == 2

        await eventually("two dead letters", set_aside)
    queue = await channel.get_queue("catalog.dead")
    reasons = {}
    for _ in range(2):
        dead = await queue.get()
        assert dead is not None
        reasons[dead.message_id] = str(dead.headers["x-error"])
        await dead.ack()
    assert "against the contract" in reasons[poison.message_id]
    assert "not an event of ours" in reasons[foreign.message_id]


async def test_a_handler_that_fails_is_tried_again_later(
    settings: ServiceSettings, db: Database, channel: AbstractChannel
) -> None:
    attempts: list[int] = []

    async def fails_once(session: AsyncSession, event: Written, meta: Meta) -> None:
        await count_up(session, event, meta)
        attempts.append(meta.attempt)
        if meta.attempt == 0:
            raise ValueError("not yet")

    exchange = await channel.get_exchange(topology.EVENTS)
    async with running(Consumer(settings, db, {Written: fails_once}).run):
        await exchange.publish(letter(1), Written.type)
        await eventually("the second attempt's effect", number_of_effects(db, 1))
    assert attempts == [0, 1]


async def test_after_the_last_attempt_it_is_set_aside(
    settings: ServiceSettings, db: Database, channel: AbstractChannel
) -> None:
    async def fails(session: AsyncSession, event: Written, meta: Meta) -> None:
        raise ValueError("never works")

    last = letter(1, headers={"x-attempt": topology.RETRIES})
    exchange = await channel.get_exchange(topology.EVENTS)
    async with running(Consumer(settings, db, {Written: fails}).run):
        await exchange.publish(last, Written.type)

        async def set_aside() -> bool:
            return await waiting(channel, "catalog.dead") == 1

        await eventually("the dead letter", set_aside)
    dead = await (await channel.get_queue("catalog.dead")).get()
    assert dead is not None
    assert "never works" in str(dead.headers["x-error"])
    await dead.ack()
    assert await effects(db) == []


async def test_one_relay_leads_and_another_takes_over(
    settings: ServiceSettings, db: Database, channel: AbstractChannel
) -> None:
    leader, other = Relay(settings), Relay(settings)
    leading = asyncio.create_task(leader.run())
    await eventually("the first one leads", leader.leading.is_set)
    async with running(other.run):
        await write(db, 1)
        await eventually("published by the leader", lambda: _none_left(db))
        assert not other.leading.is_set()
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)
        await write(db, 2)
        await eventually("published by the one that stood by", lambda: _none_left(db))
    assert await waiting(channel, "catalog.events") == 2


async def test_a_relay_that_hangs_loses_the_lead(
    settings: ServiceSettings, db: Database, channel: AbstractChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = Relay(settings)
    hanging.silence_seconds = 0.5
    leads = asyncio.Event()

    async def hang(*_: Any) -> None:
        leads.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(hanging, "_poll", hang)
    async with running(hanging.run):
        await eventually("it leads", leads.is_set)
        async with running(Relay(settings).run):
            await write(db, 1)
            await eventually("published by the one that lives", lambda: _none_left(db))
    assert await waiting(channel, "catalog.events") == 1


async def test_the_database_going_away_burns_no_delivery(
    settings: ServiceSettings, db: Database, channel: AbstractChannel, database: TestDatabase
) -> None:
    exchange = await channel.get_exchange(topology.EVENTS)
    async with running(Consumer(settings, db, HANDLERS).run):
        for number in range(40):
            await exchange.publish(letter(number), Written.type)
            if number % 10 == 0:
                await cut_off_from_the_database(database)
        await eventually("all effects", number_of_effects(db, 40), within=60)
    assert await waiting(channel, "catalog.dead") == 0
    assert sorted(number for _, _, number in await effects(db)) == list(range(40))


async def test_the_broker_going_away_loses_and_repeats_nothing(
    settings: ServiceSettings, db: Database, channel: AbstractChannel, broker: TestBroker
) -> None:
    async with running(Relay(settings).run), running(Consumer(settings, db, HANDLERS).run):
        for number in range(60):
            await write(db, number)
            if number % 20 == 10:
                await asyncio.to_thread(broker.close_connections)
        await eventually("all effects", number_of_effects(db, 60), within=60)
        await eventually("an empty outbox", lambda: _none_left(db))
    assert sorted(number for _, _, number in await effects(db)) == list(range(60))


async def test_stopping_finishes_what_is_in_hand(
    settings: ServiceSettings, db: Database, channel: AbstractChannel
) -> None:
    started = asyncio.Event()
    go_on = asyncio.Event()

    async def slow(session: AsyncSession, event: Written, meta: Meta) -> None:
        started.set()
        await go_on.wait()
        await count_up(session, event, meta)

    exchange = await channel.get_exchange(topology.EVENTS)
    task = asyncio.create_task(Consumer(settings, db, {Written: slow}).run())
    await exchange.publish(letter(1), Written.type)
    await started.wait()
    task.cancel()
    go_on.set()
    await asyncio.gather(task, return_exceptions=True)
    assert len(await effects(db)) == 1
    assert await waiting(channel, "catalog.events") == 0


async def test_the_envelope_is_a_cloud_event(settings: ServiceSettings, db: Database, channel: AbstractChannel) -> None:
    copy = await channel.declare_queue("catalog.test.copy", exclusive=True)
    await copy.bind(topology.EVENTS, Written.type)
    letter_id = await write(db, 5)
    async with running(Relay(settings).run):
        await eventually("published", lambda: _none_left(db))
    got = await copy.get()
    assert got is not None
    await got.ack()
    headers = got.headers
    assert headers["cloudEvents:specversion"] == "1.0"
    assert headers["cloudEvents:type"] == got.routing_key == Written.type
    assert headers["cloudEvents:subject"] == str(letter_id)
    assert headers["cloudEvents:source"] == "/catalog"
    assert headers["cloudEvents:id"] == got.message_id
    assert got.content_type == "application/json"
    assert json.loads(got.body) == {"id": str(letter_id), "number": 5}
