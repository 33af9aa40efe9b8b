"""A retried booking has one effect and gets the first answer again."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest


async def test_parallel_repeats_book_once_and_answer_alike(api: Any, make: Any) -> None:
    session = await api.offer()
    for _ in range(5):
        user, start, key = api.person(), make.start(), str(uuid4())
        answers = await asyncio.gather(*(user.book(session, start, key=key) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert all(answer.json() == answers[0].json() for answer in answers)
        assert len((await user.client.get("/api/bookings/")).json()) == 1


async def test_refusals_are_replayed(api: Any, user: Any, make: Any) -> None:
    session = await api.offer(max_participants=1)
    start = make.start()
    first = await user.booked(session, start)
    other, key = await api.join(), str(uuid4())
    refused = await other.book(session, start, key=key)
    assert refused.json()["code"] == "sold_out"
    await user.cancel(first["id"])
    again = await other.book(session, start, key=key)
    assert (again.status_code, again.json()["code"]) == (409, "sold_out")
    assert (await other.book(session, start, key=str(uuid4()))).status_code == 201


async def test_bad_times_and_new_prices_are_replayed_too(api: Any, user: Any, make: Any) -> None:
    session = await api.offer()
    key = str(uuid4())
    for _ in range(2):
        answer = await user.book(session, make.start(), key=key, expected_amount="1.00")
        if answer.json()["code"] == "idempotency_key_reused":
            break
        assert answer.json()["price"] == "49.50"
    past, key = make.start() - timedelta(days=3000), str(uuid4())
    for _ in range(2):
        answer = await user.book(session, past, key=key)
        assert answer.status_code == 400
        assert "booking_date" in answer.json()["errors"]


async def test_the_same_key_with_another_body_is_a_conflict(api: Any, user: Any, session: Any, make: Any) -> None:
    key = str(uuid4())
    await user.booked(session, make.start(), key=key)
    answer = await user.book(session, make.start(), key=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    # Somebody else's key is another key.
    other = await api.join()
    assert (await other.book(session, make.start(), key=key)).status_code == 201


async def test_a_session_that_was_just_made_can_be_booked_with_a_key(
    api: Any, user: Any, make: Any, catalog: Any
) -> None:
    session = make.session()
    catalog.offer(session)
    start, key = make.start(), str(uuid4())
    first = await user.book(session, start, key=key)
    again = await user.book(session, start, key=key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_keys_that_are_none(user: Any, session: Any, make: Any, key: str) -> None:
    assert (await user.book(session, make.start(), key=key)).status_code == 400
