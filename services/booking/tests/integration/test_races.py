"""Many at once, on connections of their own: the rules hold, and the naive way is seen to break them."""

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from shared.contracts.catalog import SessionDeleted, SessionState, SessionUpdated
from shared.contracts.identity import UserDeactivated
from shared.testing.tokens import new_id

BUYERS = 24


def _codes(answers: list[Any]) -> Counter[str]:
    return Counter("booked" if answer.status_code == 201 else answer.json()["code"] for answer in answers)


@pytest.mark.parametrize("seats", [1, 2, 3, 5, 7])
async def test_exactly_the_seats_are_sold(api: Any, make: Any, seats: int) -> None:
    session = await api.offer(max_participants=seats)
    start = make.start()
    buyers = [api.person() for _ in range(BUYERS)]
    answers = await asyncio.gather(*(buyer.book(session, start) for buyer in buyers))
    assert _codes(answers) == {"booked": seats, "sold_out": BUYERS - seats}
    assert api.seats(session) == api.confirmed(session) == seats


def _naive_booking(dsn: str, session: SessionState, start: datetime, together: threading.Barrier) -> bool:
    """What a straightforward service does: look whether a seat is left, then take it."""
    with psycopg.connect(dsn) as connection:
        together.wait(30)
        row = connection.execute(
            """
            SELECT count(*) < (SELECT max_participants FROM sessions WHERE id = %(id)s)
            FROM bookings WHERE session_id = %(id)s AND booking_date = %(start)s AND status = 'confirmed'
            """,
            {"id": session.id, "start": start},
        ).fetchone()
        assert row is not None
        if not row[0]:
            return False
        _insert(connection, session, start)
        return True


def _insert(connection: "psycopg.Connection[Any]", session: SessionState, start: datetime) -> UUID:
    booking_id = new_id()
    connection.execute(
        """
        INSERT INTO bookings (id, session_id, user_id, creator_id, booking_date, ends_at, status, amount, currency,
            created_at)
        VALUES (%s, %s, %s, %s, %s, %s, 'confirmed', 1, 'USD', now())
        """,
        [booking_id, session.id, new_id(), session.creator_id, start, start + timedelta(hours=1)],
    )
    return booking_id


def _add_occurrence(api: Any, session: SessionState, start: datetime) -> None:
    api.execute(
        "INSERT INTO occurrences (session_id, starts_at, ends_at, creator_id, ceiling) VALUES (%s, %s, %s, %s, 3)",
        session.id,
        start,
        start + timedelta(hours=1),
        session.creator_id,
    )


async def test_control_check_then_insert_oversells(api: Any, make: Any) -> None:
    session = await api.offer(max_participants=3)
    start = make.start()
    _add_occurrence(api, session, start)
    together = threading.Barrier(BUYERS)
    dsn = api.test_database.dsn("booking")
    with ThreadPoolExecutor(BUYERS) as threads:
        results = list(threads.map(lambda _: _naive_booking(dsn, session, start, together), range(BUYERS)))
    assert sum(results) > 3
    assert api.confirmed(session) > 3


async def test_one_user_at_many_doors_gets_one_seat(api: Any, make: Any) -> None:
    session = await api.offer()
    start = make.start()
    user = api.person()
    answers = await asyncio.gather(*(user.book(session, start) for _ in range(12)))
    assert _codes(answers) == {"booked": 1, "already_booked": 11}
    assert api.seats(session) == 1


async def test_a_creators_time_is_given_away_once(api: Any, make: Any) -> None:
    creator = await api.join("creator")
    sessions = [await api.offer(creator, duration=60) for _ in range(6)]
    for _ in range(5):
        start = make.start() + timedelta(days=30)
        wanted = [(session, start + timedelta(minutes=15 * (n % 4))) for n, session in enumerate(sessions * 2)]
        answers = await asyncio.gather(*(api.person().book(session, at) for session, at in wanted))
        assert set(_codes(answers)) <= {"booked", "creator_busy"}
        # Whoever came first keeps others off; only seats of the very same occurrence are sold beside it.
        (row,) = api.rows(
            """
            SELECT count(*) AS n FROM occurrences a JOIN occurrences b
                ON a.creator_id = b.creator_id AND (a.session_id, a.starts_at) < (b.session_id, b.starts_at)
                AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
            WHERE a.creator_id = %s AND a.seats_taken > 0 AND b.seats_taken > 0
            """,
            creator.id,
        )
        assert row["n"] == 0
        booked = [body for body in answers if body.status_code == 201]
        assert booked
        assert len({(body.json()["session"], body.json()["booking_date"]) for body in booked}) == 1


