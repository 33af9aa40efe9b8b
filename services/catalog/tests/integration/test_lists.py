"""The list: every filter, every ordering, every way of paging."""

import random
import re
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx
import pytest
from services.catalog.tests.conftest import Api, Person, problem

from shared.contracts.identity import UserDeactivated
from shared.pagination import encode_cursor

ORDERINGS = ["price", "duration", "created_at", "title", "popularity"]
FORGED: dict[str, list[Any]] = {
    "price": [
        "0e9999999999",
        "0E-9999999999",
        "٣",
        "1_0",
        5,
        True,
        "9" * 600,
        "1E-400000",
        "NaN",
        "1e30",
        "x",
        None,
        [],
        "-1",
    ],
    "title": ["a\x00", "\ud800", None, 5],
    "duration": [10**30, "9" * 600, "x", None, -1],
    "created_at": ["2026-01-01", "x", 5, None],
}


def titles(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()]


@pytest.fixture
async def shelf(api: Api) -> Person:
    """A creator with a handful of sessions, oldest first: 1 to 5."""
    teacher = await api.known("creator")
    await teacher.offers(title="One", price=10, duration=30, category="music")
    await teacher.offers(title="Two", price="20.50", duration=60, category="Music")
    await teacher.offers(title="Three", price=30, duration=90, category="design")
    await teacher.offers(title="Four", price=40, duration=120, status="inactive")
    await teacher.offers(title="Five", price=50, duration=150, status="completed")
    return teacher


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Three", "Two", "One"]),
        ("status=active", ["Three", "Two", "One"]),
        ("category=music", ["Two", "One"]),
        ("category=Music", ["Two", "One"]),
        ("category=nothing-like-it", []),
        ("min_price=20.5", ["Three", "Two"]),
        ("max_price=20.50", ["Two", "One"]),
        ("min_price=11&max_price=29.99", ["Two"]),
        ("min_price=30&max_price=10", []),
        ("min_duration=60", ["Three", "Two"]),
        ("max_duration=60", ["Two", "One"]),
        ("min_duration=60&max_duration=60&category=music&search=two", ["Two"]),
        ("ordering=price", ["One", "Two", "Three"]),
        ("ordering=-price", ["Three", "Two", "One"]),
        ("ordering=title", ["One", "Three", "Two"]),
        ("ordering=-title", ["Two", "Three", "One"]),
        ("ordering=duration", ["One", "Two", "Three"]),
        ("ordering=-duration", ["Three", "Two", "One"]),
        ("ordering=created_at", ["One", "Two", "Three"]),
        ("ordering=-created_at", ["Three", "Two", "One"]),
        # A form sends its empty fields, too; unknown parameters are nobody's business.
        (
            "search=&category=&min_price=&max_price=&ordering=&status=&my_sessions=&utm_source=x",
            ["Three", "Two", "One"],
        ),
        ("page_size=2", ["Three", "Two"]),
        ("page_size=2&page=2", ["One"]),
        ("page_size=2&page=3", []),
        ("page=10000000&page_size=100", []),
    ],
)
async def test_filters_and_orderings(
    api: Api, client: httpx.AsyncClient, shelf: Person, query: str, expected: list[str]
) -> None:
    for reader in (client, api.person("user").client):
        for creator in (str(shelf.id), shelf.username, shelf.username.upper()):
            answer = await reader.get(f"/api/sessions/?creator={creator}&{query}")
            assert titles(answer) == expected
    if "page" not in query:
        assert answer.headers["x-total-count"] == str(len(expected))


async def test_popularity_is_confirmed_bookings(api: Api, client: httpx.AsyncClient, shelf: Person) -> None:
    by_title = {item["title"]: item["id"] for item in (await client.get(f"/api/sessions/?creator={shelf.id}")).json()}
    for title, bookings in (("One", 2), ("Three", 1)):
        for _ in range(bookings):
            await api.booked(by_title[title])
    answer = await client.get(f"/api/sessions/?creator={shelf.id}&ordering=-popularity")
    assert titles(answer) == ["One", "Three", "Two"]
    assert [item["bookings_count"] for item in answer.json()] == [2, 1, 0]
    assert titles(await client.get(f"/api/sessions/?creator={shelf.id}&ordering=popularity")) == ["Two", "Three", "One"]


