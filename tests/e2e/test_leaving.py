"""People take their data along and leave, and what others booked or earned stays right."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from shared.testing.eventually import eventually
from tests.e2e.conftest import PASSWORD, People, Person, a_start

ROOT = Path(__file__).parents[2]


def picture(color: str = "teal") -> dict[str, Any]:
    made = io.BytesIO()
    Image.new("RGB", (300, 200), color).save(made, "JPEG")
    return {"file": ("me.jpg", made.getvalue(), "image/jpeg")}


def check_revenue() -> subprocess.CompletedProcess[str]:
    """The operators' command, where the system under test is a native stack."""
    state = os.environ.get("STACK_STATE")
    if not state:
        pytest.skip("STACK_STATE doesn't name a native stack whose commands may be called")
    return subprocess.run(
        [sys.executable, "-m", "stack", "--state", state, "run", "booking", "check-revenue"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "deploy/local")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


async def booked(person: Person, session: dict[str, Any]) -> dict[str, Any]:
    answer = await person.post("/api/bookings/", {"session": session["id"], "booking_date": a_start()})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_picture_goes_where_its_person_is_shown(
    people: People, creator: Person, visitor: httpx.AsyncClient
) -> None:
    session = await people.publish(creator)
    sent = await creator.client.post("/api/auth/avatar/", files=picture())
    assert sent.status_code == 200, sent.text
    avatar = sent.json()["avatar"]

    async def shown() -> bool:
        card = (await visitor.get(f"/api/sessions/{session['id']}/")).json()
        return bool(card["creator_details"]["avatar"] == avatar)

    await eventually("the picture on the session's card", shown)
    answer = await visitor.get(avatar)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert (await visitor.get(f"/media/avatars/{creator.id}?w=64")).headers["content-type"] == "image/webp"


async def test_people_take_along_what_each_service_keeps_of_them(people: People, creator: Person, user: Person) -> None:
    session = await people.publish(creator, title="Letters Home")
    booking = await booked(user, session)
    account = (await user.get("/api/auth/export/")).json()
    assert (account["profile"]["email"], account["profile"]["username"]) == (user.email, user.username)
    assert [row["id"] for row in (await user.get("/api/bookings/export/")).json()["bookings"]] == [booking["id"]]
    assert [row["title"] for row in (await creator.get("/api/sessions/export/")).json()["sessions"]] == ["Letters Home"]
    given = (await creator.get("/api/bookings/export/")).json()["bookings_of_own_sessions"]
    assert [row["id"] for row in given] == [booking["id"]]


async def test_a_creator_with_bookings_leaves(
    people: People, creator: Person, user: Person, visitor: httpx.AsyncClient
) -> None:
    session = await people.publish(creator, price="40.00")
    await creator.client.post("/api/auth/avatar/", files=picture())
    ahead, given_up = await booked(user, session), await booked(user, session)
    await user.patch(f"/api/bookings/{given_up['id']}/", {"status": "cancelled", "reason": "ill"})

    wrong = await creator.post("/api/auth/delete/", {"current_password": "something else"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["current_password"])
    assert (await creator.post("/api/auth/delete/", {"current_password": PASSWORD})).status_code == 204

    async def cancelled() -> bool:
        found = (await user.get(f"/api/bookings/{ahead['id']}/")).json()
        return (found["status"], found["cancel_reason"]) == ("cancelled", "creator_deactivated")

    await eventually("the booker's booking is cancelled, and says why", cancelled)
    # What was over stays as it was, without the creator's name.
    kept = (await user.get(f"/api/bookings/{given_up['id']}/")).json()
    assert (kept["cancel_reason"], kept["session_details"]["title"]) == ("ill", session["title"])

    async def nameless() -> bool:
        details = (await user.get(f"/api/bookings/{given_up['id']}/")).json()["session_details"]["creator_details"]
        return details["username"].startswith("deleted-") and not details["first_name"] and details["avatar"] is None

    await eventually("the creator's name is gone", nameless)
    for path in (f"/api/sessions/{session['id']}/", f"/api/creators/{creator.id}/"):

        async def gone(path: str = path) -> bool:
            return (await visitor.get(path)).status_code == 404

        await eventually(f"nobody finds {path}", gone)
    refused = await user.post("/api/bookings/", {"session": session["id"], "booking_date": a_start()})
    assert refused.status_code in (404, 409)
    # Every login is over, everywhere, and the address and the name are free.
    for path in ("/api/auth/profile/", "/api/bookings/creator_stats/", "/api/sessions/?my_sessions=true"):

        async def refused_there(path: str = path) -> bool:
            return (await creator.get(path)).status_code == 401

        await eventually(f"{path} knows the login no more", refused_there)
    again = await visitor.post(
        "/api/auth/register/",
        json={"email": creator.email, "username": creator.username, "password": PASSWORD, "role": "creator"},
    )
    assert again.status_code == 201, again.text
    assert again.json()["id"] != creator.id
    checked = check_revenue()
    assert checked.returncode == 0, checked.stdout + checked.stderr


async def test_a_booker_leaves_and_the_creators_figures_stay(people: People, creator: Person, user: Person) -> None:
    session = await people.publish(creator, price="25.00")
    booking = await booked(user, session)
    assert (await user.post("/api/auth/delete/", {"current_password": PASSWORD})).status_code == 204

    async def nameless() -> bool:
        [row] = (await creator.get("/api/bookings/creator_bookings/")).json()
        assert (row["id"], row["status"], row["amount"]) == (booking["id"], "confirmed", "25.00")
        who = row["user_details"]
        return bool(who["username"].startswith("deleted-") and who["email"].endswith("@deleted.invalid"))

    await eventually("the booking stays without its person", nameless)

    async def earned() -> bool:
        stats = (await creator.get("/api/bookings/creator_stats/")).json()
        return [figures["net"] for figures in stats["revenue"]] == ["25.00"]

    await eventually("the revenue stays", earned)
    checked = check_revenue()
    assert checked.returncode == 0, checked.stdout + checked.stderr
