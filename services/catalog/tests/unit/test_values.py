"""Slugs, names and the app's document, without any server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.app import create
from catalog.sessions.values import CURRENCIES, category_name, slugify, timezones


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


def test_lists_of_the_world() -> None:
    assert {"USD", "EUR", "GBP", "INR", "MXN"} <= CURRENCIES
    assert not {"JPY", "KWD", "XXX", "XAU", "EEK"} & CURRENCIES
    assert {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"} <= timezones()


def test_the_document_names_each_operation_and_knows_no_422() -> None:
    document = create().openapi()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert sorted(operation["operationId"] for operation in operations) == [
        "create_session",
        "delete_session",
        "get_creator",
        "get_session",
        "list_categories",
        "list_sessions",
        "patch_session",
        "put_session",
    ]
    for operation in operations:
        assert operation["summary"]
        assert "422" not in operation["responses"]
        assert {} in operation["security"] or "401" in operation["responses"]
