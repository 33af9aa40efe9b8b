"""A session that was made a moment ago is bookable at once: read from catalog, once, and never when it is known."""

import asyncio
from typing import Any

from prometheus_client import REGISTRY

from shared.testing.tokens import new_id


def _counted(result: str) -> float:
    return REGISTRY.get_sample_value("booking_session_read_through_total", {"result": result}) or 0.0


async def test_an_unknown_session_is_read_once(api: Any, user: Any, make: Any, catalog: Any) -> None:
    session = make.session(title="Just made")
    names = {"version": 1, "id": str(session.creator_id), "username": "fresh", "first_name": "F", "last_name": "R"}
    catalog.offer(session, version=1, creator={**names, "avatar": None, "is_active": True})
    before = _counted("found")
    booked = await user.booked(session, make.start())
    assert booked["session_details"]["title"] == "Just made"
    assert booked["session_details"]["creator_details"]["username"] == "fresh"
    assert catalog.asked == [f"/internal/sessions/{session.id}/"]
    await user.booked(session, make.start())
    assert (await user.book(session, make.start())).status_code == 201
    assert len(catalog.asked) == 1
    assert _counted("found") == before + 1
    # The events, arriving late, change nothing; a newer one does.
    await api.deliver(session, 1)
    await api.deliver(make.user(session.creator_id, role="creator", username="fresher"), 1)
    row = (await user.client.get(f"/api/bookings/{booked['id']}/")).json()
    assert row["session_details"]["creator_details"]["username"] == "fresher"


async def test_known_sessions_are_never_asked_for(user: Any, session: Any, make: Any, catalog: Any) -> None:
    await user.booked(session, make.start())
    assert catalog.asked == []


async def test_what_catalog_does_not_know_is_not_found(api: Any, user: Any, make: Any, catalog: Any) -> None:
    assert (await user.book(new_id(), make.start())).status_code == 404
    answer = await api.client().get("/api/bookings/availability/", params={"session": str(new_id())})
    assert answer.status_code == 404
    assert len(catalog.asked) == 2


async def test_without_catalog_unknown_sessions_are_503_and_known_ones_are_booked(
    user: Any, session: Any, make: Any, catalog: Any
) -> None:
    catalog.status = 500
    answer = await user.book(new_id(), make.start())
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    await user.booked(session, make.start())


async def test_an_answer_that_makes_no_sense_is_503(user: Any, make: Any, catalog: Any) -> None:
    session = make.session()
    catalog.offer(session)
    catalog.sessions[str(session.id)]["session"]["duration"] = None
    assert (await user.book(session, make.start())).status_code == 503


async def test_many_at_once_at_a_session_just_made(api: Any, make: Any, catalog: Any) -> None:
    session = make.session(max_participants=5)
    catalog.offer(session)
    start = make.start()
    answers = await asyncio.gather(*(api.person().book(session, start) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 7
    assert api.seats(session) == 5
    assert len(catalog.asked) == 1


async def test_a_deactivated_creators_session_is_not_bookable(user: Any, make: Any, catalog: Any) -> None:
    session = make.session()
    creator = {"version": 2, "id": str(session.creator_id), "username": "gone", "is_active": False}
    catalog.offer(session, creator=creator)
    assert (await user.book(session, make.start())).json()["code"] == "not_bookable"


async def test_visitors_cause_no_reading(api: Any, make: Any, catalog: Any) -> None:
    answer = await api.client().post(
        "/api/bookings/", json={"session": str(new_id()), "booking_date": make.start().isoformat()}
    )
    assert answer.status_code == 401
    assert catalog.asked == []