async def test_a_seat_comes_back_once(api: Any, make: Any) -> None:
    session = await api.offer(max_participants=5)
    start = make.start()
    user = api.person()
    booked = await user.booked(session, start)
    await api.person().booked(session, start)
    answers = await asyncio.gather(*(user.cancel(booked["id"]) for _ in range(10)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 9}
    assert api.seats(session) == api.confirmed(session) == 1
    events = api.rows("SELECT type FROM outbox WHERE aggregate_id = %s", booked["id"])
    assert len(events) == 2


async def test_booking_and_cancelling_together_keep_the_count(api: Any, make: Any) -> None:
    session = await api.offer(max_participants=4)
    start = make.start()

    async def come_and_go() -> None:
        user = api.person()
        for _ in range(4):
            answer = await user.book(session, start)
            if answer.status_code == 201:
                assert (await user.cancel(answer.json()["id"])).status_code == 200
            else:
                assert answer.json()["code"] == "sold_out"

    await asyncio.gather(*(come_and_go() for _ in range(12)))
    assert api.seats(session) == api.confirmed(session) == 0


async def test_no_booking_slips_past_a_deletion(api: Any, make: Any) -> None:
    for _ in range(5):
        session = await api.offer(max_participants=100)
        start = make.start()
        gone = make.session(SessionDeleted, id=session.id, creator_id=session.creator_id, deleted_at=datetime.now(UTC))
        buyers = [api.person() for _ in range(BUYERS)]

        async def delete(event: SessionState = gone) -> None:
            await asyncio.sleep(0.01)
            await api.deliver(event, 2)

        answers, _ = await asyncio.gather(asyncio.gather(*(buyer.book(session, start) for buyer in buyers)), delete())
        assert set(_codes(answers)) <= {"booked", "not_found"}
        assert api.confirmed(session) == api.seats(session) == 0
        reasons = api.rows("SELECT DISTINCT cancel_reason FROM bookings WHERE session_id = %s", session.id)
        assert [row["cancel_reason"] for row in reasons] in ([], ["session_deleted"])


async def test_control_a_look_without_the_lock_lets_a_booking_slip_past_a_deletion(api: Any, make: Any) -> None:
    session = await api.offer()
    start = make.start()
    _add_occurrence(api, session, start)
    with psycopg.connect(api.test_database.dsn("booking")) as connection:
        looked = connection.execute("SELECT deleted_at FROM sessions WHERE id = %s", [session.id]).fetchone()
        assert looked == (None,)
        gone = make.session(SessionDeleted, id=session.id, creator_id=session.creator_id, deleted_at=datetime.now(UTC))
        await api.deliver(gone, 2)
        _insert(connection, session, start)
    assert api.confirmed(session) == 1


async def test_no_booking_slips_past_a_deactivation(api: Any, make: Any) -> None:
    creator = await api.join("creator")
    sessions = [await api.offer(creator, max_participants=50) for _ in range(3)]
    start = make.start()
    starts = [start + timedelta(hours=n) for n in range(3)]

    async def deactivate() -> None:
        await asyncio.sleep(0.01)
        await api.deliver(make.user(creator.id, UserDeactivated, role="creator", is_active=False), 2)

    bookings = (api.person().book(sessions[n % 3], starts[n % 3]) for n in range(BUYERS))
    answers, _ = await asyncio.gather(asyncio.gather(*bookings), deactivate())
    assert set(_codes(answers)) <= {"booked", "not_bookable"}
    for session in sessions:
        assert api.confirmed(session) == api.seats(session) == 0


async def test_a_capacity_that_shrinks_keeps_who_has_a_seat_and_sells_no_more(api: Any, make: Any) -> None:
    for _ in range(5):
        session = await api.offer(max_participants=12)
        start = make.start()
        smaller = make.session(SessionUpdated, id=session.id, creator_id=session.creator_id, max_participants=4)

        async def shrink(event: SessionState = smaller) -> int:
            await asyncio.sleep(0.01)
            await api.deliver(event, 2)
            return 0

        buyers = [api.person() for _ in range(BUYERS)]
        answers, _ = await asyncio.gather(asyncio.gather(*(buyer.book(session, start) for buyer in buyers)), shrink())
        codes = _codes(answers)
        assert 4 <= codes["booked"] <= 12
        assert codes["booked"] + codes["sold_out"] == BUYERS
        assert api.seats(session) == api.confirmed(session) == codes["booked"]
        assert (await api.person().book(session, start)).json()["code"] == "sold_out"


async def test_who_waits_for_a_lock_decides_by_what_was_committed_meanwhile(api: Any, make: Any) -> None:
    session = await api.offer()
    with psycopg.connect(api.test_database.dsn("booking")) as other:
        other.execute("UPDATE sessions SET price = 60, version = 2 WHERE id = %s", [session.id])
        waiting = asyncio.create_task(api.person().book(session, make.start(), expected_amount="49.50"))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        other.commit()
        answer = await waiting
    assert answer.json()["code"] == "price_changed"
    assert answer.json()["price"] == "60.00"
