"""Operations through the gateway: an admin looks after every service, with its real owners and workers."""

from typing import Any

import pytest

from shared.testing.eventually import eventually
from tests.e2e.conftest import People, Person, a_start


async def result(admin: Person, service: str, path: str, **body: Any) -> Any:
    """What comes of a job."""
    asked = await admin.post(f"/api/admin/{service}/{path}/", body)
    assert asked.status_code == 202, asked.text

    async def ended() -> dict[str, Any] | None:
        job: dict[str, Any] = (await admin.get(f"/api/admin/{service}/jobs/{asked.json()['id']}/")).json()
        return job if job["state"] in ("done", "failed") else None

    job = await eventually(f"{service}'s {path} has ended", ended, within=60, every=0.2)
    assert job is not None
    assert job["state"] == "done", job
    return job["result"]


@pytest.mark.parametrize("service", ["identity", "catalog", "booking"])
async def test_every_service_tells_how_it_is(admin: Person, service: str) -> None:
    async def well() -> dict[str, Any]:
        state: dict[str, Any] = (await admin.get(f"/api/admin/{service}/operations/")).json()
        assert (state["service"], state["database"]["ok"], state["broker"]["ok"]) == (service, True, True)
        assert [worker["leads"] for worker in state["workers"] if worker["alive"]].count(True) == 1
        return state

    state = await eventually("one of its workers leads", well)
    assert state["version"] not in ("", "unknown")
    assert state["consumes"] == (service != "identity")
    assert (state["queue"] is None, state["dead_letters"] is None) == (service == "identity", service == "identity")
    assert {replica["owner"] for replica in state["replicas"]}.isdisjoint({service})


async def test_replicas_and_revenue_agree_and_are_made_anew(people: People, admin: Person) -> None:
    creator, user = await people.join("creator"), await people.join()
    session = await people.publish(creator, price="12.50")
    booked = await user.post("/api/bookings/", {"session": session["id"], "booking_date": a_start()})
    assert booked.status_code == 201, booked.text

    for service, names in (("catalog", ["users", "bookings"]), ("booking", ["users", "sessions"])):
        checked = await result(admin, service, "replicas/check", reason="to see")
        assert [replica["name"] for replica in checked["replicas"]] == names
        assert (checked["differing"], checked["unsettled"]) == (0, 0), checked
        synced = await result(admin, service, "replicas/resync", replicas=["users"])
        assert synced["rows"] >= 3
        assert (synced["applied"], synced["unknown"]) == (0, 0)

    assert (await result(admin, "booking", "revenue/rebuild"))["entries"] >= 1
    assert await result(admin, "booking", "revenue/check") == {"total": 0, "differences": [], "pending": 0}
    (revenue,) = (await creator.get("/api/bookings/creator_stats/")).json()["revenue"]
    assert revenue["net"] == "12.50"
    assert (await admin.get("/api/admin/booking/dead-letters/")).json() == []
