"""When a session can be booked, for everybody."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from shared.contracts.catalog import SessionDeleted, SessionUpdated
from shared.contracts.identity import UserDeactivated
from shared.testing.tokens import new_id


async def _ask(api: Any, session: Any, **query: Any) -> httpx.Response:
    answer: httpx.Response = await api.client().get(
        "/api/bookings/availability/", params={"session": str(session.id), **query}
    )
    return answer


async def _slots(api: Any, session: Any, **query: Any) -> list[dict[str, Any]]:
    answer = await _ask(api, session, **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_a_day_of_an_open_session(api: Any, user: Any, creator: Any, make: Any) -> None:
    session = await api.offer(creator, timezone="Europe/Berlin", duration=60)
    other = await api.offer(creator, duration=30)
    day = (datetime.now(UTC) + timedelta(days=9)).date()
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    query = {"from": day.isoformat(), "to": day.isoformat()}
    slots = await _slots(api, session, **query)
    assert len(slots) == 24
    assert slots[0].keys() == {"start", "end", "seats_left"}
    assert slots[0]["start"].endswith("Z")
    assert datetime.fromisoformat(slots[0]["start"]) == noon.replace(hour=8)
    assert {slot["seats_left"] for slot in slots} == {10}

    await user.booked(session, noon + timedelta(minutes=10))
    await user.booked(other, noon + timedelta(hours=4))
    slots = await _slots(api, session, **query)
    starts = {datetime.fromisoformat(slot["start"]): slot["seats_left"] for slot in slots}
    assert starts[noon + timedelta(minutes=10)] == 9
    gone = {noon + timedelta(minutes=m) for m in (-30, 0, 30, 60, 210, 240)}
    assert not gone & starts.keys()
    assert {noon - timedelta(hours=1), noon + timedelta(minutes=90), noon + timedelta(minutes=270)} <= starts.keys()
    # Whatever is suggested can be booked.
    for slot in slots[:6:2]:
        await user.booked(session, datetime.fromisoformat(slot["start"]))


async def test_sold_out_starts_show_with_no_seats_and_cancelled_ones_are_free(api: Any, user: Any, make: Any) -> None:
    session = await api.offer(max_participants=1)
    start = make.start().replace(hour=5, minute=7)
    booked = await user.booked(session, start)
    span = {"from": start.date().isoformat(), "to": start.date().isoformat()}
    slots = {slot["start"]: slot["seats_left"] for slot in await _slots(api, session, **span)}
    assert slots[booked["booking_date"]] == 0
    await user.cancel(booked["id"])
    assert booked["booking_date"] not in {slot["start"] for slot in await _slots(api, session, **span)}


async def test_only_the_future_and_two_weeks_of_it(api: Any, session: Any) -> None:
    now = datetime.now(UTC)
    slots = await _slots(api, session)
    starts = [datetime.fromisoformat(slot["start"]) for slot in slots]
    assert starts == sorted(starts)
    assert now < starts[0]
    assert now + timedelta(days=13) < starts[-1] < datetime.now(UTC) + timedelta(days=14)
    yesterday = (now - timedelta(days=1)).date().isoformat()
    assert await _slots(api, session, **{"from": "2020-01-01", "to": "2020-01-02"}) == []
    assert all(datetime.fromisoformat(s["start"]) > now for s in await _slots(api, session, **{"from": yesterday}))
    assert await _slots(api, session, **{"from": "2090-01-01", "to": "2090-01-02"}) == []


async def test_dates_are_meant_in_the_zone_that_is_given(api: Any, session: Any) -> None:
    day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    slots = await _slots(api, session, **{"from": day, "to": day, "tz": "Pacific/Auckland"})
    local = {datetime.fromisoformat(slot["start"]).astimezone(ZoneInfo("Pacific/Auckland")).date() for slot in slots}
    assert {found.isoformat() for found in local} == {day}
    exact = f"{day}T09:00:00+01:00"
    (only,) = await _slots(api, session, **{"from": exact, "to": f"{day}T08:30:00Z"})
    assert datetime.fromisoformat(only["start"]) == datetime.fromisoformat(exact)
    raw = f"/api/bookings/availability/?session={session.id}&from={exact}&to={day}"
    assert (await api.client().get(raw)).status_code == 200


async def test_a_scheduled_session_offers_nothing_yet(api: Any) -> None:
    assert await _slots(api, await api.offer(schedule={"weekly": []})) == []


async def test_a_session_that_is_not_public_is_not_found(api: Any, user: Any, creator: Any, make: Any) -> None:
    hidden = [await api.offer(status="inactive"), await api.offer(status="completed")]
    for version, status in enumerate(("active", "inactive", "completed"), 1):
        closed = make.session(SessionUpdated, id=hidden[0].id, creator_id=creator.id, status=status)
        await api.deliver(closed, version + 1)
        expected = 200 if status == "active" else 404
        assert (await _ask(api, closed)).status_code == expected
    deleted = await api.offer()
    await api.deliver(
        make.session(SessionDeleted, id=deleted.id, creator_id=deleted.creator_id, deleted_at=datetime.now(UTC)), 2
    )
    of_gone = await api.offer(creator)
    assert await _slots(api, of_gone)
    await api.deliver(make.user(creator.id, UserDeactivated, role="creator", is_active=False), 2)
    answers = [await _ask(api, session) for session in (*hidden, deleted, of_gone, make.session())]
    assert [answer.status_code for answer in answers] == [404] * 5
    # Nothing tells a closed session from one that never was, except to whoever may see it elsewhere.
    assert len({(answer.json()["title"], answer.json()["detail"], answer.json()["code"]) for answer in answers}) == 1


async def test_a_session_that_was_just_made(api: Any, make: Any, catalog: Any) -> None:
    session = make.session()
    catalog.offer(session)
    assert await _slots(api, session)
    assert await _slots(api, session)
    assert len(catalog.asked) == 1


@pytest.mark.parametrize(
    "query",
    [
        "from=x",
        "from=",
        "to=2030-02-30",
        "from=2030-01-01T10:00:00",
        "from=2030-01-02&to=2030-01-01",
        "from=2030-01-01&to=2030-06-01",
        "from=9999-12-31",
        "to=9999-12-31",
        "from=0001-01-01T00:00:00%2B14:00",
        "from=" + "1" * 41,
        "from=0",
        "to=1893456000",
        "from=20300101",
        "from=2030-W01-1",
        "from=20300101T100000Z",
        "from=2030-01-01T10Z",
        "from=2030-01-01%2010:00:00",
        "from=2030-01-01T10:00:00%2B24:00",
        "from=2030-01-01%0A",
        "to=2030-01-01T10:00",
        "tz=Mars/Base",
        "tz=localtime",
        "tz=Factory",
        "tz=posixrules",
        "tz=posix/UTC",
        "tz=utc%00",
        "tz=",
        "tz=../../etc/passwd",
        "tz=America",
        "tz=" + "x" * 65,
    ],
)
async def test_bad_questions_are_400(api: Any, session: Any, query: str) -> None:
    answer = await api.client().get(f"/api/bookings/availability/?session={session.id}&{query}")
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("query", ["", "session=", "session=x", "session=%00"])
async def test_a_session_must_be_named(api: Any, query: str) -> None:
    assert (await api.client().get(f"/api/bookings/availability/?{query}")).status_code == 400


async def test_unknown_sessions(api: Any) -> None:
    answer = await api.client().get("/api/bookings/availability/", params={"session": str(new_id())})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
