"""Streams of figures, from a real server: at once, and when something changes."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from services.booking.tests.conftest import Person, next_start, session_event
from services.booking.tests.integration.streams.conftest import PATIENCE, Server

from booking.revenue import service as revenue
from shared.contracts.booking import BookingCreated
from shared.contracts.catalog import SessionUpdated
from shared.testing.tokens import new_id


async def test_the_first_event_is_what_creator_stats_says(server: Server, seller: Person) -> None:
    await server.sold(seller)
    async with server.watching(seller) as stream:
        headers = stream.response.headers
        assert headers["Content-Type"].split(";")[0] == "text/event-stream"
        assert (headers["Cache-Control"], headers["X-Accel-Buffering"]) == ("no-store", "no")
        assert "X-Request-ID" in headers
        first = await stream.has(1)
    assert first == (await seller.client.get("/api/bookings/creator_stats/")).json()
    assert first["bookings"]["confirmed"] == 1


async def test_a_projected_booking_is_there_within_two_seconds(server: Server, seller: Person) -> None:
    session = await server.api.offer(seller)
    user = await server.api.join()
    async with server.watching(seller) as stream, server.watching(seller) as other_tab:
        await stream.has(1)
        await other_tab.has(1)
        booked = await user.booked(session, next_start())
        await server.api.project()
        for each in (stream, other_tab):
            assert (await each.has(2))["bookings"] == {"confirmed": 1, "cancelled": 0, "upcoming": 1}
        await user.cancel(booked["id"])
        await server.api.project()
        last = await stream.has(3)
        assert last["revenue"][0]["refunded"] == "49.50"
        assert last == (await seller.client.get("/api/bookings/creator_stats/")).json()


async def test_others_figures_and_other_days_are_silent(server: Server, seller: Person) -> None:
    stranger = await server.api.join("creator")
    async with server.watching(seller) as stream, server.watching(seller, to="2020-12-31") as past:
        await stream.has(1)
        await server.sold(stranger)
        await asyncio.sleep(1.2)
        await stream.has(1)
        await server.sold(seller)
        await stream.has(2)
        assert (await past.has(1))["revenue"] == []


async def test_a_late_commit_is_not_missed(server: Server, seller: Person) -> None:
    """The ledger's ids become visible in another order than they were given."""

    def entry(currency: str) -> Any:
        booked = _booking(seller, next_start(), currency)
        return revenue.entry(
            event_id=new_id(),
            booking_id=booked.id,
            creator_id=booked.creator_id,
            session_id=booked.session_id,
            kind="booked",
            amount=booked.amount,
            currency=currency,
            starts_at=booked.booking_date,
            created_at=booked.created_at,
            cancelled_at=None,
        )

    async with server.watching(seller) as stream:
        await stream.has(1)
        async with server.api.database.transaction() as slow:
            await revenue.project(slow, [entry("EUR")])
            async with server.api.database.transaction() as fast:
                await revenue.project(fast, [entry("USD")])
            assert [money["currency"] for money in (await stream.has(2))["revenue"]] == ["USD"]
        assert [money["currency"] for money in (await stream.has(3))["revenue"]] == ["EUR", "USD"]


def _booking(creator: Person, start: datetime, currency: str = "USD") -> BookingCreated:
    return BookingCreated(
        id=new_id(),
        session_id=new_id(),
        user_id=new_id(),
        creator_id=creator.id,
        booking_date=start,
        ends_at=start + timedelta(hours=1),
        status="confirmed",
        amount=Decimal("10.00"),
        currency=currency,
        created_at=datetime.now(UTC),
        cancelled_at=None,
        cancel_reason=None,
    )


async def test_a_renamed_session_and_a_start_that_passes_are_told(server: Server, seller: Person) -> None:
    session = await server.api.offer(seller)
    await (await server.api.join()).booked(session, next_start())
    await server.api.project()
    async with server.watching(seller) as stream:
        await stream.has(1)
        renamed = session_event(SessionUpdated, id=session.id, creator_id=seller.id, title="Anew", max_participants=7)
        await server.api.deliver(renamed, 2)
        told = await stream.has(2)
        assert (told["top_sessions"][0]["title"], told["seats"]["capacity"]) == ("Anew", 7)
        # So far ahead that it is told before it has passed.
        await server.api.deliver(_booking(seller, datetime.now(UTC) + timedelta(seconds=8)), 1)
        assert (await stream.has(3))["bookings"]["upcoming"] == 2
        assert (await stream.has(4, within=8 + PATIENCE))["bookings"]["upcoming"] == 1
