"""Reads of nothing but the projection and the replicas."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from booking.revenue.schemas import Period
from shared.pagination import COUNT_CAP

_TOP = 5
_DAYS = "day BETWEEN coalesce(CAST(:first AS date), '-infinity') AND coalesce(CAST(:last AS date), 'infinity')"
_MADE = "sum(booked) AS made, sum(cancelled) AS cancelled, sum(gross - refunded) AS net"
_TOP_FIGURES = """
    'made', best.made, 'cancelled', best.cancelled, 'bookings', best.made - best.cancelled,
    'currency', best.currency, 'net', best.net::text
"""


def _best(sums: str, name: str) -> str:
    """The first ones of each currency: amounts of several can't be ranked among each other."""
    return f"""
    WITH sums AS MATERIALIZED ({sums})
    SELECT first.*
    FROM (SELECT DISTINCT currency FROM sums) currencies
    CROSS JOIN LATERAL (
        SELECT * FROM sums WHERE sums.currency = currencies.currency
        ORDER BY net DESC, made - cancelled DESC, {name} LIMIT {_TOP}
    ) first
    """


def _stats(of_creator: bool, whole: bool) -> str:
    """One statement, so that all figures are of one moment. `whole`: without a period, sums of sums will do."""
    mine = "creator_id = :creator" if of_creator else "true"
    in_period = "true" if whole else _DAYS
    by_session = f"SELECT session_id, currency, {_MADE} FROM revenue_by_session WHERE {mine} GROUP BY 1, 2"
    by_creator = f"SELECT creator_id, currency, {_MADE} FROM revenue_by_session WHERE {mine} GROUP BY 1, 2"
    if not whole:
        by_session = (
            "SELECT session_id, currency, count(*) FILTER (WHERE kind = 'booked') AS made,"
            " count(*) FILTER (WHERE kind = 'cancelled') AS cancelled, sum(amount) AS net"
            f" FROM revenue_ledger WHERE {mine} AND {_DAYS} GROUP BY 1, 2"
        )
        by_creator = f"SELECT creator_id, currency, {_MADE} FROM revenue_daily WHERE {mine} AND {_DAYS} GROUP BY 1, 2"
    return f"""
    WITH days AS MATERIALIZED (
        SELECT day, currency, sum(gross) AS gross, sum(refunded) AS refunded, sum(booked) AS booked,
            sum(cancelled) AS cancelled, sum(confirmed) AS confirmed
        FROM revenue_daily
        WHERE {mine} AND {in_period}
        GROUP BY day, currency
    ),
    ahead AS MATERIALIZED (
        SELECT session_id, starts_at, sum(seats) AS seats
        FROM projected_seats
        WHERE {mine} AND starts_at > clock_timestamp() AND {in_period.replace("day BETWEEN", "booked_day BETWEEN")}
        GROUP BY session_id, starts_at
        HAVING sum(seats) > 0
    ),
    revenue AS (
        SELECT jsonb_agg(figures ORDER BY figures ->> 'currency') AS found
        FROM (
            SELECT jsonb_build_object(
                'currency', currency, 'gross', sum(gross)::text, 'refunded', sum(refunded)::text,
                'net', sum(gross - refunded)::text
            ) AS figures
            FROM days
            GROUP BY currency
        ) r
    ),
    series AS (
        SELECT jsonb_agg(figures ORDER BY figures ->> 'date', figures ->> 'currency') AS found
        FROM (
            SELECT jsonb_build_object(
                'date', day::text, 'currency', currency, 'bookings', booked, 'cancelled', cancelled,
                'gross', gross::text, 'refunded', refunded::text, 'net', (gross - refunded)::text
            ) AS figures
            FROM days
            WHERE booked > 0 OR cancelled > 0
        ) d
    ),
    top_sessions AS (
        SELECT jsonb_agg(jsonb_build_object(
            'id', best.session_id, 'title', coalesce(s.title, ''), {_TOP_FIGURES}
        ) ORDER BY best.net DESC, best.made - best.cancelled DESC, best.session_id) AS found
        FROM ({_best(by_session, "session_id")}) best
        LEFT JOIN sessions s ON s.id = best.session_id
    ),
    top_creators AS (
        SELECT jsonb_agg(jsonb_build_object(
            'id', best.creator_id, 'username', coalesce(u.username, ''), 'first_name', coalesce(u.first_name, ''),
            'last_name', coalesce(u.last_name, ''), {_TOP_FIGURES}
        ) ORDER BY best.net DESC, best.made - best.cancelled DESC, best.creator_id) AS found
        FROM ({_best(by_creator, "creator_id")}) best
        LEFT JOIN users u ON u.id = best.creator_id
    )
    SELECT
        coalesce((SELECT found FROM revenue), '[]') AS revenue,
        coalesce((SELECT found FROM series), '[]') AS series,
        coalesce((SELECT found FROM top_sessions), '[]') AS top_sessions,
        coalesce((SELECT found FROM top_creators), '[]') AS top_creators,
        (SELECT jsonb_build_object(
            'total', coalesce(sum(booked), 0), 'confirmed', coalesce(sum(confirmed), 0),
            'cancelled', coalesce(sum(cancelled), 0),
            'cancellation_rate', round(1 - sum(confirmed)::numeric / nullif(sum(booked), 0), 4),
            'upcoming', (SELECT coalesce(sum(seats), 0) FROM ahead)
        ) FROM days) AS bookings,
        (SELECT jsonb_build_object(
            'booked', coalesce(sum(a.seats), 0), 'capacity', coalesce(sum(greatest(s.max_participants, a.seats)), 0)
        ) FROM ahead a LEFT JOIN sessions s ON s.id = a.session_id) AS seats
    """


