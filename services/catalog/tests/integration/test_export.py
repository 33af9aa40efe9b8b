"""What a creator takes along of the sessions that they made."""

import pytest
from services.catalog.tests.conftest import Api, Person, problem

from catalog.sessions.service import writing


async def test_all_of_the_own_sessions_and_nobody_elses(api: Api, creator: Person, user: Person) -> None:
    await api.person("creator").offers(title="Somebody else's")
    shown = await creator.offers(title="Shown")
    hidden = await creator.offers(title="Hidden", status="inactive")
    deleted = await creator.offers(title="Deleted")
    await creator.client.delete(f"/api/sessions/{deleted['id']}/")
    answer = await creator.client.get("/api/sessions/export/")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"] == 'attachment; filename="catalog-export.json"'
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("application/json", "no-store")
    found = answer.json()
    assert found["service"] == "catalog"
    assert found["exported_at"].endswith("Z")
    assert [session["title"] for session in found["sessions"]] == ["Shown", "Hidden", "Deleted"]
    assert [session["deleted_at"] is not None for session in found["sessions"]] == [False, False, True]
    own = {name: value for name, value in shown.items() if name not in ("creator_details", "bookings_count")}
    assert found["sessions"][0] == {**own, "deleted_at": None}
    assert found["sessions"][1]["status"] == hidden["status"]
    # Who never made any, by the path without its slash.
    assert (await user.client.get("/api/sessions/export")).json()["sessions"] == []


async def test_more_than_one_portion(api: Api, creator: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PORTION", 4)
    titles = [(await creator.offers(title=f"Number {number}"))["title"] for number in range(8)]
    for count in (8, 9):
        found = (await creator.client.get("/api/sessions/export/")).json()
        assert [session["title"] for session in found["sessions"]] == titles[:count]
        titles.append((await creator.offers(title="One more"))["title"])


async def test_visitors_have_nothing_to_take_along(api: Api) -> None:
    problem(await api.client().get("/api/sessions/export/"), 401, "not_authenticated")
