"""What the broker's definitions allow each service's user, and what the policies do to a queue."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractRobustConnection
from aiormq.exceptions import ChannelAccessRefused
from pamqp.common import FieldTable

from shared.testing.eventually import eventually
from shared.testing.infra import SERVICES, TestBroker

QUORUM: FieldTable = {"x-queue-type": "quorum"}


@pytest.fixture
async def connect(broker: TestBroker) -> AsyncIterator[Callable[[str | None], Awaitable[AbstractChannel]]]:
    connections: list[AbstractRobustConnection] = []

    async def channel(user: str | None) -> AbstractChannel:
        connections.append(await aio_pika.connect_robust(broker.url(user)))
        return await connections[-1].channel()

    # The names that the services' own `migrate` declares.
    operator = await channel(None)
    await operator.declare_exchange("events", "topic", durable=True)
    for service in SERVICES:
        dead = await operator.declare_exchange(f"{service}.dead", "direct", durable=True)
        queue = await operator.declare_queue(f"{service}.dead", durable=True, arguments=QUORUM)
        await queue.bind(dead, f"{service}.dead")
        await operator.declare_queue(f"{service}.events", durable=True, arguments=QUORUM)
        await operator.declare_queue(f"{service}.retry.1", durable=True, arguments=QUORUM)
    yield channel
    for connection in connections:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_declares_and_binds_its_own(
    connect: Callable[[str | None], Awaitable[AbstractChannel]], service: str
) -> None:
    channel = await connect(service)
    exchange = await channel.declare_exchange("events", "topic", durable=True)
    queue = await channel.declare_queue(f"{service}.own", durable=True, arguments=QUORUM)
    await queue.bind(exchange, "identity.user.registered.v1")
    await exchange.publish(aio_pika.Message(b"{}"), f"{service}.thing.happened.v1", mandatory=False)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_gets_at_no_other_ones_queues(
    connect: Callable[[str | None], Awaitable[AbstractChannel]], service: str
) -> None:
    async def read(channel: AbstractChannel, other: str) -> None:
        queue = await channel.get_queue(f"{other}.events", ensure=False)
        await queue.get(fail=False)

    async def declare(channel: AbstractChannel, other: str) -> None:
        await channel.declare_queue(f"{other}.another", durable=True, arguments=QUORUM)

    async def delete(channel: AbstractChannel, other: str) -> None:
        await channel.queue_delete(f"{other}.events")

    async def purge(channel: AbstractChannel, other: str) -> None:
        queue = await channel.get_queue(f"{other}.events", ensure=False)
        await queue.purge()

    async def dead(channel: AbstractChannel, other: str) -> None:
        exchange = await channel.get_exchange(f"{other}.dead", ensure=False)
        await exchange.publish(aio_pika.Message(b""), f"{other}.dead")

    async def speak_for(channel: AbstractChannel, other: str) -> None:
        exchange = await channel.get_exchange("events", ensure=False)
        await exchange.publish(aio_pika.Message(b""), f"{other}.thing.happened.v1", mandatory=False)

    for other in set(SERVICES) - {service}:
        for attempt in (read, declare, delete, purge, dead, speak_for):
            channel = await connect(service)
            with pytest.raises((ChannelAccessRefused, aio_pika.exceptions.ChannelInvalidStateError)):
                await asyncio.wait_for(attempt(channel, other), 10)


@pytest.mark.parametrize("service", SERVICES)
async def test_no_service_reaches_a_queue_directly(
    connect: Callable[[str | None], Awaitable[AbstractChannel]], service: str
) -> None:
    channel = await connect(service)
    with pytest.raises((ChannelAccessRefused, aio_pika.exceptions.ChannelInvalidStateError)):
        await channel.default_exchange.publish(aio_pika.Message(b""), "booking.events")


async def test_waiting_messages_come_back_and_refused_ones_are_set_aside(
    connect: Callable[[str | None], Awaitable[AbstractChannel]],
) -> None:
    channel = await connect("booking")
    retry = await channel.declare_exchange("booking.retry", aio_pika.ExchangeType.DIRECT, durable=True)
    waiting = await channel.get_queue("booking.retry.1", ensure=False)
    await waiting.bind(retry, "booking.retry.1")
    await retry.publish(aio_pika.Message(b"again", delivery_mode=aio_pika.DeliveryMode.PERSISTENT), "booking.retry.1")
    events = await channel.get_queue("booking.events", ensure=False)
    message = await eventually("the message comes back after its delay", lambda: events.get(fail=False))
    assert message is not None
    assert message.body == b"again"
    await message.reject(requeue=False)
    dead = await channel.get_queue("booking.dead", ensure=False)
    message = await eventually("the refused message is among the dead letters", lambda: dead.get(fail=False))
    assert message is not None
    assert message.body == b"again"
    await message.ack()


@pytest.mark.parametrize("service", ["booking", "catalog"])
async def test_dead_letters_stay_however_often_somebody_looks(
    connect: Callable[[str | None], Awaitable[AbstractChannel]], broker: TestBroker, service: str
) -> None:
    channel = await connect(service)
    dead = await channel.get_exchange(f"{service}.dead", ensure=False)
    await dead.publish(aio_pika.Message(b"kept", delivery_mode=aio_pika.DeliveryMode.PERSISTENT), f"{service}.dead")
    # More often than RabbitMQ 4 lets pass where nothing else is said.
    for _ in range(25):
        looking = await connect(service)
        queue = await looking.get_queue(f"{service}.dead", ensure=False)
        assert await eventually("it is there", lambda queue=queue: queue.get(fail=False))  # type: ignore[misc]
        await looking.close()
    with broker.http() as http:
        (policy,) = [
            found
            for found in http.get(f"policies/{broker.vhost}").raise_for_status().json()
            if found["name"] == f"{service}.dead"
        ]
    assert policy["definition"]["delivery-limit"] > 1_000_000
