"""The base of request bodies."""

import math
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator


class Body(BaseModel):
    """A request body. Unknown fields are ignored; text that PostgreSQL or JSON can't hold is refused."""

    model_config = ConfigDict(extra="ignore")

    @field_validator("*", mode="before")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        _refuse_unstorable(value)
        return value


def _refuse_unstorable(content: Any) -> None:
    pending = [content]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if "\x00" in item:
                raise ValueError("It must not contain U+0000")
            if any("\ud800" <= character <= "\udfff" for character in item):
                raise ValueError("It must not contain lone surrogates")
        elif isinstance(item, float) and not math.isfinite(item):
            raise ValueError("It must not contain NaN or infinity")
        elif isinstance(item, dict):
            pending += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            pending += item


def without_default(schema: dict[str, Any]) -> None:
    """For a field that may be left out: who generates types from a default takes it for one that is always there."""
    schema.pop("default", None)
