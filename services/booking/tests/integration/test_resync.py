"""Replicas and their owners' snapshots: whatever is wrong here becomes what the owner says, while events flow."""

import asyncio
import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from booking.consumers import REPLICAS
from booking.settings import Settings
from shared import operators, replicas
from shared.contracts.base import Event
from shared.contracts.catalog import SessionDeleted, SessionUpdated
from shared.contracts.identity import UserDeactivated, UserRoleChanged, UserUpdated
from shared.testing.eventually import eventually
from shared.testing.owner import Owner
from shared.testing.tokens import new_id

PEOPLE, SESSIONS = REPLICAS["users"], REPLICAS["sessions"]


@pytest.fixture
def identity() -> Owner:
    return Owner()


@pytest.fixture
def catalog_owner() -> Owner:
    return Owner()


async def _resync(api: Any, owner: Owner, replica: replicas.Replica, **options: Any) -> replicas.Resynced:
    async with owner.client() as client:
        return await replicas.resync(api.database, client, replica, page=3, **options)


async def _check(api: Any, owner: Owner, replica: replicas.Replica, grace: float = 0) -> dict[UUID, str]:
    async with owner.client() as client:
        found, _ = await replicas.check(api.database, client, replica, grace=grace)
    return {difference.id: difference.what for difference in found}


def _rows(api: Any) -> Any:
    return api.rows("SELECT * FROM users ORDER BY id"), api.rows("SELECT * FROM sessions ORDER BY id")


async def _tell(api: Any, owner: Owner, state: Event, version: int) -> None:
    """It happens at the owner, and its event arrives."""
    owner.have(state, version)
    await api.deliver(state, version)


async def _world(api: Any, identity: Owner, catalog: Owner, make: Any) -> dict[str, Any]:
    """Creators who are active, deactivated, and no creators any more, with sessions of every kind."""
    creators = {name: new_id() for name in ("active", "deactivated", "former")}
    for creator in creators.values():
        await _tell(api, identity, make.user(creator, role="creator"), 1)
        for number in range(3):
            session = make.session(creator_id=creator, title=f"{number}")
            await _tell(api, catalog, session, 1)
            if number == 1:
                gone = {**session.model_dump(), "deleted_at": datetime.now(UTC)}
                await _tell(api, catalog, SessionDeleted.model_validate(gone), 2)
    off = make.user(creators["deactivated"], UserDeactivated, role="creator", is_active=False)
    await _tell(api, identity, off, 2)
    await _tell(api, identity, make.user(creators["former"], UserRoleChanged, role="user"), 2)
    return creators


async def test_an_emptied_replica_is_as_live_afterwards(
    own_api: Any, identity: Owner, catalog_owner: Owner, make: Any
) -> None:
    await _world(own_api, identity, catalog_owner, make)
    live = _rows(own_api)
    own_api.execute("DELETE FROM sessions")
    own_api.execute("DELETE FROM users")
    assert set((await _check(own_api, identity, PEOPLE)).values()) == {"missing"}
    done = await _resync(own_api, identity, PEOPLE)
    assert (done.rows, done.applied) == (3, 3)
    done = await _resync(own_api, catalog_owner, SESSIONS)
    assert (done.rows, done.applied) == (9, 9)
    assert _rows(own_api) == live
    for owner, replica in ((identity, PEOPLE), (catalog_owner, SESSIONS)):
        again = await _resync(own_api, owner, replica)
        assert (again.applied, again.settled, again.unknown) == (0, 0, [])
        assert await _check(own_api, owner, replica) == {}