@pytest.mark.parametrize(
    "query",
    [
        *("min_price=abc", "min_price=-1", "max_price=NaN", "max_price=1.001", "min_price=1e999", "max_price=Infinity"),
        *("min_price=0e99999999999", "max_price=0e99999999999", "max_price=0E-9999999999", "min_price=1e1"),
        *("min_price=1_0", "min_price=%D9%A3", "max_price=%2B1", "min_price=.5", f"max_price={'0' * 2000}"),
        *("min_duration=1.5", "max_duration=x", "min_duration=-5", "max_duration=99999999999999999999999"),
        *(
            "status=open",
            "status=ACTIVE",
            "my_sessions=maybe",
            "ordering=name",
            "ordering=--price",
            "ordering=price,title",
        ),
        *("page=0", "page=-1", "page=x", "page=1.5", "page=99999999999999999999", "page_size=0", "page_size=101"),
        *(
            "page_size=",
            "page=",
            "cursor=nonsense",
            "cursor=W10",
            "cursor=e30",
            "page=1&cursor=",
            "cursor=%F0%9F%90%8D",
        ),
        *(f"search={'x' * 201}", f"category={'x' * 251}", "creator=nobody-has-this-name", f"creator={'x' * 151}"),
    ],
)
async def test_bad_values_are_400(api: Api, client: httpx.AsyncClient, query: str) -> None:
    for reader in (client, api.person("user").client):
        body = problem(await reader.get(f"/api/sessions/?{query}"), 400, "invalid_input")
        assert set(body["errors"]) <= set(re.findall(r"(\w+)=", query)), body


@pytest.mark.parametrize("query", ["search=%00", "search=%ff%fe", "category=a%00b"])
async def test_addresses_that_are_no_text_are_400(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/api/sessions/?{query}")).status_code == 400


async def test_other_states_show_only_ones_own(api: Api, client: httpx.AsyncClient, shelf: Person) -> None:
    other = await api.known("creator")
    mine = f"/api/sessions/?creator={shelf.id}&ordering=created_at&status="
    for status, expected in (("inactive", ["Four"]), ("completed", ["Five"]), ("all", None)):
        everything = ["One", "Two", "Three", "Four", "Five"]
        assert titles(await shelf.client.get(mine + status)) == (expected or everything)
        assert titles(await api.person("admin").client.get(mine + status)) == (expected or everything)
        for stranger in (client, api.person("user").client, other.client):
            assert titles(await stranger.get(mine + status)) == []


async def test_my_sessions(api: Api, client: httpx.AsyncClient, shelf: Person) -> None:
    path = "/api/sessions/?my_sessions=true&ordering=created_at"
    assert titles(await shelf.client.get(path)) == ["One", "Two", "Three", "Four", "Five"]
    assert titles(await shelf.client.get(path + "&status=inactive")) == ["Four"]
    assert titles(await shelf.client.get(path + "&status=active&max_price=20")) == ["One"]
    assert titles(await api.person("admin").client.get(path)) == []
    problem(await client.get(path), 401, "not_authenticated")
    problem(await api.person("user").client.get(path), 403, "forbidden")
    assert (await client.get("/api/sessions/?my_sessions=false")).status_code == 200


async def test_pages_link_to_each_other(api: Api, client: httpx.AsyncClient, shelf: Person) -> None:
    def links(answer: httpx.Response) -> dict[str, str]:
        return {rel: target for target, rel in re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers["link"])}

    path = f"/api/sessions/?creator={shelf.id}&page_size=1"
    second = await client.get(path + "&page=2")
    assert second.headers["x-total-count"] == "3"
    assert "x-total-count-capped" not in second.headers
    found = links(second)
    assert set(found) == {"first", "prev", "next", "last"}
    expected = {"first": "Three", "prev": "Three", "next": "One", "last": "One"}
    for rel, title in expected.items():
        assert found[rel].startswith("/api/sessions/?")
        assert titles(await client.get(found[rel])) == [title]
    assert set(links(await client.get(path + "&page=3"))) == {"first", "prev", "last"}


