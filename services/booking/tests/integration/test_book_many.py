"""The booking statement with many requests at once, as a process that admits waiting requests together calls it."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from booking.bookings.repository import Seat, book_many, cancel_many
from shared.contracts.booking import BookingCreated
from shared.contracts.catalog import SessionUpdated
from shared.testing.tokens import new_id


def _seat(session: Any, start: datetime, user: Any = None, expected: Any = None) -> Seat:
    booker = {"username": "b", "first_name": "", "last_name": "", "role": "user"}
    session_id = getattr(session, "id", session)
    return Seat(new_id(), session_id, user or new_id(), booker, start, expected, {"correlation_id": "batch"})


async def _admit(api: Any, seats: list[Seat]) -> list[str | None]:
    async with api.database.transaction() as db:
        rows = await book_many(db, seats)
    assert [row.ord for row in rows] == list(range(1, len(seats) + 1))
    return [row.refusal for row in rows]


async def test_a_batch_is_exact_at_capacity_and_first_come_first_served(api: Any, make: Any) -> None:
    session = await api.offer(max_participants=5)
    start = make.start()
    assert await _admit(api, [_seat(session, start) for _ in range(3)]) == [None] * 3
    assert await _admit(api, [_seat(session, start) for _ in range(4)]) == [None, None, "sold_out", "sold_out"]
    assert await _admit(api, [_seat(session, start)]) == ["sold_out"]
    assert api.seats(session) == api.confirmed(session) == 5


async def test_every_request_of_a_mixed_batch_gets_its_own_answer(api: Any, make: Any) -> None:
    creator = new_id()
    small = await api.offer(creator, max_participants=2)
    other = await api.offer(creator, duration=120)
    closed = await api.offer(status="inactive")
    elsewhere = await api.offer()
    start = make.start()
    twice = new_id()
    batch = [
        (_seat(small, start, twice), None),
        (_seat(small, start, twice), "already_booked"),
        (_seat(new_id(), start), "not_found"),
        (_seat(small, start, creator), "own_session"),
        (_seat(closed, start), "not_bookable"),
        (_seat(small, start - timedelta(days=90)), "in_the_past"),
        (_seat(small, start + timedelta(seconds=1)), "not_on_a_minute"),
        (_seat(small, start + timedelta(days=900)), "too_far_ahead"),
        (_seat(small, start, expected="1.00"), "price_changed"),
        (_seat(small, start, expected="49.50"), None),
        (_seat(small, start), "sold_out"),
        (_seat(elsewhere, start), None),
        (_seat(other, start + timedelta(hours=1)), None),
        # Overlaps what this very batch books for somebody who asked earlier.
        (_seat(other, start - timedelta(hours=1)), "creator_busy"),
    ]
    assert await _admit(api, [seat for seat, _ in batch]) == [refusal for _, refusal in batch]
    booked = {seat.id for seat, refusal in batch if refusal is None}
    told = api.rows("SELECT * FROM outbox WHERE headers ->> 'correlation_id' = 'batch' AND aggregate_id = ANY (%s)",
                    list(booked))  # fmt: skip
    assert {row["aggregate_id"] for row in told} == booked
    assert {row["aggregate_version"] for row in told} == {1}
    # Refusals leave no empty starts behind.
    assert api.rows("SELECT 1 FROM occurrences WHERE seats_taken = 0 AND creator_id = %s", creator) == []


async def test_overlaps_within_a_batch_go_to_who_asked_first(api: Any, make: Any) -> None:
    creator = new_id()
    one, other, third = [await api.offer(creator, duration=60) for _ in range(3)]
    start = make.start()
    half = timedelta(minutes=30)
    batch = [
        (_seat(one, start), None),
        (_seat(other, start + half), "creator_busy"),
        # Overlaps only the one that was refused.
        (_seat(third, start + 2 * half), None),
        (_seat(other, start + half), "creator_busy"),
        (_seat(one, start), None),
        (_seat(other, start - half), "creator_busy"),
        (_seat(other, start + 4 * half), None),
    ]
    assert await _admit(api, [seat for seat, _ in batch]) == [refusal for _, refusal in batch]


async def test_the_constraint_has_the_last_word(api: Any, make: Any) -> None:
    creator = new_id()
    mine, other, elsewhere = await api.offer(creator), await api.offer(creator), await api.offer()
    start = make.start()
    for seats, expected in (
        ([_seat(mine, start)], ["creator_busy"]),
        ([_seat(elsewhere, start), _seat(mine, start), _seat(elsewhere, start)], [None, "creator_busy", None]),
    ):
        # Somebody writes beside book_many, who sees nothing of it until the constraint does.
        with psycopg.connect(api.test_database.dsn("booking")) as beside:
            beside.execute(
                """
                INSERT INTO occurrences (session_id, starts_at, ends_at, creator_id, seats_taken, ceiling)
                VALUES (%s, %s, %s, %s, 1, 1)
                """,
                [other.id, start + timedelta(minutes=5), start + timedelta(minutes=65), creator],
            )
            waiting = asyncio.create_task(_admit(api, seats))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            beside.commit()
            assert await waiting == expected
        api.execute("DELETE FROM occurrences WHERE session_id = %s", other.id)


async def test_the_event_is_the_contract_word_for_word(api: Any, make: Any) -> None:
    session = await api.offer()
    seat = _seat(session, make.start())
    await _admit(api, [seat])
    (row,) = api.rows("SELECT payload FROM outbox WHERE aggregate_id = %s", seat.id)
    assert BookingCreated.model_validate(row["payload"]).model_dump(mode="json") == row["payload"]


async def test_an_injected_now_is_the_time_of_everything(api: Any, make: Any) -> None:
    session = await api.offer()
    now = datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)
    seat = _seat(session, datetime(2020, 2, 10, 9, tzinfo=UTC))
    async with api.database.transaction() as db:
        (row,) = await book_many(db, [seat], now)
    assert row.refusal is None
    (event,) = api.rows("SELECT occurred_at, payload FROM outbox WHERE aggregate_id = %s", seat.id)
    assert event["occurred_at"] == row.created_at == now
    assert event["payload"]["created_at"] == "2020-02-03T04:05:06Z"


async def test_many_are_cancelled_at_once_and_only_once(api: Any, make: Any) -> None:
    session = await api.offer()
    start = make.start()
    seats = [_seat(session, start + timedelta(hours=n % 2)) for n in range(6)]
    await _admit(api, seats)
    ids = [seat.id for seat in seats]
    options: dict[str, Any] = {"by": None, "reason": "why", "upcoming_only": True, "headers": {}}
    async with api.database.transaction() as db:
        assert await cancel_many(db, [*ids[:4], new_id()], **options) == set(ids[:4])
    async with api.database.transaction() as db:
        assert await cancel_many(db, ids, **options) == set(ids[4:])
    assert api.seats(session) == 0
    told = api.rows("SELECT aggregate_version FROM outbox WHERE aggregate_id = ANY (%s)", ids)
    assert sorted(row["aggregate_version"] for row in told) == [1] * 6 + [2] * 6


async def test_batches_that_cross_each_other_never_break_a_rule_nor_each_other(api: Any, make: Any) -> None:
    chance = random.Random(7)
    creators = [new_id(), new_id()]
    sessions = [
        await api.offer(creators[n % 2], max_participants=4, duration=chance.choice([30, 60, 90])) for n in range(6)
    ]
    base = make.start() + timedelta(days=200)
    people = [new_id() for _ in range(10)]
    mine: list[Any] = []

    async def work() -> None:
        for _ in range(15):
            seats = [
                _seat(
                    chance.choice(sessions), base + timedelta(minutes=30 * chance.randrange(12)), chance.choice(people)
                )
                for _ in range(8)
            ]
            async with api.database.transaction() as db:
                rows = await book_many(db, seats)
            mine.extend(seat.id for seat, row in zip(seats, rows, strict=True) if row.refusal is None)
            if len(mine) > 6:
                gone = chance.sample(mine, k=5)
                async with api.database.transaction() as db:
                    await cancel_many(db, gone, by=None, reason=None, upcoming_only=False, headers={})

    async def change() -> None:
        for version in range(2, 12):
            for session in sessions:
                capacity = chance.choice([1, 3, 5])
                facts = session.model_dump() | {"max_participants": capacity}
                await api.deliver(SessionUpdated.model_validate(facts), version)

    # A deadlock would be tried again unseen; the one order of locks is there so that none happens.
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = api.rows(deadlocks)
    await asyncio.gather(*(work() for _ in range(8)), change())
    assert len(mine) > 50
    assert api.rows(deadlocks) == before
    ids = [session.id for session in sessions]
    counted = api.rows(
        """
        SELECT o.seats_taken, count(b.id) AS confirmed, count(DISTINCT b.user_id) AS users
        FROM occurrences o LEFT JOIN bookings b
            ON b.session_id = o.session_id AND b.booking_date = o.starts_at AND b.status = 'confirmed'
        WHERE o.session_id = ANY (%s) GROUP BY o.session_id, o.starts_at
        """,
        ids,
    )
    assert all(row["seats_taken"] == row["confirmed"] == row["users"] for row in counted)
    assert api.rows(
        """
        SELECT 1 FROM occurrences a JOIN occurrences b
            ON a.creator_id = b.creator_id AND (a.session_id, a.starts_at) < (b.session_id, b.starts_at)
            AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
        WHERE a.session_id = ANY (%s) AND a.occupied AND b.occupied
        """,
        ids,
    ) == []  # fmt: skip