_STATS = {key: text(_stats(*key)) for key in ((True, True), (True, False), (False, True), (False, False))}


async def read_stats(db: AsyncSession, creator_id: UUID | None, period: Period) -> dict[str, Any]:
    """The figures of one creator, or of all."""
    whole = period.first is None and period.last is None
    values: dict[str, Any] = {"first": period.first, "last": period.last}
    if creator_id is not None:
        values["creator"] = creator_id
    row = (await db.execute(_STATS[creator_id is not None, whole], values)).one()
    return row._asdict()


# Not the ledger's last id: ids become visible in another order than they are given. What is counted here only grows,
# with every ledger row, every change of a session that the figures name, and every start that passes.
_VERSIONS = text(
    """
    SELECT w.creator_id, concat_ws(
        '/',
        (
            SELECT concat_ws('/', sum(r.booked + r.cancelled), sum(s.version))
            FROM revenue_by_session r LEFT JOIN sessions s ON s.id = r.session_id
            WHERE r.creator_id = w.creator_id
        ),
        (
            SELECT max(p.starts_at)
            FROM projected_seats p
            WHERE p.creator_id = w.creator_id AND p.starts_at <= clock_timestamp()
        )
    ) AS version
    FROM unnest(CAST(:creators AS uuid[])) AS w (creator_id)
    """
)


async def read_versions(db: AsyncSession, creator_ids: Collection[UUID]) -> dict[UUID, str]:
    """For each creator a text that is another one whenever their figures may be others."""
    rows = await db.execute(_VERSIONS, {"creators": list(creator_ids)})
    return {row.creator_id: row.version for row in rows}


_REPLICAS = text(
    """
    SELECT
        (SELECT jsonb_build_object(
            'total', count(*),
            'active', count(*) FILTER (WHERE is_active),
            'users', count(*) FILTER (WHERE role = 'user'),
            'creators', count(*) FILTER (WHERE role = 'creator'),
            'admins', count(*) FILTER (WHERE role = 'admin')
        ) FROM users) AS users,
        (SELECT count(*) FROM users WHERE role = 'creator' AND is_active) AS creators,
        (SELECT jsonb_build_object(
            'total', count(*),
            'active', count(*) FILTER (WHERE status = 'active'),
            'inactive', count(*) FILTER (WHERE status = 'inactive'),
            'completed', count(*) FILTER (WHERE status = 'completed')
        ) FROM sessions WHERE deleted_at IS NULL) AS sessions
    """
)


async def count_replicas(db: AsyncSession) -> dict[str, Any]:
    """How many users, creators and sessions there are."""
    return (await db.execute(_REPLICAS)).one()._asdict()


_LEDGER_WHERE = f"""
    WHERE creator_id = :creator AND {_DAYS}
        AND (CAST(:session AS uuid) IS NULL OR session_id = :session)
"""
_LEDGER = text(
    f"""
    SELECT id AS position, event_id AS id, booking_id AS booking, session_id AS session, kind, day AS date, amount,
        currency, occurred_at
    FROM revenue_ledger {_LEDGER_WHERE} AND (CAST(:after AS bigint) IS NULL OR revenue_ledger.id < :after)
    ORDER BY revenue_ledger.id DESC LIMIT :size OFFSET :offset
    """
)
_LEDGER_COUNT = text(
    f"SELECT count(*) FROM (SELECT 1 FROM revenue_ledger {_LEDGER_WHERE} LIMIT {COUNT_CAP + 1}) AS capped"
)


async def find_ledger(
    db: AsyncSession,
    creator_id: UUID,
    period: Period,
    session_id: UUID | None,
    *,
    size: int,
    offset: int,
    after: int | None,
) -> Sequence[Row[Any]]:
    """Rows, newest first."""
    values = _ledger_values(creator_id, period, session_id)
    return (await db.execute(_LEDGER, {**values, "size": size, "offset": offset, "after": after})).all()


async def count_ledger(db: AsyncSession, creator_id: UUID, period: Period, session_id: UUID | None) -> int:
    """How many rows there are, one more than the cap beyond it."""
    return await db.scalar(_LEDGER_COUNT, _ledger_values(creator_id, period, session_id)) or 0


def _ledger_values(creator_id: UUID, period: Period, session_id: UUID | None) -> dict[str, Any]:
    return {"creator": creator_id, "first": period.first, "last": period.last, "session": session_id}
