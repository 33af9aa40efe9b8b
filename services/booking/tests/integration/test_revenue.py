"""Revenue is what the projection says: each event once, and nothing before its event came."""

import json
import os
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.contracts.booking import BookingCancelled, BookingCreated, BookingState
from shared.contracts.catalog import SessionUpdated
from shared.pagination import encode_cursor
from shared.testing.tokens import new_id

SEEDS = int(os.environ.get("PROPERTY_SEEDS", "25"))


async def _stats(person: Any, **query: Any) -> dict[str, Any]:
    answer = await person.client.get("/api/bookings/creator_stats/", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


EMPTY = {
    "revenue": [],
    "series": [],
    "bookings": {"confirmed": 0, "cancelled": 0, "upcoming": 0},
    "seats": {"booked": 0, "capacity": 0},
    "top_sessions": [],
}


async def test_figures_stand_still_until_the_events_come(
    api: Any, user: Any, creator: Any, session: Any, make: Any
) -> None:
    assert await _stats(creator) == EMPTY
    booked = await user.booked(session, make.start())
    assert await _stats(creator) == EMPTY
    await api.project()
    today = booked["created_at"][:10]  # which may be another day by now
    money = {"currency": "USD", "gross": "49.50", "refunded": "0.00", "net": "49.50"}
    assert await _stats(creator) == {
        "revenue": [money],
        "series": [{**money, "date": today, "bookings": 1}],
        "bookings": {"confirmed": 1, "cancelled": 0, "upcoming": 1},
        "seats": {"booked": 1, "capacity": 10},
        "top_sessions": [
            {
                "id": str(session.id),
                "title": "Poetical Science",
                "made": 1,
                "cancelled": 0,
                "bookings": 1,
                "currency": "USD",
                "net": "49.50",
            }
        ],
    }
    await user.cancel(booked["id"])
    await api.project()
    stats = await _stats(creator)
    assert stats["revenue"] == [{"currency": "USD", "gross": "49.50", "refunded": "49.50", "net": "0.00"}]
    assert stats["bookings"] == {"confirmed": 0, "cancelled": 1, "upcoming": 0}
    assert stats["seats"] == {"booked": 0, "capacity": 0}
    (top,) = stats["top_sessions"]
    assert (top["made"], top["cancelled"], top["bookings"], top["net"]) == (1, 1, 0, "0.00")


async def test_an_event_counts_once_however_often_it_comes(
    api: Any, user: Any, creator: Any, session: Any, make: Any
) -> None:
    await user.booked(session, make.start())
    (row,) = api.rows("SELECT * FROM outbox WHERE payload ->> 'session_id' = %s", str(session.id))
    event = BookingCreated.model_validate(row["payload"])
    await api.deliver(event, 1, row["event_id"])
    await api.deliver(event, 1, row["event_id"])
    # Even told anew under another id.
    await api.deliver(event, 1)
    assert (await _stats(creator))["revenue"][0]["gross"] == "49.50"


async def test_days_are_utc_days_of_what_happened(api: Any, creator: Any) -> None:
    session = await api.offer(creator)
    late = datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    first = _booking(creator.id, session.id, "10.00", late)
    await api.deliver(first, 1)
    await api.deliver(_cancelled(first, late + timedelta(days=2)), 2)
    await api.deliver(_booking(creator.id, session.id, "5.00", late + timedelta(microseconds=1), "EUR"), 1)
    stats = await _stats(creator)
    assert [(day["date"], day["currency"], day["net"], day["bookings"]) for day in stats["series"]] == [
        ("2026-03-01", "USD", "10.00", 1),
        ("2026-03-02", "EUR", "5.00", 1),
        ("2026-03-03", "USD", "-10.00", 0),
    ]
    assert [money["currency"] for money in stats["revenue"]] == ["EUR", "USD"]
    march1 = await _stats(creator, **{"from": "2026-03-01", "to": "2026-03-01"})
    assert march1["revenue"] == [{"currency": "USD", "gross": "10.00", "refunded": "0.00", "net": "10.00"}]
    # It was made on that day and is gone now; that it went was another day's event.
    assert march1["bookings"] == {"confirmed": 0, "cancelled": 0, "upcoming": 0}
    assert [(top["currency"], top["net"]) for top in march1["top_sessions"]] == [("USD", "10.00")]
    march3 = await _stats(creator, **{"from": "2026-03-03"})
    assert [(top["made"], top["cancelled"], top["net"]) for top in march3["top_sessions"]] == [(0, 1, "-10.00")]
    assert (await _stats(creator, **{"from": "2026-03-04"})) == EMPTY
    assert (await _stats(creator, to="2026-02-28")) == EMPTY
    assert (await _stats(creator, **{"from": "2026-03-03"}))["bookings"]["cancelled"] == 1


def _booking(creator_id: Any, session_id: Any, amount: str, at: datetime, currency: str = "USD") -> BookingCreated:
    start = at + timedelta(days=5)
    return BookingCreated(
        id=new_id(),
        session_id=session_id,
        user_id=new_id(),
        creator_id=creator_id,
        booking_date=start,
        ends_at=start + timedelta(hours=1),
        status="confirmed",
        amount=Decimal(amount),
        currency=currency,
        created_at=at,
        cancelled_at=None,
        cancel_reason=None,
    )


def _cancelled(booking: BookingState, at: datetime) -> BookingCancelled:
    return BookingCancelled.model_validate({**booking.model_dump(), "status": "cancelled", "cancelled_at": at})


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_any_order_and_any_repetition_give_the_true_sums(api: Any, seed: int) -> None:
    chance = random.Random(seed)
    creator = new_id()
    sessions = [new_id() for _ in range(3)]
    history: list[tuple[int, Any]] = []
    for _ in range(12):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(100))
        amount = str(Decimal(chance.randrange(0, 10_000)) / 100)
        booked = _booking(creator, chance.choice(sessions), amount, at, chance.choice(["USD", "EUR"]))
        history.append((1, booked))
        if chance.random() < 0.4:
            history.append((2, _cancelled(booked, at + timedelta(hours=chance.randrange(80)))))
    deliveries = [(event, version, new_id()) for version, event in history]
    deliveries += chance.sample(deliveries, k=8)
    chance.shuffle(deliveries)
    for delivery in deliveries:
        await api.deliver(*delivery)

    rows = api.rows("SELECT * FROM revenue_ledger WHERE creator_id = %s", creator)
    assert len(rows) == len(history)
    true: dict[tuple[date, str], list[Decimal]] = {}
    for version, event in history:
        day = (event.cancelled_at or event.created_at).date()
        true.setdefault((day, event.currency), [Decimal(0), Decimal(0)])[version - 1] += event.amount
    daily = api.rows("SELECT * FROM revenue_daily WHERE creator_id = %s AND booked + cancelled > 0", creator)
    assert {(row["day"], row["currency"]): [row["gross"], row["refunded"]] for row in daily} == true
    gone = {event.id for version, event in history if version == 2}
    by_session = api.rows("SELECT * FROM revenue_by_session WHERE creator_id = %s", creator)
    standing = sum((event.amount for _, event in history if event.id not in gone), Decimal(0))
    assert sum(row["gross"] - row["refunded"] for row in by_session) == standing
    count = len({event.id for _, event in history} - gone)
    for table, column in (("revenue_daily", "confirmed"), ("projected_seats", "seats")):
        (row,) = api.rows(f"SELECT sum({column}) AS n FROM {table} WHERE creator_id = %s", creator)
        assert row["n"] == count


