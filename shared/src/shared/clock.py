"""Time: always aware, always UTC inside."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, PlainSerializer, WithJsonSchema

Clock = Callable[[], datetime]


# RFC 3339, section 5.6; the offset may be missing here, so that a message can ask for it.
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def utcnow() -> datetime:
    return datetime.now(UTC)


def to_rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text_with_offset(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError("Give the time as RFC 3339 text, like 2030-01-31T14:00:00Z")
    if not _RFC3339.fullmatch(value):
        raise ValueError("Give the time as RFC 3339 text, like 2030-01-31T14:00:00Z")
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("Give the time as RFC 3339 text, like 2030-01-31T14:00:00Z") from None
    if parsed.tzinfo is None:
        raise ValueError("Add an offset to the time, like 2030-01-31T14:00:00Z or 2030-01-31T14:00:00+01:00")
    return parsed


def _as_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("This time is out of range") from None


UtcDatetime = Annotated[
    AwareDatetime,
    BeforeValidator(_text_with_offset),
    AfterValidator(_as_utc),
    PlainSerializer(to_rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2030-01-31T14:00:00Z"]}),
]


def _day_text(value: Any) -> Any:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("Give the day like 2030-01-31")
    return value


# A calendar day of a request; nothing but its text.
Day = Annotated[date, BeforeValidator(_day_text)]


def span(first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """The instants of UTC days, both included: from the first instant on, before the second; None is without end."""
    start = None if first is None else datetime.combine(first, time(), UTC)
    end = None if last is None or last == date.max else datetime.combine(last + timedelta(days=1), time(), UTC)
    return start, end