async def test_stale_and_falsified_rows_are_mended_and_newer_ones_kept(
    own_api: Any, identity: Owner, catalog_owner: Owner, make: Any
) -> None:
    creators = await _world(own_api, identity, catalog_owner, make)
    live = _rows(own_api)
    active, former = creators["active"], creators["former"]
    own_api.execute("UPDATE users SET version = 1, role = 'creator' WHERE id = %s", former)
    own_api.execute("UPDATE users SET first_name = 'Falsified' WHERE id = %s", active)
    assert await _check(own_api, identity, PEOPLE) == {former: "older", active: "different"}
    own_api.execute("UPDATE sessions SET price = 1, creator_active = NOT creator_active")
    await _resync(own_api, identity, PEOPLE)
    await _resync(own_api, catalog_owner, SESSIONS)
    assert _rows(own_api) == live
    # The event overtook the snapshot.
    newer = make.user(active, UserUpdated, role="creator", first_name="Newer")
    await own_api.deliver(newer, 7)
    assert await _check(own_api, identity, PEOPLE) == {}
    assert (await _resync(own_api, identity, PEOPLE)).applied == 0
    assert own_api.rows("SELECT first_name FROM users WHERE id = %s", active) == [{"first_name": "Newer"}]


async def test_a_deletion_that_was_missed_cancels_what_is_ahead(own_api: Any, catalog_owner: Owner, make: Any) -> None:
    user, session = await own_api.join(), await own_api.offer()
    ahead = (await user.booked(session, make.start()))["id"]
    gone = {**session.model_dump(), "deleted_at": datetime.now(UTC)}
    catalog_owner.have(SessionDeleted.model_validate(gone), 2)
    await _resync(own_api, catalog_owner, SESSIONS)
    row = (await user.client.get(f"/api/bookings/{ahead}/")).json()
    assert (row["status"], row["cancel_reason"]) == ("cancelled", "session_deleted")


async def test_what_the_owner_does_not_have_is_told_and_closed_on_demand_only(
    own_api: Any, catalog_owner: Owner, make: Any
) -> None:
    user, lost, kept = await own_api.join(), await own_api.offer(), await own_api.offer()
    catalog_owner.have(kept, 1)
    ahead = (await user.booked(lost, make.start()))["id"]
    assert await _check(own_api, catalog_owner, SESSIONS) == {lost.id: "unknown"}
    done = await _resync(own_api, catalog_owner, SESSIONS)
    assert ([each.id for each in done.unknown], done.applied) == ([lost.id], 0)
    assert (await user.client.get(f"/api/bookings/{ahead}/")).json()["status"] == "confirmed"
    assert (await _resync(own_api, catalog_owner, SESSIONS, close_unknown=True)).applied == 1
    assert (await user.client.get(f"/api/bookings/{ahead}/")).json()["status"] == "cancelled"
    assert (await user.book(lost, make.start())).status_code == 404
    assert (await user.book(kept, make.start())).status_code == 201


async def _bootstrap(api: Any, owner: Owner, make: Any, seed: int, *, snapshot: bool) -> None:
    """A replica is made from nothing while its owner's rows change and are told of, late and in any order."""
    chance = random.Random(seed)
    for _ in range(30):  # before there was a queue: no event tells of these
        owner.have(make.session(), chance.randrange(1, 4))
    stop = asyncio.Event()

    async def deliver(state: Event, version: int) -> None:
        for _ in range(chance.randrange(20)):
            await asyncio.sleep(0)
        await api.deliver(state, version)

    async def change() -> None:
        on_their_way = []
        while not stop.is_set() or len(on_their_way) < 20:
            old_id = chance.choice(list(owner.truth))
            version, old = owner.truth[old_id]
            state: Any = make.session()
            if chance.random() < 0.7:
                gone = datetime.now(UTC) if chance.random() < 0.2 else None
                values = {**old.model_dump(), "title": f"Version {version + 1}", "deleted_at": gone}
                state = (SessionUpdated if gone is None else SessionDeleted).model_validate(values)
            version = version + 1 if state.id == old_id else 1
            owner.have(state, version)
            on_their_way.append(asyncio.create_task(deliver(state, version)))
            if len(on_their_way) > 150:
                break
            await asyncio.sleep(0.005)
        await asyncio.gather(*on_their_way)

    changing = asyncio.create_task(change())
    if snapshot:
        await _resync(api, owner, SESSIONS)
    stop.set()
    await changing


