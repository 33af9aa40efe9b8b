"""Suggesting starts: half hours on the session's wall clock, whatever the clock does."""

import io
import struct
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.sessions.availability import Busy, half_hours, suggest, window, zone
from shared.errors import InvalidInput

HOUR = timedelta(hours=1)


def _day(name: str, day: date) -> list[datetime]:
    tz = ZoneInfo(name)
    return list(half_hours(*window(day, day, tz, datetime.now(UTC)), tz))


@pytest.mark.parametrize(
    ("name", "day", "first"),
    [
        ("UTC", date(2026, 6, 1), "2026-06-01T08:00"),
        # The day of a change, the day before and the day after: 08:00 on the wall each time.
        ("Europe/Berlin", date(2026, 3, 28), "2026-03-28T07:00"),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-29T06:00"),
        ("Europe/Berlin", date(2026, 10, 24), "2026-10-24T06:00"),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-25T07:00"),
        ("America/New_York", date(2026, 3, 8), "2026-03-08T12:00"),
        ("America/New_York", date(2026, 11, 1), "2026-11-01T13:00"),
        ("Asia/Kathmandu", date(2026, 6, 1), "2026-06-01T02:15"),
        ("Australia/Lord_Howe", date(2026, 10, 4), "2026-10-03T21:00"),
        ("Pacific/Kiritimati", date(2026, 6, 1), "2026-05-31T18:00"),
    ],
)
def test_every_half_hour_of_the_opening_hours(name: str, day: date, first: str) -> None:
    starts = _day(name, day)
    assert starts[0] == datetime.fromisoformat(first).replace(tzinfo=UTC)
    walls = [start.astimezone(ZoneInfo(name)).time() for start in starts]
    assert walls == [time(8 + n // 2, 30 * (n % 2)) for n in range(24)]


def test_a_day_that_is_skipped_never_shows() -> None:
    # Samoa left out the whole of 30 December 2011.
    tz = ZoneInfo("Pacific/Apia")
    around = half_hours(*window(date(2011, 12, 29), date(2011, 12, 31), tz, datetime.now(UTC)), tz)
    assert {start.astimezone(tz).date().day for start in around} == {29, 31}


def _zone_that_changes(at: datetime, before: int, after: int) -> ZoneInfo:
    """A zone whose offset, in hours, changes at an instant: no real one does so in the middle of the day."""
    counts = struct.pack(">6l", 0, 0, 0, 1, 2, 4)
    changes = struct.pack(">lB", int(at.timestamp()), 1)
    offsets = b"".join(struct.pack(">lBB", hours * 3600, 0, 0) for hours in (before, after))
    return ZoneInfo.from_file(io.BytesIO(b"TZif" + bytes(16) + counts + changes + offsets + b"XXX\0"))


def test_a_midday_hour_that_comes_twice_shows_twice_and_one_that_is_skipped_never() -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    span = (noon.replace(hour=0), noon.replace(hour=23))
    back = _zone_that_changes(noon, 0, -1)
    walls = [start.astimezone(back).strftime("%H:%M") for start in half_hours(*span, back)]
    assert walls[6:12] == ["11:00", "11:30", "11:00", "11:30", "12:00", "12:30"]
    assert len(walls) == 26
    ahead = _zone_that_changes(noon, 0, 1)
    walls = [start.astimezone(ahead).strftime("%H:%M") for start in half_hours(*span, ahead)]
    assert walls[6:10] == ["11:00", "11:30", "13:00", "13:30"]
    assert len(walls) == 22


ZONES = ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu"]


@settings(deadline=None, max_examples=50)
@given(name=st.sampled_from(ZONES), minutes=st.integers(0, 2 * 365 * 24 * 60), hours=st.integers(0, 24 * 60))
def test_suggestions_are_half_hours_on_the_wall_within_the_span(name: str, minutes: int, hours: int) -> None:
    tz = ZoneInfo(name)
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    end = start + timedelta(hours=hours)
    starts = list(half_hours(start, end, tz))
    assert starts == sorted(set(starts))
    for instant in starts:
        wall = instant.astimezone(tz)
        assert start <= instant < end
        assert (wall.minute in (0, 30), wall.second, wall.microsecond) == (True, 0, 0)
        assert 8 <= wall.hour < 20
    # None is missing: every whole local day has its 24.
    per_day = Counter(instant.astimezone(tz).date() for instant in starts)
    first = start.astimezone(tz).date()
    for days in range(1, hours // 24 - 1):
        assert per_day[first + timedelta(days=days)] == 24


def test_what_overlaps_the_creators_time_is_left_out_and_own_starts_show_what_is_left() -> None:
    tz = ZoneInfo("UTC")
    start, end = window(date(2026, 6, 1), date(2026, 6, 1), tz, datetime.now(UTC))
    at = datetime(2026, 6, 1, 10, 10, tzinfo=UTC)
    elsewhere = Busy(datetime(2026, 6, 1, 15, tzinfo=UTC), datetime(2026, 6, 1, 16, tzinfo=UTC), 1, own=False)
    own = Busy(at, at + HOUR, 3, own=True)
    full = Busy(datetime(2026, 6, 1, 6, tzinfo=UTC), datetime(2026, 6, 1, 7, tzinfo=UTC), 9, own=True)
    slots = suggest(start, end, tz, HOUR, 5, [elsewhere, own, full])
    times = {slot.start.strftime("%H:%M"): slot.seats_left for slot in slots}
    assert list(times)[:4] == ["06:00", "08:00", "08:30", "09:00"]
    assert times["06:00"] == 0
    assert times["10:10"] == 2
    assert "09:30" not in times  # would end at 10:30
    assert "11:00" not in times
    assert times["11:30"] == 5
    assert not {"14:30", "15:00", "15:30"} & times.keys()
    assert {"14:00", "16:00"} <= times.keys()
    assert all(slot.end - slot.start == HOUR for slot in slots)


def test_windows() -> None:
    tz = ZoneInfo("America/New_York")
    now = datetime(2026, 5, 5, 12, 34, tzinfo=UTC)
    assert window(None, None, tz, now) == (now, now + timedelta(days=14))
    assert window(date(2026, 6, 1), date(2026, 6, 1), tz, now) == (
        datetime(2026, 6, 1, 4, tzinfo=UTC),
        datetime(2026, 6, 2, 4, tzinfo=UTC),
    )
    # 62 days over the end of summer time are an hour longer.
    window(date(2026, 10, 1), date(2026, 12, 1), tz, now)
    for first, last in (
        (date(2026, 6, 2), date(2026, 5, 31)),
        (date(2026, 6, 1), date(2026, 9, 1)),
        (date.max, None),
        (None, date.max),
        (datetime.max.replace(tzinfo=UTC), None),
        (datetime.min.replace(tzinfo=ZoneInfo("Asia/Tokyo")), None),
    ):
        with pytest.raises(InvalidInput):
            window(first, last, tz, now)


@pytest.mark.parametrize(
    "name", ["", "Mars/Base", "../etc/passwd", "/etc/localtime", "America", "europe", "\x00", "UTC "]
)
def test_names_that_are_no_zone(name: str) -> None:
    assert zone(name) is None
