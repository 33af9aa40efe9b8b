"""Orderings of lists by documented names, and walks by cursor along them.

The row's id makes each order total. A cursor holds the ordering, the last row's value and its id, so that it can't be
used with another ordering.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from shared.errors import InvalidInput
from shared.pagination import Page

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,2})?", re.ASCII)
KEY, ID = "ordering_key", "ordering_id"  # labels of the columns that a cursor is made from


def moment(text: str) -> datetime:
    """A time from a cursor's text. Raises ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError
    # In UTC: PostgreSQL reads no offset of more than 15 hours.
    return found.astimezone(UTC)


def amount(text: str) -> Decimal:
    """Money from a cursor's text. Raises ValueError."""
    if not _AMOUNT.fullmatch(text):
        raise ValueError
    return Decimal(text)


def whole(text: str) -> int:
    """A number from a cursor's text. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError
    return int(text)


def words(text: str) -> str:
    """A text from a cursor's text. Raises ValueError for what no database takes."""
    if "\x00" in text:
        raise ValueError
    text.encode()
    return text


@dataclass(frozen=True, slots=True)
class Orderings:
    """What a list can be ordered by: names with their column, and how a cursor's text becomes a value of it."""

    id: Column
    columns: Mapping[str, tuple[Column, Callable[[str], Any]]]

    def keys(self, ordering: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """The columns that `cursor` needs of a row, to be selected with it."""
        return self._column(ordering).label(KEY), self.id.label(ID)

    def order(self, statement: Select[Any], ordering: str, page: Page, *, more: int = 1) -> Select[Any]:
        """One page, and one row more that tells whether others follow. Raises InvalidInput for a bad cursor."""
        column = self._column(ordering)
        if page.cursor:
            place, after = tuple_(column, self.id), tuple_(*self._after(ordering, page.cursor))
            statement = statement.where(place < after if ordering.startswith("-") else place > after)
        return self.sort(statement, ordering).limit(page.size + more).offset(page.offset)

    def sort(self, statement: Select[Any], ordering: str) -> Select[Any]:
        """All rows in order."""
        places = (self._column(ordering), self.id)
        return statement.order_by(*(place.desc() if ordering.startswith("-") else place.asc() for place in places))

    def cursor(self, ordering: str, row: Row[Any]) -> list[Any]:
        """The cursor behind a row that was selected with `keys`."""
        found = row._mapping
        value = found[KEY]
        return [ordering, value.isoformat() if isinstance(value, datetime) else str(value), str(found[ID])]

    def _column(self, ordering: str) -> Column:
        return self.columns[ordering.removeprefix("-")][0]

    def _after(self, ordering: str, cursor: list[Any]) -> tuple[Any, UUID]:
        parse = self.columns[ordering.removeprefix("-")][1]
        try:
            given, value, row_id = cursor
            if given != ordering or not isinstance(value, str):
                raise ValueError
            return parse(value), UUID(row_id)
        except (ValueError, TypeError, AttributeError, OverflowError):
            message = "Use the cursor of a `next` link with the same ordering, or leave it empty to start"
            raise InvalidInput(errors={"cursor": [message]}) from None
