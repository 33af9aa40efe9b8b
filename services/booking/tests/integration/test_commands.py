"""Demo data."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid5

from booking import demo
from booking.revenue import service as revenue
from shared.testing.tokens import new_id


async def _people_and_sessions(api: Any, make: Any) -> None:
    for name in demo.CREATORS + demo.USERS:
        role = "creator" if name in demo.CREATORS else "user"
        await api.deliver(make.user(demo.user_id(name), username=name, role=role), 1)
    for name in demo.CREATORS:
        for number in range(3):
            await api.offer(
                demo.user_id(name),
                id=uuid5(new_id(), f"{name}-{number}"),
                timezone="Europe/Berlin",
                duration=[60, 90, 480][number],
            )


async def test_demo_bookings(own_api: Any, make: Any) -> None:
    api = own_api
    missing, _ = await demo.is_ready(api.database)
    assert set(missing) == {*demo.CREATORS, *demo.USERS}
    await _people_and_sessions(api, make)
    assert await demo.is_ready(api.database) == ([], 15)
    now = datetime.now(UTC)
    made = await demo.seed(api.database, now=now)
    assert made > 40
    assert await demo.seed(api.database, now=now) == 0
    await api.project()

    user = api.person("user", demo.user_id(demo.MAIN_USER))
    rows = (await user.client.get("/api/bookings/?page_size=100")).json()
    upcoming = [row for row in rows if datetime.fromisoformat(row["booking_date"]) > now]
    assert {row["status"] for row in rows} == {"confirmed", "cancelled"}
    assert sum(row["status"] == "confirmed" for row in upcoming) >= 2
    assert len(rows) - len(upcoming) >= 5
    # Newest first, by when it was made, although all were entered just now.
    made_at = [row["created_at"] for row in rows]
    assert made_at == sorted(made_at, reverse=True)

    creator = api.person("creator", demo.user_id(demo.MAIN_CREATOR))
    given = (await creator.client.get("/api/bookings/creator_bookings/?page_size=100")).json()
    starts = [datetime.fromisoformat(row["booking_date"]) for row in given]
    assert any(start < now for start in starts)
    assert not [start for start in starts if now < start < now + timedelta(days=7)]
    stats = (await creator.client.get("/api/bookings/creator_stats/")).json()
    assert len(stats["series"]) > 5
    async with api.database.transaction() as db:
        assert (await revenue.find_drift(db)).total == 0
