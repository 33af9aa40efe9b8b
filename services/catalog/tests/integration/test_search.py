"""Search: words, their forms, their beginnings, typos; ranked, and exact about how many there are."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from services.catalog.tests.conftest import Api, migrated, running

from shared.testing.infra import TestDatabase
from shared.testing.tokens import TokenFactory

SHELF: list[dict[str, Any]] = [
    {"title": "Python for Beginners", "description": "Variables and loops.", "category": "programming"},
    {"title": "Advanced Python", "description": "Descriptors and programs that scale."},
    {"title": "JavaScript Deep Dive", "description": "Closures. Not python at all.", "category": "programming"},
    {"title": "React Hooks", "description": "State without tears."},
    {"title": "Café Crème: Latte Art", "description": "Milk, and how to pour it.", "category": "Cooking"},
    {"title": "The Who: a History", "description": "Loud."},
    {"title": "日本語の会話", "description": "話す練習。"},
]


@pytest.fixture(scope="module")
async def shop(make_database: Callable[[], TestDatabase], tokens: TokenFactory) -> AsyncIterator[Api]:
    async with running(await migrated(make_database()), tokens) as started:
        teacher = await started.known("creator", first_name="Zuzana", last_name="Novák", username="zuzka")
        for fields in SHELF:
            await teacher.offers(**fields)
        grace = await started.known("creator", first_name="Grace", last_name="Hopper", username="amazing-grace")
        await grace.offers(title="Compilers", description="How they came to be.")
        yield started


async def found(api: Api, search: str, **more: Any) -> list[str]:
    answer = await api.client().get("/api/sessions/", params={"search": search, **more})
    assert answer.status_code == 200, answer.text
    titles = [item["title"] for item in answer.json()]
    assert answer.headers["x-total-count"] == str(len(titles))
    return titles


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("python", {"Python for Beginners", "Advanced Python", "JavaScript Deep Dive"}),
        ("PYTHON beginner", {"Python for Beginners"}),
        ("programming", {"Python for Beginners", "JavaScript Deep Dive", "Advanced Python"}),
        ("loop", {"Python for Beginners"}),
        ('"deep dive"', {"JavaScript Deep Dive"}),
        ("python -closures", {"Python for Beginners", "Advanced Python"}),
        ("hooks or compilers", {"React Hooks", "Compilers"}),
        ("cafe creme", {"Café Crème: Latte Art"}),
        ("CAFÉ", {"Café Crème: Latte Art"}),
        ("the who", {"The Who: a History"}),
        ("cooking", {"Café Crème: Latte Art"}),
        ("grace hopper", {"Compilers"}),
        ("amazing-grace", {"Compilers"}),
        ("日本語の会話", {"日本語の会話"}),
        # The start of a word, while somebody types.
        ("pyth", {"Python for Beginners", "Advanced Python", "JavaScript Deep Dive"}),
        ("advanced py", {"Advanced Python"}),
        ("java", {"JavaScript Deep Dive"}),
    ],
)
async def test_words(shop: Api, search: str, expected: set[str]) -> None:
    assert expected <= set(await found(shop, search))


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("pyton", "Python for Beginners"),
        ("pyhton", "Python for Beginners"),
        ("Pythn", "Python for Beginners"),
        ("advnced pyton", "Advanced Python"),
        ("javscript", "JavaScript Deep Dive"),
        ("recat", "React Hooks"),
        ("compliers", "Compilers"),
        ("latte atr", "Café Crème: Latte Art"),
        ("grase hoper", "Compilers"),
        ("begginers", "Python for Beginners"),
    ],
)
async def test_typos(shop: Api, search: str, expected: str) -> None:
    assert expected in await found(shop, search)


@pytest.mark.parametrize(
    "search", ["xyzzyqwerty", "!!!", "-", '"', "&|()<->", "a" * 200, "%", "'; --", "\\", "🐍", "((", "-python -a"]
)
async def test_nothing_to_find_is_an_empty_list_and_no_error(shop: Api, search: str) -> None:
    titles = await found(shop, search)
    assert "Python for Beginners" not in titles


@pytest.mark.parametrize(
    "search", ["ŉames", "ʻabcdʻ", "ʽabcd", "a ʼʼʼʼabcd", "ʻ", "abcdʼ", "＇abcd＼", "abcd﹨", "ⓅⓎⓉⓗⓞⓝ"]
)
async def test_letters_that_unaccent_turns_into_signs_are_no_error(shop: Api, search: str) -> None:
    answer = await shop.client().get("/api/sessions/", params={"search": search})
    assert answer.status_code == 200, answer.text


# Signs that mean something to a tsquery or to LIKE, letters that unaccent makes such signs of, and long ones.
_TRICKY = st.text("'\\\"&|!()<->:*%_ ʻʼʽŉ＇＼﹨‘’‛′´`ﷺ㏂⑴½ßﬃa1", max_size=40)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200) | _TRICKY)
@example("ŉ" * 200)
@example("ﷺ" * 200)
@example("⑴" * 200)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
async def test_whatever_is_searched_is_an_answer(shop: Api, search: str) -> None:
    answer = await shop.client().get("/api/sessions/", params={"search": search, "page_size": 1})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("search", ["pyhtön", "PYHTON", "pýhton"])
async def test_typos_with_accents(shop: Api, search: str) -> None:
    assert "Python for Beginners" in await found(shop, search)


async def test_titles_come_before_descriptions_and_exact_before_similar(shop: Api) -> None:
    titles = await found(shop, "python")
    assert set(titles[:2]) == {"Python for Beginners", "Advanced Python"}
    assert titles[2] == "JavaScript Deep Dive"
    assert (await found(shop, "react"))[0] == "React Hooks"


async def test_filters_and_orderings_apply_to_what_was_found(shop: Api) -> None:
    assert await found(shop, "python", category="programming", ordering="title") == [
        "JavaScript Deep Dive",
        "Python for Beginners",
    ]
    assert await found(shop, "pyton", min_price=1000) == []
    assert await found(shop, "   ", category="cooking") == ["Café Crème: Latte Art"]


async def test_hidden_sessions_are_found_by_their_creator_alone(shop: Api) -> None:
    hider = await shop.known("creator")
    await hider.offers(title="Zymurgy Unplugged", status="inactive")
    for search in ("zymurgy", "zymrugy"):
        assert await found(shop, search) == []
        mine = await hider.client.get("/api/sessions/", params={"search": search, "my_sessions": "true"})
        assert [item["title"] for item in mine.json()] == ["Zymurgy Unplugged"]


async def test_a_search_with_very_many_matches_shows_each_once(own_api: Api) -> None:
    """Only the newest thousand are ranked; the others follow."""
    teacher = await own_api.known("creator")
    whale = await teacher.offers(title="Whale Songs", description="About a whale.")
    await own_api.copies(whale["id"], 1202)
    visitor = own_api.client()
    seen: list[str] = []
    for page in range(1, 15):
        answer = await visitor.get(f"/api/sessions/?search=whale&page_size=100&page={page}")
        assert answer.headers["x-total-count"] == "1203"
        seen += [item["id"] for item in answer.json()]
    assert len(seen) == len(set(seen)) == 1203
    walked: list[str] = []
    target: str | None = "/api/sessions/?search=whale&page_size=97&cursor="
    while target is not None:
        answer = await visitor.get(target)
        walked += [item["id"] for item in answer.json()]
        target = answer.links["next"]["url"] if "next" in answer.links else None
    assert walked == seen
    ordered = await visitor.get("/api/sessions/?search=whale&ordering=created_at&page_size=1")
    assert ordered.headers["x-total-count"] == "1203"
