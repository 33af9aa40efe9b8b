"""What is done to the parts, by a seeded plan, and how long each takes to work again."""

import asyncio
import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from tests.resilience.system import SERVICES, System, until_ready

KINDS = ("api", "worker", "rabbitmq", "postgres", "nginx")
BACK_WITHIN = 15.0  # seconds in which a killed part has to work again


@dataclass(frozen=True)
class Fault:
    """`kill`: SIGKILL. `freeze`: SIGSTOP, and SIGCONT after a while. `cut`: all its connections are closed from its
    own side. `repeat`: events that were published already are published once more, as a relay does that dies between
    the broker's confirmation and its mark."""

    action: str
    part: str

    @property
    def kind(self) -> str:
        return next((role for role in ("api", "worker") if f"-{role}-" in self.part), self.part)


@dataclass
class Record:
    """What happened, by action and kind of part."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    never_back: list[str] = field(default_factory=list)

    def count(self, fault: Fault) -> None:
        key = (fault.action, fault.kind)
        self.counts[key] = self.counts.get(key, 0) + 1


def plan(chance: random.Random, kills: int, parts: list[str]) -> list[Fault]:
    """So many kills of each kind of part, freezes and cuts between them, in an order that the seed decides."""
    by_kind = {kind: [part for part in parts if Fault("", part).kind == kind] for kind in KINDS}
    faults = []
    for found in by_kind.values():
        names = chance.sample(found, len(found))
        faults += [Fault("kill", names[n % len(names)]) for n in range(kills)]
    some = max(1, kills // 5)
    for kind in ("api", "worker", "rabbitmq", "postgres"):
        faults += [Fault("freeze", chance.choice(by_kind[kind])) for _ in range(some)]
    for action, part in (("cut", "postgres"), ("cut", "rabbitmq"), ("repeat", "events")):
        faults += [Fault(action, part) for _ in range(some)]
    chance.shuffle(faults)
    return faults


async def inflict(system: System, fault: Fault, chance: random.Random, record: Record) -> None:
    """One fault, and the wait until the part works again."""
    record.count(fault)
    match fault.action:
        case "kill":
            before = system.pid(fault.part)
            system.kill(fault.part)
            seconds = await until_ready(system, fault.part, before, 120)
            if seconds is None:
                record.never_back.append(fault.part)
            else:
                record.recoveries.setdefault(fault.kind, []).append(seconds)
        case "freeze":
            system.freeze(fault.part)
            await asyncio.sleep(chance.uniform(0.5, 4))
            system.thaw(fault.part)
        case "cut" if fault.part == "postgres":
            await asyncio.to_thread(_unless_away, system.cut_database_connections)
        case "cut":
            await asyncio.to_thread(_unless_away, system.cut_broker_connections)
        case "repeat":
            await asyncio.to_thread(_unless_away, lambda: republish(system))


def _unless_away(action: Callable[[], object]) -> None:
    try:
        action()
    except (psycopg.OperationalError, subprocess.SubprocessError):
        """It is away for another reason."""


def republish(system: System, limit: int = 100) -> None:
    """The newest events of every service once more."""
    for service in SERVICES:
        table = sql.Identifier(service, "outbox")
        system.execute(
            sql.SQL(
                "UPDATE {} SET published_at = NULL WHERE id IN ("
                "SELECT id FROM {} WHERE published_at IS NOT NULL ORDER BY id DESC LIMIT {})"
            ).format(table, table, sql.Literal(limit))
        )


async def trouble(system: System, chance: random.Random, faults: list[Fault], seconds: float, record: Record) -> None:
    """The faults one after the other, spread over the time at least."""
    started = time.monotonic()
    for number, fault in enumerate(faults):
        due = started + seconds * number / len(faults)
        await asyncio.sleep(max(0.0, due - time.monotonic()) * chance.uniform(0.5, 1))
        await inflict(system, fault, chance, record)
