"""The projection: booking events into the ledger and its sums, and how these differ from the bookings."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from booking.revenue.schemas import Entry

TABLES = ("revenue_ledger", "revenue_daily", "revenue_by_session", "projected_seats")
SHADOW = "_shadow"
MOST_DIFFERENCES = 1000

_ENTRIES = TypeAdapter(list[Entry])
_COLUMNS = (
    "event_id, booking_id, creator_id, session_id, kind, amount, currency, day, booked_day, starts_at, occurred_at"
)
# What rows of the ledger add to its sums, read from `figures`.
_FIGURES = """
    SELECT
        *, greatest(amount, 0) AS gross, greatest(-amount, 0) AS refunded,
        (kind = 'booked')::integer AS booked, (kind = 'cancelled')::integer AS cancelled
    FROM {ledger}
"""
_BY_DAY = """
    SELECT creator_id, day, currency, sum(gross) AS gross, sum(refunded) AS refunded, sum(booked) AS booked,
        sum(cancelled) AS cancelled, sum(confirmed) AS confirmed
    FROM (
        SELECT creator_id, day, currency, gross, refunded, booked, cancelled, booked AS confirmed FROM figures
        UNION ALL
        SELECT creator_id, booked_day, currency, 0, 0, 0, 0, -cancelled FROM figures WHERE cancelled > 0
    ) AS moves
    GROUP BY creator_id, day, currency
"""
_BY_SESSION = """
    SELECT creator_id, session_id, currency, sum(gross) AS gross, sum(refunded) AS refunded, sum(booked) AS booked,
        sum(cancelled) AS cancelled
    FROM figures
    GROUP BY creator_id, session_id, currency
"""
_BY_START = """
    SELECT creator_id, starts_at, session_id, booked_day, sum(booked - cancelled) AS seats
    FROM figures
    GROUP BY creator_id, starts_at, session_id, booked_day
"""


# Adds the entries that aren't in the ledger yet, and counts them. The ledger's unique keys decide what is new; only
# that is added to the sums, whatever comes twice or out of order. The rebuild (0003_rebuild.sql) does the same.
_PROJECT = text(
    f"""
    WITH fresh AS (
        INSERT INTO revenue_ledger ({_COLUMNS})
        SELECT {_COLUMNS}
        FROM jsonb_to_recordset(CAST(:entries AS jsonb)) AS e (
            event_id uuid, booking_id uuid, creator_id uuid, session_id uuid, kind text, amount numeric,
            currency text, day date, booked_day date, starts_at timestamptz, occurred_at timestamptz
        )
        ON CONFLICT DO NOTHING
        RETURNING *
    ),
    figures AS ({_FIGURES.format(ledger="fresh")}),
    by_day AS (
        INSERT INTO revenue_daily AS d (creator_id, day, currency, gross, refunded, booked, cancelled, confirmed)
        {_BY_DAY} ORDER BY creator_id, day, currency
        ON CONFLICT (creator_id, day, currency) DO UPDATE SET
            gross = d.gross + excluded.gross,
            refunded = d.refunded + excluded.refunded,
            booked = d.booked + excluded.booked,
            cancelled = d.cancelled + excluded.cancelled,
            confirmed = d.confirmed + excluded.confirmed
    ),
    by_session AS (
        INSERT INTO revenue_by_session AS s (creator_id, session_id, currency, gross, refunded, booked, cancelled)
        {_BY_SESSION} ORDER BY creator_id, session_id, currency
        ON CONFLICT (creator_id, session_id, currency) DO UPDATE SET
            gross = s.gross + excluded.gross,
            refunded = s.refunded + excluded.refunded,
            booked = s.booked + excluded.booked,
            cancelled = s.cancelled + excluded.cancelled
    ),
    by_start AS (
        INSERT INTO projected_seats AS p (creator_id, starts_at, session_id, booked_day, seats)
        {_BY_START} ORDER BY creator_id, starts_at, session_id, booked_day
        ON CONFLICT (creator_id, starts_at, session_id, booked_day) DO UPDATE SET seats = p.seats + excluded.seats
    )
    SELECT count(*) FROM fresh
    """
)


async def project(db: AsyncSession, entries: Sequence[Entry]) -> int:
    """Add what isn't in the ledger yet, and to the sums; returns how many entries were new."""
    return await db.scalar(_PROJECT, {"entries": _ENTRIES.dump_json(list(entries)).decode()}) or 0


