"""The booking statement with many requests at once, as a process that admits waiting requests together calls it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from booking.bookings.repository import Seat, book_many, cancel_many
from shared.contracts.booking import BookingCreated
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
        # Overlaps what this very batch books: the constraint has the last word, and the rest stands all the same.
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