async def test_links_repeat_known_parameters_once(client: httpx.AsyncClient, api: Api, shelf: Person) -> None:
    noise = "&".join(f"utm_{n}=x{'y' * 20}" for n in range(100))
    query = f"{noise}&page_size=50&page_size=1&creator={shelf.id}&search=&min_price=0010.50&my_sessions=false&page=1"
    for reader in (client, api.person("user").client):
        answer = await reader.get(f"/api/sessions/?{query}")
        assert titles(answer) == ["Three"]
        target = answer.links["next"]["url"]
        assert sorted(parse_qsl(target.partition("?")[2])) == [
            ("creator", str(shelf.id)),
            ("min_price", "10.50"),
            ("my_sessions", "false"),
            ("page", "2"),
            ("page_size", "1"),
        ]
        assert titles(await reader.get(target)) == ["Two"]
        walk_start = await reader.get(f"/api/sessions/?{query.removesuffix('&page=1')}&cursor=")
        assert "utm" not in walk_start.headers["link"]
        assert titles(await reader.get(walk_start.links["next"]["url"])) == ["Two"]


async def test_the_longest_links_fit_into_the_gateways_buffer(client: httpx.AsyncClient, shelf: Person) -> None:
    query = httpx.QueryParams(search="🐍" * 200, category="é" * 250, creator=str(shelf.id))
    for page, rels in ((1, {"first", "last"}), (3, {"prev"})):
        answer = await client.get(f"/api/sessions/?{query}&page={page}")
        assert titles(answer) == []
        assert set(answer.links) == rels
        assert sum(len(name) + len(value) + 4 for name, value in answer.headers.items()) < 12_000


async def walk(client: httpx.AsyncClient, query: str) -> list[dict[str, Any]]:
    """Everything that a walk by cursor shows."""
    found: list[dict[str, Any]] = []
    target: str | None = f"/api/sessions/?{query}&cursor="
    while target is not None:
        answer = await client.get(target)
        assert answer.status_code == 200, answer.text
        found += answer.json()
        following = re.search(r'<([^>]*)>; rel="next"', answer.headers["link"])
        target = following[1] if following else None
        assert len(found) < 1000
    return found


async def test_walks_by_cursor_show_everything_once_under_ties(own_api: Api) -> None:
    teacher = await own_api.known("creator")
    chance = random.Random(7)
    ids = []
    for number in range(41):
        made = await teacher.offers(
            title=chance.choice(["Python for Ärzte", "python for arzte", "Écoute", "Zoo", 'Quote " and \\']),
            price=chance.choice([0, "9.99", 10]),
            duration=chance.choice([30, 60]),
            status="active" if number % 10 else "inactive",
        )
        ids.append(made["id"])
        for _ in range(chance.choice([0, 0, 1])):
            await own_api.booked(made["id"])
    # Several creations in the same instant are a tie as well.
    own_api.execute("UPDATE sessions SET created_at = date_trunc('minute', created_at)")
    await own_api.rebuild()
    visitor = own_api.client()
    for ordering in ["", *ORDERINGS, *(f"-{name}" for name in ORDERINGS)]:
        whole = (await visitor.get(f"/api/sessions/?page_size=100&ordering={ordering}")).json()
        assert len(whole) == 36
        for size in (1, 7, 36, 100):
            walked = await walk(visitor, f"page_size={size}&ordering={ordering}")
            assert [item["id"] for item in walked] == [item["id"] for item in whole]
        paged: list[dict[str, Any]] = []
        for page in range(1, 7):
            paged += (await visitor.get(f"/api/sessions/?page_size=7&page={page}&ordering={ordering}")).json()
        assert [item["id"] for item in paged] == [item["id"] for item in whole]
    assert {item["id"] for item in await walk(teacher.client, "my_sessions=true&page_size=3")} == set(ids)
    found = (await visitor.get("/api/sessions/?search=python&page_size=100")).json()
    assert found
    assert [item["id"] for item in await walk(visitor, "search=python&page_size=2")] == [item["id"] for item in found]


