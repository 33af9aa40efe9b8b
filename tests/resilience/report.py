"""The verdict for people (a table) and for programs (JSON)."""

import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.resilience.faults import BACK_WITHIN, Record
from tests.resilience.journal import Journal
from tests.resilience.judge import Verdict

DRAINED_WITHIN = 30.0


@dataclass(frozen=True)
class Report:
    title: str
    seconds: float
    journal: Journal
    record: Record
    verdict: Verdict

    @property
    def slow(self) -> dict[str, float]:
        """Parts that took longer than they may to work again. Told, and left to the reader: a busy machine is slow."""
        worst = {kind: max(times) for kind, times in self.record.recoveries.items()}
        return {kind: seconds for kind, seconds in worst.items() if seconds > BACK_WITHIN}

    @property
    def failures(self) -> dict[str, int]:
        found = dict(self.verdict.failed)
        if self.record.never_back:
            found["parts that never worked again"] = len(self.record.never_back)
        if self.verdict.drained is None:
            found["not drained"] = 1
        return found

    def data(self) -> dict[str, Any]:
        journal, verdict = self.journal, self.verdict
        return {
            "title": self.title,
            "seconds": round(self.seconds, 1),
            "requests": journal.requests,
            "requests_per_second": round(journal.requests / self.seconds, 1),
            "statuses": {str(status): count for status, count in sorted(journal.statuses.items())},
            "connections_broken": len(journal.broken),
            "bookings": len(journal.booked),
            "cancellations": len(journal.cancelled),
            "refusals": dict(journal.refusals),
            "faults": {f"{action} {kind}": count for (action, kind), count in sorted(self.record.counts.items())},
            "recovery_seconds": {
                kind: {"n": len(times), "p50": round(statistics.median(times), 2), "max": round(max(times), 2)}
                for kind, times in sorted(self.record.recoveries.items())
            },
            "drain_seconds": None if verdict.drained is None else round(verdict.drained, 2),
            "counts": verdict.counts,
            "examples": verdict.examples,
            "failed": self.failures,
        }

    def table(self) -> str:
        data = self.data()
        statuses = ", ".join(f"{status}: {count}" for status, count in data["statuses"].items())
        lines = [
            f"{self.title}: {data['requests']} requests in {data['seconds']} s ({data['requests_per_second']}/s), "
            f"{data['bookings']} bookings, {data['cancellations']} cancellations",
            f"answers {statuses}; connections broken {data['connections_broken']}",
            "",
            f"{'part':<12}{'kills':>7}{'freezes':>9}{'cuts':>6}{'repeats':>9}{'back p50':>10}{'max':>8}",
        ]
        for kind in sorted({kind for _, kind in self.record.counts}):
            done = [self.record.counts.get((action, kind), 0) for action in ("kill", "freeze", "cut", "repeat")]
            times = data["recovery_seconds"].get(kind)
            back = f"{times['p50']:>8.1f} s{times['max']:>6.1f} s" if times else ""
            lines.append(f"{kind:<12}{done[0]:>7}{done[1]:>9}{done[2]:>6}{done[3]:>9}{back}")
        drained = f"{data['drain_seconds']} s" if data["drain_seconds"] is not None else "never"
        lines += ["", f"drained after {drained} (goal {DRAINED_WITHIN:.0f} s, back within {BACK_WITHIN:.0f} s)", ""]
        for name, count in data["counts"].items():
            example = f"   e.g. {data['examples'][name][:150]}" if count and name in data["examples"] else ""
            lines.append(f"{name:<32}{count:>6}{example}")
        lines += ["", "FAILED: " + ", ".join(self.failures) if self.failures else "PASSED"]
        return "\n".join(lines)

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.data(), indent=2) + "\n")