@pytest.mark.parametrize("seed", range(3))
async def test_a_replica_made_while_everything_changes_has_no_gap(
    own_api: Any, catalog_owner: Owner, make: Any, seed: int
) -> None:
    await _bootstrap(own_api, catalog_owner, make, seed, snapshot=True)
    assert await _check(own_api, catalog_owner, SESSIONS) == {}
    assert len(own_api.rows("SELECT 1 FROM sessions")) == len(catalog_owner.truth)


async def test_without_the_snapshot_there_is_a_gap(own_api: Any, catalog_owner: Owner, make: Any) -> None:
    """The control: events alone don't tell of what was there before the queue."""
    await _bootstrap(own_api, catalog_owner, make, 0, snapshot=False)
    assert "missing" in (await _check(own_api, catalog_owner, SESSIONS)).values()


async def test_what_is_on_its_way_is_no_difference(own_api: Any, identity: Owner, make: Any) -> None:
    person = make.user(new_id())
    identity.have(person, 1)
    checking = asyncio.create_task(_check(own_api, identity, PEOPLE, grace=30))
    await eventually("the check has begun", lambda: identity.asked)
    await own_api.deliver(person, 1)
    assert await checking == {}


async def test_an_owner_that_is_away(own_api: Any, identity: Owner) -> None:
    identity.status = 503
    with pytest.raises(httpx.HTTPStatusError):
        await _resync(own_api, identity, PEOPLE)


async def test_the_commands(
    own_api: Any,
    identity: Owner,
    catalog_owner: Owner,
    make: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    owners = {"identity": identity, "catalog": catalog_owner}
    monkeypatch.setattr(replicas.Replica, "client", lambda replica, _settings: owners[replica.owner].client())
    monkeypatch.setattr(replicas, "GRACE", 0.0)
    settings = Settings(**own_api.test_database.settings("booking"))
    person = make.user(new_id())
    identity.have(person, 1)
    with pytest.raises(SystemExit, match="resync mends"):
        await operators.check_replicas(settings, REPLICAS, [])
    assert f"users: {person.id} missing: version None here, 1 at the owner" in capsys.readouterr().out
    await operators.resync(settings, REPLICAS, ["users"])
    assert capsys.readouterr().out == "users: 1 rows at the owner, 1 taken over, 0 settled\n"
    await operators.check_replicas(settings, REPLICAS, ["--json"])
    nothing = '{"differences": [], "unsettled": 0}'
    assert capsys.readouterr().out == f'{{"users": {nothing}, "sessions": {nothing}}}\n'
    stranger = await own_api.offer()
    with pytest.raises(SystemExit, match="1 rows are unknown"):
        await operators.resync(settings, REPLICAS, [])
    assert f"sessions: {stranger.id} unknown" in capsys.readouterr().out
    identity.status = 503
    with pytest.raises(SystemExit, match="identity can't be asked"):
        await operators.resync(settings, REPLICAS, ["users"])


async def test_the_snapshot_of_bookings(own_api: Any, make: Any) -> None:
    """The owner's side."""
    session, user = await own_api.offer(), await own_api.join()
    made = [await user.booked(session, make.start()) for _ in range(5)]
    await user.cancel(made[2]["id"])
    client = own_api.client()
    found: list[Any] = []
    after = str(UUID(int=0))
    while after is not None:
        page = (await client.get("/internal/bookings/", params={"after": after, "limit": 2})).json()
        found += page["items"]
        after = page["next"]
    assert [(item["state"]["id"], item["version"]) for item in found] == [
        (booking["id"], 2 if number == 2 else 1) for number, booking in enumerate(made)
    ]
    told = own_api.rows("SELECT payload FROM outbox ORDER BY id")
    assert found[2]["state"] == told[-1]["payload"]
    assert found[0]["state"] == told[0]["payload"]
    assert "/internal/bookings/" not in own_api.app.openapi()["paths"]
