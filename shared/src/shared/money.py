"""Money: Decimal inside, a string with two digits outside, never a float in between."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

# Neither exponents (0e99999 is a Decimal that no database takes) nor underscores nor other scripts' digits.
_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")


def format_amount(value: Decimal) -> str:
    return f"{value:.2f}"


def _decimal(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("Input should be an amount of money")
    # A JSON number came through Python's float; its shortest text is what the client wrote.
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        raise ValueError("Input should be an amount of money, like 149.99, with at most two decimals")
    return value


_number_or_text = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\d+(\.\d{1,2})?$"}],
    "examples": ["149.99"],
}

# What clients give: a number or a string, at most two decimals, from 0 to `le`.
PriceIn = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(ge=0, le=1_000_000, decimal_places=2, allow_inf_nan=False),
    WithJsonSchema(_number_or_text),
]
# What we give.
Amount = Annotated[
    Decimal,
    PlainSerializer(format_amount, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+\.\d{2}$", "examples": ["149.99"]}),
]
