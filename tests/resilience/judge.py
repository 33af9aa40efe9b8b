"""Judges a run that has come to rest: the clients' journal against the databases, and these against each other."""

import asyncio
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, LiteralString

import psycopg

from tests.resilience.journal import Journal
from tests.resilience.system import SERVICES, System

_REFUSALS = {"sold_out", "creator_busy", "already_booked", "not_found", "not_bookable"}

# Every event, and whether each consumer that is bound to it has had its effect.
_ON_THE_WAY: LiteralString = """
    WITH events AS (
        SELECT event_id, 'identity' AS source, type, published_at FROM identity.outbox
        UNION ALL SELECT event_id, 'catalog', type, published_at FROM catalog.outbox
        UNION ALL SELECT event_id, 'booking', type, published_at FROM booking.outbox
    )
    SELECT
        (SELECT count(*) FROM events WHERE published_at IS NULL) AS unpublished,
        (SELECT count(*) FROM events e LEFT JOIN booking.inbox i ON i.message_id = e.event_id
            WHERE i.message_id IS NULL)
        + (SELECT count(*) FROM events e LEFT JOIN catalog.inbox i ON i.message_id = e.event_id
            WHERE i.message_id IS NULL AND e.source <> 'catalog') AS without_effect
"""

# What must have no rows, by the name under which it is counted.
_RULES: dict[str, LiteralString] = {
    "oversold": """
        SELECT b.session_id, b.booking_date, count(*) FROM booking.bookings b
        JOIN catalog.sessions s ON s.id = b.session_id
        WHERE b.status = 'confirmed'
        GROUP BY b.session_id, b.booking_date, s.max_participants HAVING count(*) > s.max_participants
    """,
    "overlapping": """
        SELECT a.session_id, a.starts_at, b.session_id, b.starts_at
        FROM (SELECT DISTINCT creator_id, session_id, booking_date AS starts_at, ends_at FROM booking.bookings
            WHERE status = 'confirmed') a
        JOIN (SELECT DISTINCT creator_id, session_id, booking_date AS starts_at, ends_at FROM booking.bookings
            WHERE status = 'confirmed') b
        ON a.creator_id = b.creator_id AND (a.session_id, a.starts_at) < (b.session_id, b.starts_at)
            AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
    """,
    "two seats of one person": """
        SELECT session_id, booking_date, user_id FROM booking.bookings WHERE status = 'confirmed'
        GROUP BY 1, 2, 3 HAVING count(*) > 1
    """,
    "seats miscounted": """
        SELECT o.session_id, o.starts_at, o.seats_taken, count(b.id) FROM booking.occurrences o
        LEFT JOIN booking.bookings b
            ON b.session_id = o.session_id AND b.booking_date = o.starts_at AND b.status = 'confirmed'
        GROUP BY o.session_id, o.starts_at HAVING o.seats_taken <> count(b.id)
    """,
    "orphaned": """
        SELECT b.id FROM booking.bookings b
        WHERE NOT EXISTS (SELECT 1 FROM identity.users u WHERE u.id = b.user_id)
            OR NOT EXISTS (SELECT 1 FROM catalog.sessions s WHERE s.id = b.session_id AND s.creator_id = b.creator_id)
            OR NOT EXISTS (SELECT 1 FROM booking.outbox e WHERE e.aggregate_id = b.id AND e.aggregate_version = 1)
            OR (b.status = 'cancelled' AND NOT EXISTS (
                SELECT 1 FROM booking.outbox e WHERE e.aggregate_id = b.id AND e.aggregate_version = 2))
        UNION ALL SELECT u.id FROM identity.users u
        WHERE NOT EXISTS (SELECT 1 FROM identity.outbox e WHERE e.aggregate_id = u.id)
        UNION ALL SELECT s.id FROM catalog.sessions s
        WHERE NOT EXISTS (
            SELECT 1 FROM catalog.outbox e WHERE e.aggregate_id = s.id AND e.aggregate_version = s.version)
    """,
    "booked without a key": """
        SELECT b.id FROM booking.bookings b
        WHERE NOT EXISTS (
            SELECT 1 FROM booking.idempotency_keys k
            WHERE k.user_id = b.user_id AND k.status = 201 AND k.body ->> 'id' = b.id::text)
    """,
    "confirmed in a deleted session": """
        SELECT b.id FROM booking.bookings b JOIN catalog.sessions s ON s.id = b.session_id
        WHERE s.deleted_at IS NOT NULL AND b.status = 'confirmed'
    """,
    "revenue drift": """
        WITH truth AS (
            SELECT creator_id, currency, sum(amount) AS gross,
                coalesce(sum(amount) FILTER (WHERE status = 'cancelled'), 0) AS refunded, count(*) AS booked
            FROM booking.bookings GROUP BY 1, 2
        ), ledger AS (
            SELECT creator_id, currency, sum(greatest(amount, 0)) AS gross, sum(greatest(-amount, 0)) AS refunded,
                count(*) FILTER (WHERE kind = 'booked') AS booked
            FROM booking.revenue_ledger GROUP BY 1, 2
        ), by_day AS (
            SELECT creator_id, currency, sum(gross) AS gross, sum(refunded) AS refunded, sum(booked) AS booked
            FROM booking.revenue_daily GROUP BY 1, 2
        ), by_session AS (
            SELECT creator_id, currency, sum(gross) AS gross, sum(refunded) AS refunded, sum(booked) AS booked
            FROM booking.revenue_by_session GROUP BY 1, 2
        )
        SELECT creator_id, t.gross, t.refunded, l.gross, l.refunded, d.gross, d.refunded, s.gross, s.refunded
        FROM truth t
        FULL JOIN ledger l USING (creator_id, currency)
        FULL JOIN by_day d USING (creator_id, currency)
        FULL JOIN by_session s USING (creator_id, currency)
        WHERE (t.gross, t.refunded, t.booked) IS DISTINCT FROM (l.gross, l.refunded, l.booked)
            OR (t.gross, t.refunded, t.booked) IS DISTINCT FROM (d.gross, d.refunded, d.booked)
            OR (t.gross, t.refunded, t.booked) IS DISTINCT FROM (s.gross, s.refunded, s.booked)
    """,
    "replicas of users": """
        SELECT id, 'booking' AS service FROM identity.users u FULL JOIN booking.users r USING (id)
        WHERE (u.version, u.email, u.username, u.first_name, u.last_name, u.role, u.is_active)
            IS DISTINCT FROM (r.version, r.email, r.username, r.first_name, r.last_name, r.role, r.is_active)
        UNION ALL
        SELECT id, 'catalog' FROM identity.users u FULL JOIN catalog.users r USING (id)
        WHERE (u.version, u.username, u.first_name, u.last_name, u.role, u.is_active)
            IS DISTINCT FROM (r.version, r.username, r.first_name, r.last_name, r.role, r.is_active)
    """,
    "replicas of sessions": """
        SELECT id FROM catalog.sessions s FULL JOIN booking.sessions r USING (id)
        WHERE (s.version, s.creator_id, s.title, s.duration, s.price, s.max_participants, s.status, s.deleted_at)
            IS DISTINCT FROM
            (r.version, r.creator_id, r.title, r.duration, r.price, r.max_participants, r.status, r.deleted_at)
    """,
    "counts of bookings": """
        WITH truth AS (
            SELECT session_id, count(*) AS n FROM booking.bookings WHERE status = 'confirmed' GROUP BY 1
        )
        SELECT s.id FROM catalog.sessions s
        LEFT JOIN truth t ON t.session_id = s.id
        LEFT JOIN catalog.booking_counts c ON c.session_id = s.id
        LEFT JOIN catalog.session_cards k ON k.session_id = s.id
        WHERE coalesce(t.n, 0) <> coalesce(c.confirmed, 0)
            OR (s.deleted_at IS NULL AND coalesce(t.n, 0) IS DISTINCT FROM (k.card::json ->> 'bookings_count')::bigint)
    """,
}


