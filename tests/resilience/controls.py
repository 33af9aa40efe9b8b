"""Negative controls: with one safeguard taken away, from outside, the judge has to find what goes wrong.

A judge that nothing can displease proves nothing. Each sabotage works on the harness's own database as its superuser;
the services are the ones that pass otherwise.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.resilience.faults import republish
from tests.resilience.judge import drain
from tests.resilience.load import Crowd, Plan
from tests.resilience.report import Report
from tests.resilience.runs import quiet
from tests.resilience.system import Statement, System

_NAIVE_BOOKING: Any = Path(__file__).with_name("naive_booking.sql").read_text()
_NAIVE: tuple[Statement, ...] = (
    "ALTER FUNCTION booking.book_many RENAME TO book_many_put_away",
    "ALTER TABLE booking.occurrences DROP CONSTRAINT occurrences_never_oversold",
    _NAIVE_BOOKING,
)
_NAIVE_MENDED: tuple[Statement, ...] = (
    "DROP FUNCTION booking.book_many",
    "ALTER FUNCTION booking.book_many_put_away RENAME TO book_many",
    "ALTER TABLE booking.occurrences ADD CONSTRAINT occurrences_never_oversold"
    " CHECK (seats_taken BETWEEN 0 AND ceiling)",
)
_NO_INBOX: tuple[Statement, ...] = (
    "ALTER TABLE booking.inbox DROP CONSTRAINT inbox_pkey",
    "ALTER TABLE booking.revenue_ledger DROP CONSTRAINT revenue_ledger_event_id_key",
    "ALTER TABLE booking.revenue_ledger DROP CONSTRAINT revenue_ledger_booking_id_kind_key",
)
_NO_INBOX_MENDED: tuple[Statement, ...] = (
    "ALTER TABLE booking.inbox ADD CONSTRAINT inbox_pkey PRIMARY KEY (message_id)",
    "ALTER TABLE booking.revenue_ledger ADD CONSTRAINT revenue_ledger_event_id_key UNIQUE (event_id)",
    "ALTER TABLE booking.revenue_ledger ADD CONSTRAINT revenue_ledger_booking_id_kind_key UNIQUE (booking_id, kind)",
)
# Marked as published in the moment when it is written: as if a service published beside its transaction, and failed to.
_NO_OUTBOX: tuple[Statement, ...] = (
    """
    CREATE FUNCTION booking.bypass() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.id % 5 = 0 THEN
            NEW.published_at := clock_timestamp();
        END IF;
        RETURN NEW;
    END
    $$
    """,
    "CREATE TRIGGER bypass BEFORE INSERT ON booking.outbox FOR EACH ROW EXECUTE FUNCTION booking.bypass()",
)
_NO_OUTBOX_MENDED: tuple[Statement, ...] = (
    "DROP TRIGGER bypass ON booking.outbox",
    "DROP FUNCTION booking.bypass",
)


@dataclass(frozen=True)
class Control:
    """A safeguard that is taken away, and what the judge must then count."""

    name: str
    break_it: tuple[Statement, ...]
    mend_it: tuple[Statement, ...]
    mix: Plan
    finds: frozenset[str]
    share: float = 1.0  # of the usual rate: a rush is many requests
    repeat: bool = False  # events are delivered twice, which a safe consumer doesn't mind


CONTROLS = {
    control.name: control
    for control in (
        Control("seats sold by check, then insert", _NAIVE, _NAIVE_MENDED, Plan.rush(), frozenset({"oversold"}), 0.25),
        Control(
            "no inbox, no unique ledger",
            _NO_INBOX,
            _NO_INBOX_MENDED,
            Plan.mixed(),
            frozenset({"revenue drift"}),
            repeat=True,
        ),
        Control(
            "some events beside the outbox",
            _NO_OUTBOX,
            _NO_OUTBOX_MENDED,
            Plan.mixed(),
            frozenset({"events without effect", "revenue drift", "counts of bookings"}),
        ),
    )
}


async def run_control(system: System, control: Control, *, seed: int, seconds: float, rate: float) -> Report:
    """Break it, work on it, judge; mended and emptied afterwards."""
    system.wipe()
    system.execute(*control.break_it)
    try:
        return await quiet(
            system, f"control: {control.name}", seed=seed, rate=rate, mix=control.mix,
            meanwhile=_meanwhile(system, control, seconds), patience=5,
        )  # fmt: skip
    finally:
        # What is still on the way would be told to the mended tables.
        await drain(system, 5)
        system.wipe()
        system.execute(*control.mend_it)


def _meanwhile(system: System, control: Control, seconds: float) -> Callable[[Crowd], Awaitable[None]]:
    async def work(_crowd: Crowd) -> None:
        for _ in range(3):
            await asyncio.sleep(seconds / 3)
            if control.repeat:
                republish(system)

    return work