async def test_the_ledger_lists_the_rows_behind_the_figures(
    api: Any, user: Any, creator: Any, session: Any, make: Any
) -> None:
    booked = [await user.booked(session, make.start()) for _ in range(3)]
    await user.cancel(booked[0]["id"])
    await api.project()
    answer = await creator.client.get("/api/bookings/creator_revenue/ledger/")
    rows = answer.json()
    assert answer.headers["X-Total-Count"] == "4"
    assert rows[0].keys() == {"id", "booking", "session", "kind", "date", "amount", "currency", "occurred_at"}
    assert [(row["kind"], row["amount"]) for row in rows] == [("cancelled", "-49.50")] + [("booked", "49.50")] * 3
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal((await _stats(creator))["revenue"][0]["net"])
    paged = await creator.client.get("/api/bookings/creator_revenue/ledger/?cursor=&page_size=3")
    target = paged.headers["Link"].split('>; rel="next"')[0].rsplit("<", 1)[1]
    rest = await creator.client.get(target)
    assert paged.json() + rest.json() == rows
    nothing = await creator.client.get("/api/bookings/creator_revenue/ledger/", params={"session": str(new_id())})
    assert nothing.json() == []


@pytest.mark.parametrize(
    "values", [[True], [False], [0], [-1], [2**63], [1.0], ["1"], [None], [[1]], [{}], [1, 2]], ids=json.dumps
)
async def test_any_other_cursor_of_the_ledger_is_400(creator: Any, values: list[Any]) -> None:
    target = f"/api/bookings/creator_revenue/ledger/?cursor={encode_cursor(values)}"
    answer = await creator.client.get(target)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["cursor"]), answer.text