@dataclass(frozen=True)
class Verdict:
    """Counts that must all be zero, with an example of each that isn't."""

    counts: dict[str, int]
    examples: dict[str, str]
    drained: float | None  # seconds from the end of the load until every event had had its effect

    @property
    def failed(self) -> dict[str, int]:
        return {name: count for name, count in self.counts.items() if count}


def on_the_way(system: System) -> dict[str, int] | None:
    """How many events are `unpublished`, and how many effects are missing; None while the database can't be asked."""
    try:
        (row,) = system.rows(_ON_THE_WAY)
    except psycopg.OperationalError:
        return None
    return row


async def drain(system: System, patience: float) -> float | None:
    """Seconds until no event is on its way; None when that takes longer than it may."""
    started = time.monotonic()
    while time.monotonic() - started < patience:
        way = await asyncio.to_thread(on_the_way, system)
        if way and not any(way.values()):
            return time.monotonic() - started
        await asyncio.sleep(0.2)
    return None


async def judge(system: System, journal: Journal, patience: float = 60) -> Verdict:
    """Wait until everything is at rest, then count what is wrong."""
    drained = await drain(system, patience)
    found: dict[str, list[Any]] = {name: list(rows) for name, rows in _against_journal(system, journal).items()}
    for name, query in _RULES.items():
        found[name] = [tuple(map(str, row.values())) for row in await asyncio.to_thread(system.rows, query)]
    (way,) = system.rows(_ON_THE_WAY)
    dead = await system.waiting_messages([f"{service}.dead" for service in SERVICES])
    found["dead letters"] = [name for name, count in dead.items() for _ in range(count)]
    counts = {name: len(rows) for name, rows in found.items()}
    counts["events unpublished"], counts["events without effect"] = way["unpublished"], way["without_effect"]
    return Verdict(counts, {name: str(rows[0]) for name, rows in found.items() if rows}, drained)


