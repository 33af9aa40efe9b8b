"""What the clients know: every acknowledged answer, written down by those who got it."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

OUTAGE = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Booked:
    id: str
    key: str
    user: str
    session: str
    start: str
    amount: Decimal


@dataclass
class Journal:
    """One run's record. An attempt counts as acknowledged when its answer has been read, and not before."""

    users: dict[str, str] = field(default_factory=dict)  # id -> username
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)  # id -> the last acknowledged answer
    deleted: set[str] = field(default_factory=set)
    deleting: set[str] = field(default_factory=set)
    booked: list[Booked] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)  # every key that a booking was ever tried with
    statuses: Counter[int] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # attempts without an answer, each repeated until there was one
    given_up: list[str] = field(default_factory=list)

    def answered(self, status: int) -> None:
        self.statuses[status] += 1

    @property
    def requests(self) -> int:
        return self.statuses.total() + len(self.broken)

    @property
    def outage_answers(self) -> int:
        return sum(self.statuses[status] for status in OUTAGE)
