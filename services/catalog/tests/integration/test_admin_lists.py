"""The list of admins: everything there is, every filter, every ordering, every way of paging."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from services.catalog.tests.conftest import Api, Person, migrated, problem, running

from shared.pagination import encode_cursor
from shared.testing.infra import TestDatabase
from shared.testing.tokens import TokenFactory

PATH = "/api/admin/sessions/"


def titles(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()]


@pytest.fixture(scope="module")
async def library(make_database: Callable[[], TestDatabase], tokens: TokenFactory) -> AsyncIterator[Api]:
    """One whose sessions no other test adds to."""
    async with running(await migrated(make_database()), tokens) as started:
        yield started


@pytest.fixture(scope="module")
async def shelf(library: Api) -> Person:
    """An admin before five sessions, oldest first; the last is deleted."""
    ada, bob = await library.known(first_name="Ada"), await library.known(first_name="Bob", last_name="100%")
    one = await ada.offers(title="Alpha", price=30, duration=60, category="music")
    await ada.offers(title="beta", price="20.50", duration=30, status="inactive")
    three = await bob.offers(title="Gamma", price=10, duration=90, category="Music")
    await bob.offers(title="delta", price=40, duration=15, status="completed")
    gone = await bob.offers(title="Omega", price=50, duration=45)
    await library.booked(three["id"])
    await library.booked(three["id"])
    await library.booked(one["id"])
    assert (await bob.client.delete(f"/api/sessions/{gone['id']}/")).status_code == 204
    for age, title in enumerate(("Omega", "delta", "Gamma", "beta", "Alpha")):
        moment = datetime(2026, 5, 20, 23, 59, 59, tzinfo=UTC) - timedelta(days=age)
        library.execute("UPDATE sessions SET created_at = %s WHERE title = %s", moment, title)
    return await library.known("admin")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["delta", "Gamma", "beta", "Alpha"]),
        ("status=active", ["Gamma", "Alpha"]),
        ("status=inactive", ["beta"]),
        ("status=completed", ["delta"]),
        ("status=deleted", ["Omega"]),
        ("status=all", ["Omega", "delta", "Gamma", "beta", "Alpha"]),
        ("category=music", ["Gamma", "Alpha"]),
        ("min_price=20.5&max_price=30", ["beta", "Alpha"]),
        ("created_from=2026-05-18", ["delta", "Gamma"]),
        ("created_to=2026-05-17", ["beta", "Alpha"]),
        ("created_from=2026-05-17&created_to=2026-05-17", ["beta"]),
        ("created_to=9999-12-31&created_from=0001-01-01", ["delta", "Gamma", "beta", "Alpha"]),
        ("search=GAM", ["Gamma"]),
        ("search=ada", ["beta", "Alpha"]),
        ("search=bob+100%25", ["delta", "Gamma"]),
        ("search=%25", ["delta", "Gamma"]),
        ("search=a+m", ["Gamma"]),
        ("search=nobody", []),
        ("search=+", ["delta", "Gamma", "beta", "Alpha"]),
        ("ordering=title", ["Alpha", "beta", "delta", "Gamma"]),
        ("ordering=-title", ["Gamma", "delta", "beta", "Alpha"]),
        ("ordering=price", ["Gamma", "beta", "Alpha", "delta"]),
        ("ordering=-duration", ["Gamma", "Alpha", "beta", "delta"]),
        ("ordering=created_at&status=all", ["Alpha", "beta", "Gamma", "delta", "Omega"]),
        ("ordering=-updated_at&status=all", ["Omega", "delta", "Gamma", "beta", "Alpha"]),
        ("ordering=-popularity&status=active", ["Gamma", "Alpha"]),
        ("ordering=popularity&status=active", ["Alpha", "Gamma"]),
        ("ordering=-popularity&status=deleted", ["Omega"]),
    ],
)
async def test_filters_and_orderings(shelf: Person, query: str, expected: list[str]) -> None:
    answer = await shelf.client.get(f"{PATH}?{query}")
    assert titles(answer) == expected
    assert answer.headers["X-Total-Count"] == str(len(expected))
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["created_at", "updated_at", "title", "price", "duration", "popularity"])
@pytest.mark.parametrize("sign", ["", "-"])
async def test_every_ordering_is_walked_by_cursor_as_by_page(shelf: Person, name: str, sign: str) -> None:
    query = f"status=all&page_size=2&ordering={sign}{name}"
    paged = [title for page in (1, 2, 3) for title in titles(await shelf.client.get(f"{PATH}?{query}&page={page}"))]
    walked: list[str] = []
    target: str | None = f"{PATH}?{query}&cursor="
    while target is not None:
        answer = await shelf.client.get(target)
        walked += titles(answer)
        target = answer.links.get("next", {}).get("url")
    assert walked == paged
    assert len(set(walked)) == 5


async def test_a_session_as_admins_see_it(shelf: Person, library: Api) -> None:
    hidden, gone = [(await shelf.client.get(f"{PATH}?status={s}")).json()[0] for s in ("inactive", "deleted")]
    public = (await shelf.client.get(f"{PATH}?search=alpha")).json()[0]
    assert (public["is_public"], public["deleted_at"], public["bookings_count"]) == (True, None, 1)
    assert public["creator_details"]["first_name"] == "Ada"
    assert (hidden["is_public"], hidden["deleted_at"]) == (False, None)
    assert gone["deleted_at"] == gone["updated_at"]
    for item in (hidden, gone, public):
        assert (await shelf.client.get(f"{PATH}{item['id']}/")).json() == item
        assert [found["id"] for found in (await shelf.client.get(f"{PATH}?status=all&search={item['id']}")).json()] == [
            item["id"]
        ]
    # The same fields with the same values as everybody gets.
    shown = (await library.client().get(f"/api/sessions/{public['id']}/")).json()
    assert {name: public[name] for name in shown if name != "created_at"} == {
        name: value for name, value in shown.items() if name != "created_at"
    }
    problem(await shelf.client.get(f"{PATH}0190163d-8694-739b-aea5-966c26f8ad91/"), 404, "session_not_found")


async def test_it_is_for_admins_alone(api: Api, creator: Person, user: Person) -> None:
    made = await creator.offers()
    for path in (PATH, f"{PATH}{made['id']}/"):
        for person in (creator, user):
            problem(await person.client.get(path), 403, "forbidden")
        problem(await api.client().get(path), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=open", "status"),
        ("creator=somebody", "creator"),
        ("min_price=-1", "min_price"),
        ("max_price=1.234", "max_price"),
        ("min_price=1e5000", "min_price"),
        ("created_from=yesterday", "created_from"),
        ("created_to=2026-02-30", "created_to"),
        ("ordering=description", "ordering"),
        ("page=0", "page"),
        ("page_size=101", "page_size"),
        ("cursor=&page=1", "cursor"),
        ("cursor=x", "cursor"),
    ],
)
async def test_bad_queries_name_their_field(admin: Person, query: str, field: str) -> None:
    found = problem(await admin.client.get(f"{PATH}?{query}"), 400, "invalid_input")
    assert field in found["errors"]


@pytest.mark.parametrize(
    ("ordering", "values"),
    [
        ("price", ["0e9", "1.234", "1.", "", "٣", "NaN", "-1", 5, None]),
        ("title", ["a\x00", None, 5]),
        ("duration", ["9" * 600, "x", "-1", "1.5", None]),
        ("created_at", ["2026-01-01", "2026-01-01T00:00:00", "x", 5, None, "0001-01-01T00:00:00+12:00"]),
        ("popularity", ["x", True]),
    ],
)
async def test_forged_cursors_are_refused(admin: Person, ordering: str, values: list[Any]) -> None:
    some_id = "0190163d-8694-739b-aea5-966c26f8ad91"
    for value in values:
        cursor = encode_cursor([ordering, value, some_id])
        problem(await admin.client.get(f"{PATH}?ordering={ordering}&cursor={cursor}"), 400, "invalid_input")
    other = encode_cursor([f"-{ordering}", "1", some_id])
    for cursor in (other, encode_cursor([ordering, "1", "x"]), encode_cursor([ordering, "1"]), encode_cursor([1])):
        problem(await admin.client.get(f"{PATH}?ordering={ordering}&cursor={cursor}"), 400, "invalid_input")
