"""The base of request bodies."""

import math
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Body(BaseModel):
    """A request body. Unknown fields are ignored; text that PostgreSQL or JSON can't hold is refused."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        if isinstance(value, dict):
            for name, content in value.items():
                # Only of what we read: an unknown field is ignored whatever it holds.
                if name in cls.model_fields:
                    _refuse_unstorable(name, content)
        return value


def _refuse_unstorable(name: str, content: Any) -> None:
    pending = [content]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if "\x00" in item:
                raise ValueError(f"{name} must not contain U+0000")
            if any("\ud800" <= character <= "\udfff" for character in item):
                raise ValueError(f"{name} must not contain lone surrogates")
        elif isinstance(item, float) and not math.isfinite(item):
            raise ValueError(f"{name} must not contain NaN or infinity")
        elif isinstance(item, dict):
            pending += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            pending += item
