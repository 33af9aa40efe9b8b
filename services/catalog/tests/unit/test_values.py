"""Slugs, names and the app's document, without any server."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from catalog.app import create
from catalog.sessions.values import (
    CURRENCIES,
    MAX_CATEGORY,
    Category,
    Currency,
    ImageUrl,
    Title,
    category_name,
    plain_amount,
    slugify,
    timezones,
)

CATEGORY: TypeAdapter[str | None] = TypeAdapter(Category)
CURRENCY: TypeAdapter[str] = TypeAdapter(Currency)
IMAGE_URL: TypeAdapter[str | None] = TypeAdapter(ImageUrl)
TITLE: TypeAdapter[str] = TypeAdapter(Title)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Data Science", "data-science"),
        ("  DATA   science ", "data-science"),
        ("data-science", "data-science"),
        ("Art & Craft", "art-and-craft"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("Café", "cafe"),
        ("Straße", "strasse"),
        ("日本語", "日本語"),
        ("snake_case", "snake-case"),
        ("!!!", ""),
    ],
)
def test_slugs(name: str, slug: str) -> None:
    assert slugify(name) == slug


@given(st.text())
def test_a_slug_is_its_own_slug(name: str) -> None:
    assert slugify(slugify(name)) == slugify(name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("machine-learning", "Machine Learning"),
        ("machine learning", "Machine Learning"),
        ("Machine  learning", "Machine learning"),
        ("IoT", "IoT"),
        ("Hand-made", "Hand-made"),
    ],
)
def test_names_of_new_categories(text: str, name: str) -> None:
    assert category_name(text) == name


@given(st.text(max_size=MAX_CATEGORY) | st.text("ŉﬃßǰΐﷺ-a ", max_size=MAX_CATEGORY))
@example("ŉ" * 50)
@example("ﬃ" * 50)
@example("ß" * 50)
@example("ŉ" * 25)
@example("ß" * 25)
@example("ǰ" * 50)
@example("#" * 50)
def test_a_category_that_is_accepted_fits_as_name_and_as_slug(text: str) -> None:
    try:
        accepted = CATEGORY.validate_python(text)
    except ValidationError:
        return
    if accepted is not None:
        assert 1 <= len(category_name(accepted)) <= MAX_CATEGORY
        slug = slugify(accepted)
        # What we tell is accepted when it is given back.
        assert CATEGORY.validate_python(slug) == slug


@given(st.text(max_size=5) | st.text("uſdUSD ", min_size=3, max_size=5))
@example("UſD")
def test_a_currency_is_three_ascii_letters(text: str) -> None:
    try:
        code = CURRENCY.validate_python(text)
    except ValidationError:
        return
    assert text.strip().isascii()
    assert code in CURRENCIES


@given(st.text() | st.builds("https:{}{}".format, st.sampled_from(["", "/", "//", "///"]), st.text("ab.@:/?#\\ \t'%")))
@example("https:a.b")
@example("httpſ://a.b")
@example("https://@a.b")
def test_an_image_address_is_accepted_as_it_is_stored(text: str) -> None:
    try:
        url = IMAGE_URL.validate_python(text)
    except ValidationError:
        return
    if url is not None:
        assert url[:8].lower() == "https://"
        assert "@" not in url[8:].split("/")[0].split("?")[0].split("#")[0]
        assert not set(url) & set("\"'`<> \\\t\n\x7f\u2028\u202e")


@pytest.mark.parametrize("title", ["日本語", "é", "e\u0301", "👩‍👩‍👧", "שלום", "नमस्ते", "!", "\u202bשלום\u202c", "a\n"])
def test_titles_of_every_script(title: str) -> None:
    assert TITLE.validate_python(title) == title.strip()


@pytest.mark.parametrize("text", ["0", "149.99", "-1", "007.5", "0.000"])
def test_plain_amounts(text: str) -> None:
    assert Decimal(plain_amount(text)).is_finite()


@pytest.mark.parametrize(
    "text", ["0e99999999999", "1e3", "+1", "1_0", "٣", "³", " 1", "1\n", ".5", "5.", "NaN", "inf", "", "-", 5, None]
)
def test_amounts_that_are_not_plain(text: object) -> None:
    with pytest.raises(ValueError, match="amount of money"):
        plain_amount(text)


def test_lists_of_the_world() -> None:
    assert {"USD", "EUR", "GBP", "INR", "MXN"} <= CURRENCIES
    assert not {"JPY", "KWD", "XXX", "XAU", "EEK"} & CURRENCIES
    assert {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"} <= timezones()


def test_the_document_names_each_operation_and_knows_no_422() -> None:
    document = create().openapi()
    # What every service has is the shared library's.
    own = [path for name, path in document["paths"].items() if not name.startswith("/api/admin/catalog/")]
    operations = [operation for path in own for operation in path.values()]
    assert sorted(operation["operationId"] for operation in operations) == [
        "change_many_sessions",
        "create_session",
        "delete_session",
        "export_all_sessions",
        "export_sessions",
        "get_any_session",
        "get_creator",
        "get_session",
        "list_all_sessions",
        "list_categories",
        "list_sessions",
        "patch_session",
        "put_session",
        "read_session_audit",
        "read_session_stats",
    ]
    for operation in operations:
        assert operation["summary"]
        assert "422" not in operation["responses"]
        assert {} in operation["security"] or "401" in operation["responses"]