# The ledger's rows as the bookings say they are: one for each event that a booking has had.
FROM_BOOKINGS = """
    SELECT b.id AS booking_id, b.creator_id, b.session_id, e.kind, e.type, e.amount, b.currency,
        (e.occurred_at AT TIME ZONE 'UTC')::date AS day, (b.created_at AT TIME ZONE 'UTC')::date AS booked_day,
        b.booking_date AS starts_at, e.occurred_at
    FROM bookings AS b
    CROSS JOIN LATERAL (
        VALUES ('booked', 'booking.booking.created.v1', b.amount, b.created_at),
            ('cancelled', 'booking.booking.cancelled.v1', -b.amount, b.cancelled_at)
    ) AS e (kind, type, amount, occurred_at)
    WHERE e.occurred_at IS NOT NULL
"""
# Events of bookings whose effect hasn't happened: a booking and its event are one commit, and so are the inbox's row
# and the ledger's, so that one statement sees exactly which events are on their way.
_ON_THEIR_WAY = """
    SELECT o.aggregate_id AS booking_id, o.type
    FROM outbox AS o
    WHERE o.type IN ('booking.booking.created.v1', 'booking.booking.cancelled.v1')
        AND NOT EXISTS (SELECT FROM inbox AS i WHERE i.message_id = o.event_id)
"""


def _differing(place: str, table: str, expected: str, keys: str, values: str, currency: str, what: str) -> str:
    """Rows of a table of sums that aren't what `expected` computes."""
    pairs = [name.strip() for name in values.split(",")]
    return f"""
        SELECT '{place}' AS place, creator_id, {currency} AS currency, {what} AS what,
            (SELECT to_jsonb(e) WHERE e.{pairs[0]} IS NOT NULL) AS expected,
            (SELECT to_jsonb(f) WHERE f.{pairs[0]} IS NOT NULL) AS found
        FROM ({expected}) AS e FULL JOIN {table} AS f USING ({keys})
        WHERE ({", ".join(f"e.{name}" for name in pairs)}) IS DISTINCT FROM ({", ".join(f"f.{name}" for name in pairs)})
    """


_MONEY = "gross, refunded, booked, cancelled"
_DRIFT = text(
    f"""
    WITH figures AS MATERIALIZED ({_FIGURES.format(ledger="revenue_ledger")}),
    differing AS (
        SELECT 'ledger' AS place, coalesce(e.creator_id, f.creator_id) AS creator_id,
            coalesce(e.currency, f.currency) AS currency, format('booking %s %s', booking_id, kind) AS what,
            (SELECT to_jsonb(e) - 'type' WHERE e.creator_id IS NOT NULL) AS expected,
            (SELECT to_jsonb(f) - 'id' - 'event_id' WHERE f.creator_id IS NOT NULL) AS found
        FROM ({FROM_BOOKINGS}) AS e FULL JOIN revenue_ledger AS f USING (booking_id, kind)
        WHERE (e.creator_id, e.session_id, e.amount, e.currency, e.day, e.booked_day, e.starts_at, e.occurred_at)
            IS DISTINCT FROM
            (f.creator_id, f.session_id, f.amount, f.currency, f.day, f.booked_day, f.starts_at, f.occurred_at)
            AND NOT (f.creator_id IS NULL AND (booking_id, e.type) IN ({_ON_THEIR_WAY}))
        UNION ALL
        {
        _differing(
            "sums per day",
            "revenue_daily",
            _BY_DAY,
            "creator_id, day, currency",
            f"{_MONEY}, confirmed",
            "currency",
            "'day ' || day",
        )
    }
        UNION ALL
        {
        _differing(
            "sums per session",
            "revenue_by_session",
            _BY_SESSION,
            "creator_id, session_id, currency",
            _MONEY,
            "currency",
            "'session ' || session_id",
        )
    }
        UNION ALL
        {
        _differing(
            "seats per start",
            "projected_seats",
            _BY_START,
            "creator_id, starts_at, session_id, booked_day",
            "seats",
            "NULL",
            "format('session %s at %s', session_id, starts_at)",
        )
    }
    )
    SELECT *, count(*) OVER () AS total FROM differing
    ORDER BY place, creator_id, currency, what LIMIT {MOST_DIFFERENCES}
    """
)
_PENDING = text(f"SELECT count(*) FROM ({_ON_THEIR_WAY}) AS pending")
# Both read every booking, which is nothing that anybody waits for.
_TAKE_TIME = text("SET LOCAL statement_timeout = '5min'")


async def find_drift(db: AsyncSession) -> Sequence[Row[Any]]:
    """Where the projection differs from the bookings, but for events on their way.

    The first MOST_DIFFERENCES: place, creator, currency, what, expected and found; `total` is how many there are.
    """
    await db.execute(_TAKE_TIME)
    return (await db.execute(_DRIFT)).all()


async def count_pending(db: AsyncSession) -> int:
    """How many events of bookings haven't reached the projection."""
    await db.execute(_TAKE_TIME)
    return await db.scalar(_PENDING) or 0
