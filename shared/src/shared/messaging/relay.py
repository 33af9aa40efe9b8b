"""The relay: publishes what the outbox holds, in order per aggregate, and marks it when the broker has confirmed.

One relay a service is active, by a session advisory lock on a connection of its own; others stand by. It polls
adaptively: NOTIFY inside write transactions would serialise their commits, and a cursor over ids would skip rows
whose transaction commits late.
"""

import asyncio
import time
from typing import Any
from uuid import UUID

import aio_pika
import psycopg
from aio_pika.abc import AbstractExchange
from aio_pika.exceptions import DeliveryError
from psycopg.rows import dict_row

from shared import metrics
from shared.db import conninfo
from shared.logging import get_logger
from shared.messaging.connection import BROKER_ERRORS, keep_going
from shared.messaging.envelope import to_message
from shared.messaging.topology import EVENTS
from shared.settings import ServiceSettings

log = get_logger(__name__)

BATCH = 200
MIN_PAUSE, MAX_PAUSE = 0.02, 0.25  # seconds between looks: while there is work, and at rest
PUBLISH_TIMEOUT = 10.0
# A relay that lives speaks to the database much more often. One that hangs, or whose machine is gone, loses its
# connection and with it the lock.
SILENCE_SECONDS = 30.0
_LOCK_SPACE = 0x6F757462  # "outb": the advisory locks of relays
_READ = """
    SELECT id, event_id, aggregate_id, aggregate_version, type, payload::text AS body, headers, occurred_at
    FROM outbox WHERE published_at IS NULL AND aggregate_id <> ALL (%s) ORDER BY id LIMIT %s
"""
_MARK = "UPDATE outbox SET published_at = clock_timestamp() WHERE id = ANY (%s)"

Row = dict[str, Any]
Connection = psycopg.AsyncConnection[Row]


class Relay:
    """Runs until cancelled; survives the loss of the database and of the broker."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._held: dict[UUID, float] = {}
        self.leading = asyncio.Event()  # whether this process is the one that relays
        self.silence_seconds = SILENCE_SECONDS
        self.hold_seconds = 5.0  # how long an aggregate's events wait after one of them failed
        self.beat = time.monotonic()  # when it was last seen alive, for the health check

    @property
    def failing(self) -> int:
        """How many aggregates' events wait because the broker didn't take one of them."""
        return len(self._held)

    async def run(self) -> None:
        """Lead whenever it is our turn."""
        await keep_going("relay", self._lead, (psycopg.OperationalError, psycopg.InterfaceError, *BROKER_ERRORS))

    async def _lead(self) -> None:
        self.beat = time.monotonic()
        connection: Connection = await psycopg.AsyncConnection.connect(
            conninfo(self._settings), autocommit=True, row_factory=dict_row
        )
        async with connection:
            await connection.execute(
                "SELECT set_config('idle_session_timeout', %s, false)", (f"{self.silence_seconds * 1000:.0f}ms",)
            )
            while not await self._try_lock(connection):
                self.beat = time.monotonic()
                await asyncio.sleep(1.0)
            async with await aio_pika.connect(self._settings.amqp_url, timeout=5) as broker:
                channel = await broker.channel(publisher_confirms=True, on_return_raises=True)
                exchange = await channel.get_exchange(EVENTS, ensure=False)
                self.leading.set()
                metrics.RELAY_LEADER.set(1)
                log.info("relay leads")
                try:
                    await self._poll(connection, exchange)
                finally:
                    self.leading.clear()
                    metrics.RELAY_LEADER.set(0)

    async def _poll(self, connection: Connection, exchange: AbstractExchange) -> None:
        pause = MIN_PAUSE
        while True:
            self.beat = time.monotonic()
            seen = await self._drain(connection, exchange)
            pause = MIN_PAUSE if seen else min(pause * 2, MAX_PAUSE)
            if seen < BATCH:
                await asyncio.sleep(pause)

    async def _try_lock(self, connection: Connection) -> bool:
        cursor = await connection.execute(
            "SELECT pg_try_advisory_lock(%s, hashtext(%s)) AS mine", (_LOCK_SPACE, self._settings.service_name)
        )
        row = await cursor.fetchone()
        return row is not None and bool(row["mine"])

    async def _drain(self, connection: Connection, exchange: AbstractExchange) -> int:
        """Publish and mark one batch; returns how many events were read."""
        now = time.monotonic()
        self._held = {aggregate: until for aggregate, until in self._held.items() if until > now}
        cursor = await connection.execute(_READ, (list(self._held), BATCH))
        rows = await cursor.fetchall()
        # Everything of one wave is in flight at once; two events of one aggregate are never in the same wave.
        pending = rows
        while pending:
            wave: dict[UUID, Row] = {}
            later: list[Row] = []
            for row in pending:
                if row["aggregate_id"] in wave:
                    later.append(row)
                else:
                    wave[row["aggregate_id"]] = row
            confirmed = await self._publish(exchange, list(wave.values()))
            await connection.execute(_MARK, (confirmed,))
            pending = [row for row in later if row["aggregate_id"] not in self._held]
        return len(rows)

    async def _publish(self, exchange: AbstractExchange, rows: list[Row]) -> list[int]:
        """Publish concurrently; returns the ids that the broker has confirmed. Raises when the connection is gone."""

        async def one(row: Row) -> int | None:
            try:
                await exchange.publish(self._message(row), routing_key=row["type"], mandatory=True)
            except DeliveryError as error:
                # Unroutable or refused: an error to be seen, never a loss. It stays in the outbox.
                self._held[row["aggregate_id"]] = time.monotonic() + self.hold_seconds
                metrics.OUTBOX_FAILED.labels(row["type"]).inc()
                log.error(
                    "event not accepted by the broker",
                    type=row["type"],
                    event_id=str(row["event_id"]),
                    error=repr(error),
                )
                return None
            metrics.OUTBOX_PUBLISHED.labels(row["type"]).inc()
            return int(row["id"])

        async with asyncio.timeout(PUBLISH_TIMEOUT):
            results = await asyncio.gather(*(one(row) for row in rows))
        return [found for found in results if found is not None]

    def _message(self, row: Row) -> aio_pika.Message:
        return to_message(
            event_id=row["event_id"],
            source=self._settings.service_name,
            type_=row["type"],
            subject=row["aggregate_id"],
            version=row["aggregate_version"],
            occurred_at=row["occurred_at"],
            headers=row["headers"],
            body=row["body"].encode(),
        )