@pytest.mark.parametrize("path", ["creator_stats/", "creator_revenue/ledger/", "stats/"])
@pytest.mark.parametrize(
    "query",
    [
        *("from=x", "to=2026-02-30", "from=2026-01-02&to=2026-01-01", "from=99999-01-01", "from=", "to=1e9999"),
        # A day is its text and nothing that could be read as one.
        *("to=0", "from=0", "to=1798675200", "from=2026-12-01T00:00:00", "from=2026-12-01T00:00:00Z", "to=20261201"),
        *("to=2026-W01-1", "from=2026-12-1", "to=%202026-12-01", "to=2026-12-01%0A"),
    ],
)
async def test_bad_periods_are_400(admin: Any, path: str, query: str) -> None:
    answer = await admin.client.get(f"/api/bookings/{path}?{query}")
    assert answer.status_code == 400, answer.text


async def test_who_may_see_which_figures(
    api: Any, user: Any, creator: Any, admin: Any, session: Any, make: Any
) -> None:
    for path in ("creator_stats/", "creator_revenue/ledger/", "stats/"):
        assert (await api.client().get(f"/api/bookings/{path}")).status_code == 401
        assert (await user.client.get(f"/api/bookings/{path}")).status_code == 403
    assert (await creator.client.get("/api/bookings/stats/")).status_code == 403
    answer = await creator.client.get("/api/bookings/creator_stats/", params={"creator": str(new_id())})
    assert answer.status_code == 403
    await user.booked(session, make.start())
    await api.project()
    assert await _stats(admin, creator=str(creator.id)) == await _stats(creator)
    assert await _stats(admin) == EMPTY


async def test_system_statistics(own_api: Any, make: Any) -> None:
    api = own_api
    admin, creator, user = await api.join("admin"), await api.join("creator"), await api.join("user")
    session = await api.offer(creator)
    await api.offer(creator, status="inactive")
    kept = await user.booked(session, make.start())
    gone = await (await api.join()).booked(session, make.start())
    cancelled = (await admin.cancel(gone["id"])).json()
    await api.project()
    answer = await admin.client.get("/api/bookings/stats/")
    assert answer.status_code == 200
    stats = answer.json()
    assert stats["users"] == {"total": 4, "active": 4, "users": 2, "creators": 1, "admins": 1}
    assert stats["creators"] == 1
    assert stats["sessions"] == {"total": 2, "active": 1, "inactive": 1, "completed": 0}
    assert stats["bookings"] == {
        "total": 2,
        "confirmed": 1,
        "cancelled": 1,
        "upcoming": 1,
        "cancellation_rate": 0.5,
    }
    assert sum(day["bookings"] for day in stats["series"]) == 2
    assert sum(day["cancelled"] for day in stats["series"]) == 1
    assert stats["revenue"] == [{"currency": "USD", "gross": "99.00", "refunded": "49.50", "net": "49.50"}]
    assert [top["id"] for top in stats["top_creators"]] == [str(creator.id)]
    assert [top["id"] for top in stats["top_sessions"]] == [str(session.id)]
    # One day, but around midnight.
    moments = (kept["created_at"], gone["created_at"], cancelled["cancelled_at"])
    assert [day["date"] for day in stats["series"]] == sorted({moment[:10] for moment in moments})


async def test_the_first_five_of_each_currency(api: Any, creator: Any) -> None:
    sessions = [await api.offer(creator) for _ in range(7)]
    day = datetime(2026, 3, 1, 9, tzinfo=UTC)
    for number, session in enumerate(sessions[:6], start=1):
        await api.deliver(_booking(creator.id, session.id, f"{number}000.00", day), 1)
    await api.deliver(_booking(creator.id, sessions[6].id, "1.00", day, "EUR"), 1)
    for query in ({}, {"from": "2026-03-01", "to": "2026-03-01"}):
        found = (await _stats(creator, **query))["top_sessions"]
        usd = [top["net"] for top in found if top["currency"] == "USD"]
        assert usd == [f"{number}000.00" for number in (6, 5, 4, 3, 2)]
        assert [top["net"] for top in found if top["currency"] == "EUR"] == ["1.00"]


async def test_titles_follow_the_session(api: Any, user: Any, creator: Any, session: Any, make: Any) -> None:
    await user.booked(session, make.start())
    await api.project()
    renamed = make.session(SessionUpdated, id=session.id, creator_id=creator.id, title="New name", max_participants=4)
    await api.deliver(renamed, 2)
    stats = await _stats(creator)
    assert stats["top_sessions"][0]["title"] == "New name"
    assert stats["seats"] == {"booked": 1, "capacity": 4}
