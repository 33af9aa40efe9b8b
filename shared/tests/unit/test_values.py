"""Times, money, bodies and cursors at the door."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.clock import Day, UtcDatetime
from shared.errors import InvalidInput
from shared.money import Amount, PriceIn
from shared.pagination import decode_cursor, encode_cursor
from shared.schemas import Body

moments: TypeAdapter[datetime] = TypeAdapter(UtcDatetime)
prices: TypeAdapter[Decimal] = TypeAdapter(PriceIn)
amounts: TypeAdapter[Decimal] = TypeAdapter(Amount)


def test_a_time_with_an_offset_becomes_utc() -> None:
    moment = moments.validate_python("2030-06-01T14:00:00+02:00")
    assert moment == datetime(2030, 6, 1, 12, tzinfo=UTC)
    assert moments.dump_json(moment) == b'"2030-06-01T12:00:00Z"'


@pytest.mark.parametrize(
    "bad",
    [
        "2030-06-01T14:00:00",
        "2030-06-01",
        "tomorrow",
        "",
        1900000000,
        1.5,
        True,
        None,
        [],
        "9999-12-31T23:59:59-12:00",
        "2027-W09-1T10:00Z",
        "2030-06-01T14:00:00+00:00:00.000001",
        "٢٠٣٠-06-01T14:00:00Z",
        "0001-01-01T00:00:00+12:00",
    ],
)
def test_what_is_no_time_with_an_offset_is_refused(bad: object) -> None:
    with pytest.raises(ValidationError):
        moments.validate_python(bad)


def test_a_naive_time_asks_for_an_offset() -> None:
    with pytest.raises(ValidationError, match="Add an offset"):
        moments.validate_python("2030-06-01T14:00:00")


@pytest.mark.parametrize(("given", "kept"), [(99.99, "99.99"), ("149.9", "149.9"), (0, "0"), ("1000000", "1000000")])
def test_numbers_and_strings_are_money(given: object, kept: str) -> None:
    assert prices.validate_python(given) == Decimal(kept)


@pytest.mark.parametrize(
    "bad",
    [
        "1.999",
        0.001,
        "-1",
        -0.01,
        "1000000.01",
        "NaN",
        "Infinity",
        float("nan"),
        True,
        None,
        "x",
        "",
        10**400,
        "0e9999999999",
        "1e2",
        "1_000",
        "٣.50",
        "+5",
        " 5",
    ],
)
def test_what_is_no_price_is_refused(bad: object) -> None:
    with pytest.raises(ValidationError):
        prices.validate_python(bad)


def test_amounts_always_have_two_digits() -> None:
    assert amounts.dump_json(Decimal("5")) == b'"5.00"'


days: TypeAdapter[date] = TypeAdapter(Day)


@pytest.mark.parametrize("bad", ["0", "20261123", "2026-11-23T00:00:00", "2026-02-30", "", "٢٠٢٦-11-23"])
def test_a_day_is_its_text_alone(bad: str) -> None:
    assert days.validate_python("2026-11-23") == date(2026, 11, 23)
    with pytest.raises(ValidationError):
        days.validate_python(bad)


class Note(Body):
    text: str
    more: dict[str, object] | None = None


@pytest.mark.parametrize(
    "bad", [{"text": "a\x00b"}, {"text": "a", "more": {"k": ["\ud800"]}}, {"text": "a", "more": {"n": float("inf")}}]
)
def test_text_that_cannot_be_stored_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        Note.model_validate(bad)
    assert refused.value.errors()[0]["loc"] == (list(bad)[-1],)


def test_unknown_fields_are_ignored_whatever_they_hold() -> None:
    assert Note.model_validate({"text": "emoji 🎓 <b>", "other": "\x00"}).text == "emoji 🎓 <b>"


def test_a_cursor_comes_back_as_it_went() -> None:
    assert decode_cursor(encode_cursor(["2030-01-01", "id"])) == ["2030-01-01", "id"]
    assert decode_cursor("") == []
    longest = encode_cursor(["学" * 200, "0192f0c1-7a10-7000-8000-00000000b001"])
    assert len(longest) < 2000
    assert decode_cursor(longest)[0] == "学" * 200


@pytest.mark.parametrize("bad", ["x", "e30", "%%%", "bnVsbA", "W10", "é"])
def test_a_cursor_we_did_not_make_is_refused(bad: str) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(bad)


def test_models_keep_their_types() -> None:
    class Priced(BaseModel):
        amount: Amount

    assert Priced(amount=Decimal("1.5")).model_dump(mode="json") == {"amount": "1.50"}
