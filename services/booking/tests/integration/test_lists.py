"""Who sees which bookings, and how lists are filtered and paged."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.catalog import SessionDeleted
from shared.contracts.identity import UserUpdated
from shared.testing.tokens import new_id


async def _ids(person: Any, path: str, **query: Any) -> list[str]:
    answer = await person.client.get(f"/api/bookings/{path}", params=query)
    assert answer.status_code == 200, answer.text
    assert isinstance(answer.json(), list)
    return [row["id"] for row in answer.json()]


async def test_everybody_sees_their_own(api: Any, user: Any, session: Any, make: Any) -> None:
    other = await api.join()
    await other.booked(session, make.start())
    mine = [(await user.booked(session, make.start()))["id"] for _ in range(3)]
    assert await _ids(user, "") == mine[::-1]
    assert await _ids(user, "my_bookings/") == mine[::-1]
    assert await _ids(user, "my_bookings") == mine[::-1]
    assert await _ids(await api.join(), "") == []
    # Filters of admins can't widen it.
    assert await _ids(user, "", user=str(other.id)) == []
    assert (await api.client().get("/api/bookings/")).status_code == 401


async def test_filters(api: Any, user: Any, session: Any, creator: Any, make: Any) -> None:
    other = await api.offer()
    past = await api.book_in_the_past(user, session)
    cancelled = (await user.booked(other, make.start()))["id"]
    await user.cancel(cancelled)
    ahead = (await user.booked(other, make.start()))["id"]
    assert set(await _ids(user, "")) == {past, cancelled, ahead}
    assert await _ids(user, "", status="confirmed", when="upcoming") == [ahead]
    assert await _ids(user, "my_bookings/", when="past") == [past]
    assert await _ids(user, "", status="cancelled") == [cancelled]
    assert await _ids(user, "", session=str(session.id)) == [past]
    assert await _ids(user, "", session=str(new_id())) == []
    assert await _ids(creator, "creator_bookings/", when="past", session=str(session.id)) == [past]


@pytest.mark.parametrize("path", ["", "my_bookings/", "creator_bookings/"])
@pytest.mark.parametrize(
    "query",
    [
        "status=open",
        "status=",
        "when=soon",
        "session=x",
        "session=%00",
        "page=0",
        "page=x",
        "page=99999999999999999999",
        "page_size=0",
        "page_size=101",
        "page_size=-1",
        "cursor=x",
        "cursor=WzFd",
        "cursor=WyJ4Il0",
        "cursor=W251bGwsMV0",
        "cursor=W3RydWVd",
        "cursor=W1tdXQ",
        "cursor=W3t9XQ",
        "cursor=&page=1",
        "status=%ff",
    ],
)
async def test_bad_filters_are_400(creator: Any, path: str, query: str) -> None:
    answer = await creator.client.get(f"/api/bookings/{path}?{query}")
    assert answer.status_code == 400, answer.text


async def test_pages_and_cursors_walk_the_same_list(api: Any, user: Any, make: Any) -> None:
    session = await api.offer()
    made = [(await user.booked(session, make.start()))["id"] for _ in range(5)][::-1]
    answer = await user.client.get("/api/bookings/", params={"page": 2, "page_size": 2})
    assert [row["id"] for row in answer.json()] == made[2:4]
    assert answer.headers["X-Total-Count"] == "5"
    assert 'rel="next"' in answer.headers["Link"]
    assert "http" not in answer.headers["Link"]
    walked: list[str] = []
    target = "/api/bookings/?cursor=&page_size=2"
    while target:
        answer = await user.client.get(target)
        walked += [row["id"] for row in answer.json()]
        links = [link.split(";") for link in answer.headers["Link"].split(",")]
        target = next((url.strip(" <>") for url, rel in links if 'rel="next"' in rel), "")
    assert walked == made
    assert await _ids(user, "", page=4, page_size=2) == []


async def test_creators_see_who_comes(api: Any, user: Any, creator: Any, session: Any, make: Any) -> None:
    booked = await user.booked(session, make.start())
    await user.booked(await api.offer(), make.start())
    (row,) = (await creator.client.get("/api/bookings/creator_bookings/")).json()
    assert row["id"] == booked["id"]
    assert row["session_details"]["id"] == str(session.id)
    assert row["user_details"].keys() == {"id", "username", "first_name", "last_name", "email", "avatar"}
    assert row["user_details"]["email"] == f"{user.id.hex}@example.com"
    assert (await user.client.get("/api/bookings/creator_bookings/")).status_code == 403
    assert (await api.client().get("/api/bookings/creator_bookings/")).status_code == 401


async def test_admins_see_everybodys(api: Any, user: Any, creator: Any, session: Any, admin: Any, make: Any) -> None:
    booked = await user.booked(session, make.start())
    assert (await _ids(admin, ""))[0] == booked["id"]
    assert await _ids(admin, "", user=str(user.id)) == [booked["id"]]
    assert await _ids(admin, "", creator=str(creator.id)) == [booked["id"]]
    assert await _ids(admin, "", creator=str(new_id())) == []
    assert await _ids(admin, "my_bookings/") == []
    (row,) = (await admin.client.get("/api/bookings/", params={"user": str(user.id)})).json()
    assert row["user_details"]["id"] == str(user.id)


async def test_one_booking_is_for_those_it_concerns(
    api: Any, user: Any, creator: Any, session: Any, admin: Any, make: Any
) -> None:
    booked = await user.booked(session, make.start())
    path = f"/api/bookings/{booked['id']}/"
    assert "user_details" not in (await user.client.get(path)).json()
    for person in (creator, admin):
        answer = await person.client.get(path)
        assert answer.status_code == 200
        assert answer.json()["user_details"]["id"] == str(user.id)
    for stranger in (await api.join(), await api.join("creator")):
        assert (await stranger.client.get(path)).status_code == 404
    assert (await api.client().get(path)).status_code == 401


async def test_a_deleted_session_is_shown_as_it_was(api: Any, user: Any, creator: Any, session: Any, make: Any) -> None:
    past = await api.book_in_the_past(user, session)
    gone = make.session(
        SessionDeleted, id=session.id, creator_id=creator.id, title="As it was", deleted_at=datetime.now(UTC)
    )
    await api.deliver(gone, 2)
    row = (await user.client.get(f"/api/bookings/{past}/")).json()
    assert row["status"] == "confirmed"
    assert row["session_details"]["title"] == "As it was"


async def test_what_booking_knows_newer_overrides_the_token(api: Any, creator: Any, session: Any, make: Any) -> None:
    person = await api.join("creator")
    assert (await person.client.get("/api/bookings/creator_bookings/")).status_code == 200
    await api.deliver(make.user(person.id, UserUpdated, role="user"), 2)
    assert (await person.client.get("/api/bookings/creator_bookings/")).status_code == 403
    await api.deliver(make.user(person.id, UserUpdated, role="user", is_active=False), 3)
    answer = await person.book(session, make.start())
    assert (answer.status_code, answer.json()["code"]) == (401, "account_disabled")