async def test_a_cursor_fits_its_ordering_only(own_api: Api) -> None:
    teacher = await own_api.known("creator")
    for _ in range(3):
        await teacher.offers()
    visitor = own_api.client()
    answer = await visitor.get("/api/sessions/?ordering=price&page_size=1&cursor=")
    cursor = re.search(r'cursor=([^&>]+)[^>]*>; rel="next"', answer.headers["link"])
    assert cursor is not None
    for query in ("ordering=-price", "ordering=title", "ordering=", "search=science"):
        problem(await visitor.get(f"/api/sessions/?{query}&cursor={cursor[1]}"), 400, "invalid_input")


@pytest.mark.parametrize(("ordering", "value"), [(name, value) for name in FORGED for value in FORGED[name]])
async def test_forged_cursors_are_400(client: httpx.AsyncClient, ordering: str, value: Any) -> None:
    for cursor in ([ordering, value, str(uuid4())], [ordering, value, "x"], [ordering, value], [value]):
        query = {"ordering": ordering, "cursor": encode_cursor(cursor)}
        problem(await client.get("/api/sessions/", params=query), 400, "invalid_input")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
async def test_cursors_at_the_ends_of_time_are_no_error(client: httpx.AsyncClient, moment: str) -> None:
    cursor = encode_cursor(["created_at", moment, str(uuid4())])
    assert (await client.get(f"/api/sessions/?ordering=created_at&cursor={cursor}")).status_code in (200, 400)


async def test_the_total_follows_every_change(own_api: Api) -> None:
    """The summary behind the front page's total and the categories, against counting."""
    visitor = own_api.client()

    async def check(expected: dict[str | None, int]) -> None:
        answer = await visitor.get("/api/sessions/")
        assert int(answer.headers["x-total-count"]) == len(answer.json()) == sum(expected.values())
        counts = {item["slug"]: item["count"] for item in (await visitor.get("/api/sessions/categories/")).json()}
        assert {slug: count for slug, count in counts.items() if count} == {
            k: v for k, v in expected.items() if k and v
        }
        for slug in expected:
            if slug:
                listed = await visitor.get(f"/api/sessions/?category={slug}")
                assert int(listed.headers["x-total-count"]) == len(listed.json()) == expected[slug]

    teacher, other = await own_api.known("creator"), await own_api.known("creator")
    await check({})
    first = await teacher.offers(category="music")
    second = await teacher.offers()
    third = await other.offers(category="music")
    await check({"music": 2, None: 1})
    await teacher.client.patch(f"/api/sessions/{first['id']}/", json={"category": "design"})
    await teacher.client.patch(f"/api/sessions/{second['id']}/", json={"category": "design"})
    await check({"music": 1, "design": 2})
    await teacher.client.patch(f"/api/sessions/{first['id']}/", json={"status": "inactive"})
    await check({"music": 1, "design": 1})
    await own_api.told(teacher, version=2, event=UserDeactivated, is_active=False)
    await check({"music": 1})
    await other.client.delete(f"/api/sessions/{third['id']}/")
    await check({"music": 0})


async def test_categories_are_the_suggested_ones_and_those_in_use(own_api: Api) -> None:
    visitor = own_api.client()
    suggested = (await visitor.get("/api/sessions/categories/")).json()
    assert {"slug": "programming", "name": "Programming", "count": 0} in suggested
    assert [item["name"] for item in suggested] == sorted(item["name"] for item in suggested)
    teacher = await own_api.known("creator")
    assert (await teacher.offers(category="  Quantum   Knitting "))["category"] == "quantum-knitting"
    assert (await teacher.offers(category="quantum-knitting"))["category"] == "quantum-knitting"
    assert (await teacher.offers(category="PROGRAMMING"))["category"] == "programming"
    found = (await visitor.get("/api/sessions/categories/")).json()
    assert {"slug": "quantum-knitting", "name": "Quantum Knitting", "count": 2} in found
    assert {"slug": "programming", "name": "Programming", "count": 1} in found
