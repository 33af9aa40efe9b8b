"""Rolling restarts: with two of each, nobody notices that one after the other is replaced."""

import asyncio
import time
from dataclasses import dataclass, field

from tests.resilience.load import Plan
from tests.resilience.runs import under_load
from tests.resilience.system import KINDS, System


@dataclass
class Rolling:
    """What the clients saw while replicas were restarted. Nothing is repeated here before it is counted."""

    rounds: int
    restarts: int = 0
    requests: int = 0
    seconds: float = 0.0
    failed: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.requests > 0 and not self.failed

    def table(self) -> str:
        rate = self.requests / self.seconds if self.seconds else 0.0
        return (
            f"rolling restarts: {self.rounds} rounds, {self.restarts} processes, {self.requests} requests "
            f"({rate:.0f}/s), {len(self.failed)} failed" + "".join(f"\n  {one}" for one in self.failed[:10])
        )


async def rolling(system: System, *, rounds: int, rate: float, kinds: tuple[str, ...] = KINDS) -> Rolling:
    """Each round restarts every replica of these kinds, one after the other."""
    result = Rolling(rounds)
    before = {name: system.pid(name) for name in system.programs}
    started = time.monotonic()
    async with under_load(system, rounds, rate, Plan.mixed(), fresh_connections=True) as crowd:
        for _ in range(rounds):
            for kind in kinds:
                await asyncio.to_thread(system.stack.restart, kind)
        await asyncio.sleep(1)
    journal = crowd.journal
    result.seconds, result.requests = time.monotonic() - started, journal.requests
    after = {name: system.pid(name) for name in system.programs}
    changed = sum(before[name] != after[name] for name in before if system.programs[name].kind in kinds)
    expected = sum(program.kind in kinds for program in system.programs.values())
    result.restarts = changed * rounds
    if changed != expected:
        result.failed.append(f"only {changed} of {expected} processes are other ones than before")
    result.failed += [f"connection broken: {one}" for one in journal.broken]
    result.failed += [f"{count} answers {status}" for status, count in journal.statuses.items() if status >= 500]
    result.failed += journal.unexpected + journal.given_up
    return result