def _against_journal(system: System, journal: Journal) -> dict[str, list[str]]:
    """What was acknowledged, and isn't so."""
    users = {str(row["id"]): row for row in system.rows("SELECT id, username FROM identity.users")}
    sessions = {str(row["id"]): row for row in system.rows("SELECT * FROM catalog.sessions")}
    bookings = {str(row["id"]): row for row in system.rows("SELECT * FROM booking.bookings")}
    ids: dict[str, set[str]] = {}
    for one in journal.booked:
        ids.setdefault(one.key, set()).add(one.id)
    lost = [
        f"booking {one.id}"
        for one in journal.booked
        if one.id not in bookings
        or (str(bookings[one.id]["user_id"]), str(bookings[one.id]["session_id"])) != (one.user, one.session)
        or bookings[one.id]["amount"] != one.amount
        or bookings[one.id]["booking_date"].isoformat() != one.start
    ]
    lost += [f"user {name}" for name in journal.users if name not in users]
    lost += [f"session {name}" for name in journal.sessions if name not in sessions]
    told_otherwise = [f"cancelled {one}" for one in journal.cancelled if bookings[one]["status"] != "cancelled"]
    told_otherwise += [f"deleted {one}" for one in journal.deleted if sessions[one]["deleted_at"] is None]
    told_otherwise += [
        f"edited {name}"
        for name, answer in journal.sessions.items()
        if name in sessions
        and name not in journal.deleting
        and (sessions[name]["price"], sessions[name]["title"], sessions[name]["max_participants"])
        != (Decimal(answer["price"]), answer["title"], answer["max_participants"])
    ]
    # A booking is confirmed until its booker or the end of its session cancels it.
    told_otherwise += [
        f"cancelled by nobody {name}"
        for name, row in bookings.items()
        if row["status"] == "cancelled"
        and name not in journal.cancelled
        and str(row["session_id"]) not in journal.deleting
    ]
    return {
        "lost": lost,
        "duplicated": [key for key, found in ids.items() if len(found) > 1],
        "acknowledged, not in effect": told_otherwise,
        "unexpected answers": [
            *journal.unexpected, *(code for code in journal.refusals if code not in _REFUSALS)
        ],
        "never answered": journal.given_up,
    }  # fmt: skip
