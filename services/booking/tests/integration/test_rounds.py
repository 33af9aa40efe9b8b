"""The same races again and again: what is rare in one round isn't in hundreds.

`RACE_ROUNDS` and `RACE_KEYS` say how many; the defaults are for every day.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from services.booking.tests.integration.test_races import _add_occurrence, _naive_booking

ROUNDS = int(os.environ.get("RACE_ROUNDS", "25"))
KEYS = int(os.environ.get("RACE_KEYS", "25"))
BUYERS = 16
REPEATS = 10
pytestmark = pytest.mark.timeout(1800)


async def _patiently(ask: Callable[[], Awaitable[Any]]) -> Any:
    """A client that repeats what got no answer."""
    while True:
        answer = await ask()
        if answer.status_code != 503 and (answer.status_code != 409 or answer.json()["code"] != "in_progress"):
            return answer
        await asyncio.sleep(0.05)


async def _buy(user: Any, session: Any, start: Any) -> Any:
    key = str(uuid4())
    return await _patiently(lambda: user.book(session, start, key=key))


async def test_every_round_sells_exactly_the_seats(api: Any, make: Any) -> None:
    chance = random.Random(1)
    for _ in range(ROUNDS):
        seats = chance.randint(1, 6)
        session = await api.offer(max_participants=seats)
        start = make.start()
        answers = await asyncio.gather(*(_buy(api.person(), session, start) for _ in range(BUYERS)))
        found = Counter("booked" if one.status_code == 201 else one.json()["code"] for one in answers)
        assert found == {"booked": seats, "sold_out": BUYERS - seats}
        assert api.seats(session) == api.confirmed(session) == seats


async def test_control_check_then_insert_oversells_in_most_rounds(api: Any, make: Any) -> None:
    dsn = api.test_database.dsn("booking")
    oversold = 0
    rounds = max(4, ROUNDS // 10)
    with ThreadPoolExecutor(BUYERS) as threads:
        for _ in range(rounds):
            session = await api.offer(max_participants=3)
            start = make.start()
            _add_occurrence(api, session, start)
            together = Barrier(BUYERS)

            def buy(_: int, session: Any = session, start: Any = start, together: Barrier = together) -> bool:
                return _naive_booking(dsn, session, start, together)

            oversold += sum(threads.map(buy, range(BUYERS))) > 3
    assert oversold > rounds // 2


async def test_a_key_books_once_however_often_it_comes_and_whoever_dies(api: Any, make: Any) -> None:
    """Parallel repeats, while the database's connections are killed under them."""
    session = await api.offer()
    stop = asyncio.Event()
    cut = 0

    async def kill() -> None:
        nonlocal cut
        async with await psycopg.AsyncConnection.connect(api.test_database.dsn(), autocommit=True) as superuser:
            while not stop.is_set():
                cursor = await superuser.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'booking' AND state <> 'idle'"
                )
                cut += cursor.rowcount
                await asyncio.sleep(0.1)

    killing = asyncio.create_task(kill())
    try:
        for _ in range(KEYS):
            user, start, key = api.person(), make.start(), str(uuid4())

            async def ask(user: Any = user, start: Any = start, key: str = key) -> Any:
                return await user.book(session, start, key=key)

            answers = await asyncio.gather(*(_patiently(ask) for _ in range(REPEATS)))
            assert {answer.status_code for answer in answers} == {201}, Counter(a.text for a in answers)
            assert all(answer.json() == answers[0].json() for answer in answers)
            rows = api.rows("SELECT id FROM bookings WHERE user_id = %s", user.id)
            assert [str(row["id"]) for row in rows] == [answers[0].json()["id"]]
    finally:
        stop.set()
        await killing
    assert cut > 0
