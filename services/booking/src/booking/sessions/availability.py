"""Which starts of an open session to suggest: a pure function over what the replica and the inventory know."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from booking.sessions.schemas import Slot
from shared.errors import InvalidInput

OPENS, CLOSES = time(8), time(20)
DEFAULT_DAYS = 14
MAX_DAYS = 62
HORIZON = timedelta(days=731)  # as far ahead as anything can be booked, or a little further
# Every offset in use is a multiple of this, so every local half hour lies on this grid of instants.
_GRID = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Busy:
    """A time that the creator has given away; `seats_taken` counts when it is the session's own."""

    start: datetime
    end: datetime
    seats_taken: int
    own: bool


@cache
def _zones() -> frozenset[str]:
    # These two are files of the system beside the zones, not places.
    return frozenset(available_timezones() - {"Factory", "localtime"})


def zone(name: str) -> ZoneInfo | None:
    """None for a name that isn't an IANA zone."""
    return ZoneInfo(name) if name in _zones() else None


def window(
    first: date | datetime | None, last: date | datetime | None, tz: ZoneInfo, now: datetime
) -> tuple[datetime, datetime]:
    """The span of instants that is asked for. A date means its whole day in `tz`, the last one included.

    Raises InvalidInput for a span that is turned round or longer than MAX_DAYS.
    """
    try:
        start = now if first is None else _instant(first, tz)
        end = start + timedelta(days=DEFAULT_DAYS) if last is None else _instant(last, tz, after=True)
    except OverflowError:
        raise InvalidInput(errors={"from": ["This time is out of range"]}) from None
    if end <= start:
        raise InvalidInput(errors={"to": ["Give an end after the start"]})
    # An hour more than the days: a span over the end of summer time has one.
    if end - start > timedelta(days=MAX_DAYS, hours=1):
        raise InvalidInput(errors={"to": [f"Ask for at most {MAX_DAYS} days at once"]})
    return start, end


def _instant(moment: date | datetime, tz: ZoneInfo, *, after: bool = False) -> datetime:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    day = moment + timedelta(days=1) if after else moment
    return datetime.combine(day, time(), tz).astimezone(UTC)


def half_hours(start: datetime, end: datetime, tz: ZoneInfo) -> Iterator[datetime]:
    """Instants in [start, end) whose wall time in `tz` is a full or half hour of the opening hours.

    Walking over instants and looking at the clock on the wall needs no care for changes of time: an hour that is
    skipped never shows, one that comes twice shows twice.
    """
    since_grid = (start - datetime.min.replace(tzinfo=UTC)) % _GRID
    instant = start + (_GRID - since_grid) % _GRID
    while instant < end:
        wall = instant.astimezone(tz)
        if wall.minute in (0, 30) and OPENS <= wall.time() < CLOSES:
            yield instant
        instant += _GRID


def suggest(
    start: datetime, end: datetime, tz: ZoneInfo, length: timedelta, capacity: int, busy: Iterable[Busy]
) -> list[Slot]:
    """Starts in [start, end): those that are booked already with what is left, and free ones, in order."""
    taken = list(busy)
    slots = [
        Slot(start=time.start, end=time.end, seats_left=max(0, capacity - time.seats_taken))
        for time in taken
        if time.own and start <= time.start < end
    ]
    slots += [
        Slot(start=free, end=free + length, seats_left=capacity)
        for free in half_hours(start, end, tz)
        if not any(time.start < free + length and free < time.end for time in taken)
    ]
    return sorted(slots, key=lambda slot: slot.start)
