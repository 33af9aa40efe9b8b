"""Dead letters: looking changes nothing, sending again loses nothing, and both speak to people and to scripts."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import DeliveryError
from shared.tests.integration.conftest import DEAD, EVENTS, Written, count_up, letter, running
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import operators
from shared.db import Database
from shared.messaging import topology
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters import list_dead_letters, resend
from shared.messaging.envelope import Meta
from shared.settings import ServiceSettings
from shared.testing.eventually import eventually


def dead(number: int, minute: int) -> aio_pika.Message:
    """As the consumer sets it aside."""
    died_at = datetime(2026, 3, 1, 9, minute, tzinfo=UTC).isoformat()
    return letter(number, headers={"x-attempt": 4, "x-error": f"ValueError('{number}')", "x-dead-at": died_at})


async def put(channel: AbstractChannel, *letters: aio_pika.Message) -> list[str]:
    exchange = await channel.get_exchange(DEAD, ensure=False)
    for each in letters:
        await exchange.publish(each, DEAD)
    await eventually("they lie there", count(channel, DEAD, len(letters)))
    return [str(each.message_id) for each in letters]


def count(channel: AbstractChannel, queue: str, wanted: int) -> Callable[[], Awaitable[bool]]:
    async def probe() -> bool:
        return (await channel.declare_queue(queue, passive=True)).declaration_result.message_count == wanted

    return probe


async def numbers(db: Database) -> list[int]:
    async with db.transaction() as session:
        return list(await session.scalars(text("SELECT number FROM effects ORDER BY number")))


async def test_one_poison_in_a_thousand(settings: ServiceSettings, db: Database, channel: AbstractChannel) -> None:
    mended = asyncio.Event()

    async def handler(session: AsyncSession, event: Written, meta: Meta) -> None:
        if event.number == 500 and not mended.is_set():
            raise ValueError("no ink")
        await count_up(session, event, meta)

    letters = [letter(number) for number in range(1000)]
    # Its delays are behind it: this is its last attempt.
    letters[500].headers["x-attempt"] = topology.RETRIES
    exchange = await channel.get_exchange(topology.EVENTS)
    await asyncio.gather(*(exchange.publish(each, Written.type) for each in letters))

    async def applied(wanted: int) -> bool:
        return len(await numbers(db)) == wanted

    async with running(Consumer(settings, db, {Written: handler}).run):
        await eventually("999 effects", lambda: applied(999), within=60)
        await eventually("one dead letter", count(channel, DEAD, 1))
        (found,) = await list_dead_letters(settings)
        assert (found.id, found.type, found.attempts) == (letters[500].message_id, Written.type, 5)
        assert "no ink" in found.reason
        assert await numbers(db) == [number for number in range(1000) if number != 500]

        mended.set()
        assert await resend(settings, None, by="somebody") == [found.id]
        await eventually("all effects", lambda: applied(1000))
    assert await numbers(db) == list(range(1000))
    assert await list_dead_letters(settings) == []


async def test_looking_changes_nothing(settings: ServiceSettings, channel: AbstractChannel) -> None:
    ids = await put(channel, dead(1, 30), dead(2, 10), dead(3, 20))
    for _ in range(3):
        found = await list_dead_letters(settings)
        assert [each.id for each in found] == [ids[1], ids[2], ids[0]], "the oldest first"
        await eventually("all are back", count(channel, DEAD, 3))
    document = found[0].document()
    assert document["payload"]["number"] == 2
    assert document["headers"]["correlation-id"] == "the-request"
    assert (document["reason"], document["attempts"]) == ("ValueError('2')", 5)
    assert document["died_at"] == "2026-03-01T09:10:00+00:00"


async def test_only_what_was_named_is_sent_again_and_starts_afresh(
    settings: ServiceSettings, channel: AbstractChannel
) -> None:
    ids = await put(channel, dead(1, 1), dead(2, 2), dead(3, 3))
    assert await resend(settings, [ids[1], "unknown"], by="somebody") == [ids[1]]
    await eventually("two stay", count(channel, DEAD, 2))
    async with (await channel.get_queue(EVENTS)).iterator(timeout=10) as arriving:
        again = await anext(arriving)
        await again.ack()
    assert again.message_id == ids[1]
    assert again.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    assert not [name for name in again.headers if name.startswith("x-")]
    assert again.headers["cloudEvents:id"] == ids[1]
    assert [each.id for each in await list_dead_letters(settings)] == [ids[0], ids[2]]


async def test_killed_between_it_is_there_twice_and_counts_once(
    settings: ServiceSettings, db: Database, channel: AbstractChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    (message_id,) = await put(channel, dead(1, 1))

    async def killed(_message: AbstractIncomingMessage, **_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(aio_pika.IncomingMessage, "ack", killed)
        with pytest.raises(KeyboardInterrupt):
            await resend(settings, None, by="somebody")
    await eventually("the copy", count(channel, EVENTS, 1))
    await eventually("and the dead letter", count(channel, DEAD, 1))
    assert await resend(settings, None, by="somebody") == [message_id]
    async with running(Consumer(settings, db, {Written: count_up}).run):
        await eventually("an empty queue", count(channel, EVENTS, 0))
        await eventually("its effect", lambda: _one(db))
    assert await numbers(db) == [1]


async def _one(db: Database) -> bool:
    return len(await numbers(db)) == 1


async def test_what_the_broker_does_not_take_stays(settings: ServiceSettings, channel: AbstractChannel) -> None:
    await put(channel, dead(1, 1))
    queue = await channel.get_queue(EVENTS)
    await queue.unbind(topology.retries("catalog"), EVENTS)
    with pytest.raises(DeliveryError):
        await resend(settings, None, by="somebody")
    await eventually("it is back", count(channel, DEAD, 1))
    with pytest.raises(SystemExit, match="has `migrate` run"):
        await operators.dead_letters(settings, ["resend", "--all"])


async def test_what_dies_again_meanwhile_is_not_sent_for_ever(
    settings: ServiceSettings, db: Database, channel: AbstractChannel
) -> None:
    poison = dead(1, 1)
    poison.body = b"not even JSON"
    await put(channel, poison)
    async with running(Consumer(settings, db, {Written: count_up}).run):
        for _ in range(3):
            assert await resend(settings, None, by="somebody") == [poison.message_id]
            await eventually("it is dead again", count(channel, DEAD, 1))
    (found,) = await list_dead_letters(settings)
    assert found.attempts == 1
    assert found.document()["payload"] == "not even JSON"


async def test_the_command_for_people_and_for_scripts(
    settings: ServiceSettings, db: Database, channel: AbstractChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    async def run(*arguments: str) -> str:
        await operators.dead_letters(settings, list(arguments))
        return capsys.readouterr().out

    assert await run("list") == "0 of 0 dead letters\n"
    assert await run("list", "--json") == "[]\n"
    ids = await put(channel, dead(1, 1), dead(2, 2))
    lines = (await run("list")).splitlines()
    assert lines[0].startswith(f"2026-03-01T09:01:00+00:00  {ids[0]}  {Written.type}  ")
    assert lines[0].endswith("  5x  ValueError('1')")
    assert lines[-1] == "2 of 2 dead letters"
    await eventually("both are back", count(channel, DEAD, 2))
    assert [each["id"] for each in json.loads(await run("list", "--newest", "--limit", "1", "--json"))] == [ids[1]]
    await eventually("both are back", count(channel, DEAD, 2))
    assert json.loads(await run("show", ids[0]))["payload"]["number"] == 1
    for wrong in (["show", "unknown"], ["resend", "unknown"]):
        with pytest.raises(SystemExit, match="there is no unknown"):
            await run(*wrong)
        await eventually("both are back", count(channel, DEAD, 2))
    with pytest.raises(SystemExit) as wrong_call:
        await run("resend")
    assert wrong_call.value.code == 2
    # Beside the audit line, which goes to standard error in a process of its own.
    assert (await run("resend", ids[0])).endswith(f"sent again: {ids[0]}\n")
    await eventually("the other one is back", count(channel, DEAD, 1))
    assert (await run("resend", "--all")).endswith(f"sent again: {ids[1]}\n")
    async with db.transaction() as session:
        lines = await session.execute(text("SELECT action, actor, subject::text FROM audit_log ORDER BY id"))
        assert lines.all() == [("operations.dead_letter_resent", None, message_id) for message_id in ids]
    await eventually("both wait for the consumer", count(channel, EVENTS, 2))
    assert await run("list", "--json") == "[]\n"


async def test_without_a_broker_the_command_says_so(settings: ServiceSettings) -> None:
    away = settings.model_copy(update={"rabbitmq_port": 1})
    with pytest.raises(SystemExit, match="can't be reached"):
        await operators.dead_letters(away, ["list"])
