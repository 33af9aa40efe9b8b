"""Pages of more bookings than are counted, wherever in an ordering those lie that are asked for."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from services.booking.tests.conftest import migrated, running

from shared.pagination import encode_cursor

PATH = "/api/bookings/"
CHEAP, DEAR = 20_500, 10_200  # more than a page is looked for in, and more than are counted


@dataclass(frozen=True)
class Hall:
    """An admin before very many bookings of a cheap session and of a dear one."""

    api: Any
    admin: Any
    dear: Any

    def ids(self, condition: str, order: str) -> list[str]:
        return [str(row["id"]) for row in self.api.rows(f"SELECT id FROM bookings WHERE {condition} ORDER BY {order}")]


@pytest.fixture(scope="module")
async def hall(make_database: Any, tokens: Any, catalog_door: Any, make: Any) -> AsyncIterator[Hall]:
    async with running(await migrated(make_database()), tokens, catalog_door) as api:
        sessions = {}
        for price, bookings in (("1.00", CHEAP), ("2.00", DEAR)):
            session = sessions[price] = await api.offer(price=price)
            api.execute(
                """
                WITH made AS (
                    INSERT INTO occurrences (session_id, starts_at, ends_at, creator_id, seats_taken, ceiling)
                    SELECT id, start, start + interval '1 hour', creator_id, seats, seats
                    FROM sessions, (SELECT %s::timestamptz, %s::integer) AS given (start, seats)
                    WHERE id = %s
                    RETURNING *
                )
                INSERT INTO bookings (
                    id, session_id, user_id, creator_id, booking_date, ends_at, status, amount, currency, created_at
                )
                SELECT gen_random_uuid(), session_id, gen_random_uuid(), creator_id, starts_at, ends_at, 'confirmed',
                    %s, 'USD', now()
                FROM made, generate_series(1, seats_taken)
                """,
                make.start(),
                bookings,
                session.id,
                price,
            )
        yield Hall(api, await api.join("admin"), sessions["2.00"])


@pytest.mark.parametrize(
    ("ordering", "order"),
    [
        ("amount", "amount, id"),  # behind all the cheap ones
        ("amount&min_amount=1.5", "amount, id"),
        ("-amount", "amount DESC, id DESC"),
        ("booking_date", "booking_date, id"),
        ("-booking_date", "booking_date DESC, id DESC"),
        ("created_at", "id"),
    ],
)
async def test_pages_are_those_of_the_whole_list(hall: Hall, ordering: str, order: str) -> None:
    expected = hall.ids(f"session_id = '{hall.dear.id}'", order)
    query = f"{PATH}?session={hall.dear.id}&ordering={ordering}&page_size=100"
    for page in (1, 2, 90):
        answer = await hall.admin.client.get(f"{query}&page={page}")
        assert [row["id"] for row in answer.json()] == expected[(page - 1) * 100 : page * 100]
        assert answer.headers["X-Total-Count"] == "10000"
        assert answer.headers["X-Total-Count-Capped"] == "true"
    first = await hall.admin.client.get(f"{query}&cursor=")
    second = await hall.admin.client.get(first.links["next"]["url"])
    assert [row["id"] for row in (*first.json(), *second.json())] == expected[:200]


async def test_a_walk_ends_with_the_last_of_them(hall: Hall) -> None:
    expected = hall.ids(f"session_id = '{hall.dear.id}'", "amount DESC, id DESC")
    cursor = encode_cursor(["-amount", "2.00", expected[-41]])
    answer = await hall.admin.client.get(f"{PATH}?session={hall.dear.id}&ordering=-amount&cursor={cursor}")
    assert [row["id"] for row in answer.json()] == expected[-40:-20]
    answer = await hall.admin.client.get(answer.links["next"]["url"])
    assert [row["id"] for row in answer.json()] == expected[-20:]
    assert "next" not in answer.links


async def test_everything_is_a_list_too(hall: Hall) -> None:
    expected = hall.ids("true", "amount, id")
    answer = await hall.admin.client.get(f"{PATH}?ordering=amount&page=200&page_size=100")
    assert [row["id"] for row in answer.json()] == expected[19_900:20_000]
    answer = await hall.admin.client.get(f"{PATH}?ordering=amount&min_amount=3")
    assert answer.json() == []
