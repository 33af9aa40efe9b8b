"""Long outages: the broker or the database is away for minutes while people work, and then comes back."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

from tests.resilience.faults import Record
from tests.resilience.judge import judge, on_the_way
from tests.resilience.load import Crowd, Plan
from tests.resilience.report import Report
from tests.resilience.runs import under_load
from tests.resilience.system import System, until_ready

PATIENCE = 120.0  # seconds that the part and then the backlog get
PUBLIC, OWN = "a public list", "one's own bookings"


@dataclass
class Probe:
    """What one kind of request got during the outage."""

    expected: int
    answers: Counter[int] = field(default_factory=Counter)
    without_retry_after: int = 0
    slowest: float = 0.0

    @property
    def wrong(self) -> int:
        others = self.answers.total() - self.answers[self.expected]
        return others + self.without_retry_after + (not self.answers)

    def __str__(self) -> str:
        answers = ", ".join(f"{status}: {count}" for status, count in sorted(self.answers.items()))
        return f"{answers}; slowest {self.slowest:.2f} s"


@dataclass(frozen=True)
class Outage:
    """How it went."""

    part: str
    seconds: float
    probes: dict[str, Probe]
    failed: int  # requests of the load that failed meanwhile
    back: float | None  # seconds until everything worked again
    backlog: int  # events that waited when the part came back
    rate: float  # events of the backlog that took effect in booking, a second
    report: Report

    @property
    def failures(self) -> dict[str, int]:
        found = dict(self.report.failures)
        found |= {name: probe.wrong for name, probe in self.probes.items() if probe.wrong}
        if self.part == "rabbitmq" and self.failed:
            found["failed requests"] = self.failed
        if self.back is None:
            found[f"{self.part} never worked again"] = 1
        return found

    def table(self) -> str:
        back = "never" if self.back is None else f"after {self.back:.1f} s"
        return "\n".join([
            self.report.table(),
            "",
            f"{self.part} was away for {self.seconds:.0f} s; {self.failed} requests of the load failed meanwhile",
            *(f"  {name:<20} {probe}" for name, probe in self.probes.items()),
            f"back {back}; {self.backlog} events waited and took effect at {self.rate:.0f} a second",
            f"FAILED: {self.failures}" if self.failures else "PASSED",
        ])  # fmt: skip


async def outage(system: System, part: str, *, seed: int, seconds: float, rate: float) -> Outage:
    """`part` ("rabbitmq" or "postgres") is stopped for so long under load."""
    started = time.monotonic()
    async with under_load(system, seed, rate, Plan.mixed()) as crowd:
        await asyncio.sleep(5)
        await asyncio.to_thread(system.stack.stop_part, part)
        before = _failures(crowd)
        try:
            probes = await _look_meanwhile(system, crowd, seconds, 503 if part == "postgres" else 200)
            failed = _failures(crowd) - before
        finally:
            starting = time.monotonic()
            start = asyncio.create_task(asyncio.to_thread(system.stack.start_part, part))
        backlog = asyncio.create_task(_take_in(system))
        ready = await until_ready(system, part, None, PATIENCE)
        back = None if ready is None else time.monotonic() - starting
        await start
    lasted = time.monotonic() - started
    waited, per_second = await backlog
    verdict = await judge(system, crowd.journal, PATIENCE)
    report = Report(f"outage of {part}, seed {seed}", lasted, crowd.journal, Record(), verdict)
    return Outage(part, seconds, probes, failed, back, waited, per_second, report)


def _failures(crowd: Crowd) -> int:
    journal = crowd.journal
    return len(journal.broken) + sum(count for status, count in journal.statuses.items() if status >= 500)


async def _look_meanwhile(system: System, crowd: Crowd, seconds: float, own: int) -> dict[str, Probe]:
    """Asks twice a second, without repeating, for what is public and for what isn't."""
    probes = {PUBLIC: Probe(200), OWN: Probe(own)}
    async with httpx.AsyncClient(base_url=system.url, timeout=30, trust_env=False) as client:

        async def ask(name: str, path: str, headers: dict[str, str]) -> None:
            probe, began = probes[name], time.monotonic()
            answer = await client.get(path, headers=headers)
            probe.slowest = max(probe.slowest, time.monotonic() - began)
            probe.answers[answer.status_code] += 1
            probe.without_retry_after += answer.status_code == 503 and "retry-after" not in answer.headers

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.gather(
                ask(PUBLIC, "/api/sessions/?page=1", {}),
                ask(OWN, "/api/bookings/my_bookings/", {"Authorization": f"Bearer {crowd.people[0].token}"}),
                asyncio.sleep(0.5),
            )
    return probes


async def _take_in(system: System) -> tuple[int, float]:
    """The most events that waited, and how many a second took effect in booking from the first to the last of them."""
    most = 0
    effects: list[tuple[float, int]] = []
    end = time.monotonic() + 2 * PATIENCE
    while time.monotonic() < end:
        way = await asyncio.to_thread(on_the_way, system)
        if way:
            most = max(most, way["unpublished"])
            (row,) = await asyncio.to_thread(system.rows, "SELECT count(*) AS n FROM booking.inbox")
            # From the last moment at which nothing had moved yet.
            if not effects or (len(effects) == 1 and effects[0][1] == row["n"]):
                effects = [(time.monotonic(), row["n"])]
            else:
                effects.append((time.monotonic(), row["n"]))
            if not any(way.values()):
                break
        await asyncio.sleep(0.25)
    (began, first), (done, last) = effects[0], effects[-1]
    return most, (last - first) / (done - began) if done > began else 0.0
