"""Refresh tokens: rotation, grace, reuse, expiry, and many at once."""

import asyncio
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from services.identity.tests.conftest import Api, Clock, Person

from identity.login import families


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/api/auth/refresh/", json={"refresh": token})


async def renewed(person: Person, token: str | None = None) -> str:
    """The successor of a token."""
    answer = await refresh(person.client, token or person.refresh)
    assert answer.status_code == 200, answer.text
    token = answer.json()["refresh"]
    assert isinstance(token, str)
    return token


def reason(api: Api, person: Person) -> list[Any]:
    return [row["revoked_because"] for row in api.rows("SELECT * FROM logins WHERE user_id = %s", person.id)]


async def test_the_predecessor_gets_the_same_successor_within_the_grace_period(user: Person, clock: Clock) -> None:
    second = await renewed(user)
    clock.forward(seconds=5)
    assert await renewed(user) == second
    clock.forward(seconds=4.5)
    assert await renewed(user) == second
    assert await renewed(user, second) != second


async def test_after_the_grace_period_a_used_token_ends_the_family(api: Api, user: Person, clock: Clock) -> None:
    second = await renewed(user)
    clock.forward(seconds=11)
    assert (await refresh(user.client, user.refresh)).status_code == 401
    assert (await refresh(user.client, second)).status_code == 401
    assert (await user.profile()).status_code == 401
    assert reason(api, user) == ["reuse"]


async def test_an_older_token_has_no_grace(api: Api, user: Person) -> None:
    second = await renewed(user)
    third = await renewed(user, second)
    # All of this within a second: but the first is not the immediate predecessor any more.
    assert (await refresh(user.client, user.refresh)).status_code == 401
    assert (await refresh(user.client, third)).status_code == 401
    assert reason(api, user) == ["reuse"]


async def test_reuse_ends_one_family_only(api: Api, user: Person, clock: Clock) -> None:
    other = await api.another_login(user)
    await renewed(user)
    clock.forward(seconds=11)
    assert (await refresh(user.client, user.refresh)).status_code == 401
    assert (await other.profile()).status_code == 200
    await renewed(other)


async def test_a_thief_and_the_owner_are_both_out(user: Person, clock: Clock) -> None:
    stolen = user.refresh
    thiefs = await renewed(user, stolen)
    clock.forward(minutes=10)
    assert (await refresh(user.client, user.refresh)).status_code == 401  # the owner comes second
    assert (await refresh(user.client, thiefs)).status_code == 401


async def test_a_token_lives_fourteen_days_and_a_family_as_long_as_it_is_used(user: Person, clock: Clock) -> None:
    clock.forward(days=13, hours=23)
    second = await renewed(user)
    clock.forward(days=13, hours=23)
    third = await renewed(user, second)
    clock.forward(days=14, seconds=1)
    answer = await refresh(user.client, third)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


async def test_an_access_token_lives_fifteen_minutes(api: Api, clock: Clock) -> None:
    clock.forward(minutes=-14)
    person = await api.join()
    assert (await person.profile()).status_code == 200
    clock.forward(minutes=-2)
    await api.log_in(person)
    answer = await person.profile()
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    person.use((await refresh(person.client, person.refresh)).json())
    clock.forward(minutes=16)
    person.use((await refresh(person.client, person.refresh)).json())
    assert (await person.profile()).status_code == 200


async def test_a_refresh_tells_the_account_as_it_is_now(api: Api, user: Person, admin: Person) -> None:
    await admin.client.patch(f"/api/users/{user.id}/", json={"role": "creator", "first_name": "New"})
    user.use((await refresh(user.client, user.refresh)).json())
    state = (await user.profile()).json()
    assert (state["role"], state["first_name"]) == ("creator", "New")


@pytest.mark.parametrize("round_number", range(5))
async def test_many_at_once_get_the_same_successor(api: Api, user: Person, round_number: int) -> None:
    answers = await asyncio.gather(*(refresh(api.client(), user.refresh) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh"] for answer in answers}) == 1
    assert len({answer.json()["access"] for answer in answers}) == 12
    await renewed(user, answers[0].json()["refresh"])
    (count,) = api.rows(
        "SELECT count(*) FILTER (WHERE used_at IS NULL) AS unused, count(*) AS tokens FROM refresh_tokens t"
        " JOIN logins l ON l.id = t.login_id WHERE l.user_id = %s",
        user.id,
    )
    assert count == {"unused": 1, "tokens": 3}


async def test_without_the_lock_many_at_once_would_fork_the_family(api: Api) -> None:
    """The control: read, think, write — and each gets a successor of its own."""
    owner = await psycopg.AsyncConnection.connect(api.test_database.dsn("identity", owner=True), autocommit=True)
    async with owner:
        await owner.execute("CREATE TABLE control_tokens (hash bytea, used_at timestamptz)")
        first = hashlib.sha256(b"first").digest()
        await owner.execute("INSERT INTO control_tokens VALUES (%s)", (first,))
        everybody_read = asyncio.Barrier(4)

        async def naive() -> str | None:
            async with await psycopg.AsyncConnection.connect(api.test_database.dsn("identity")) as connection:
                cursor = await connection.execute("SELECT used_at FROM control_tokens WHERE hash = %s", (first,))
                row = await cursor.fetchone()
                await everybody_read.wait()
                if row is None or row[0] is not None:
                    return None
                successor = secrets.token_urlsafe()
                await connection.execute("UPDATE control_tokens SET used_at = now() WHERE hash = %s", (first,))
                return successor

        successors = await asyncio.gather(*(naive() for _ in range(4)))
        await owner.execute("DROP TABLE control_tokens")
    assert len(set(successors)) == 4


async def test_a_logout_beside_refreshes_wins(api: Api, user: Person) -> None:
    for _ in range(5):
        person = await api.another_login(user)
        await asyncio.gather(
            *(refresh(api.client(), person.refresh) for _ in range(3)),
            api.client().post("/api/auth/logout/", json={"refresh": person.refresh}),
            *(refresh(api.client(), person.refresh) for _ in range(3)),
        )
        answer = await refresh(api.client(), person.refresh)
        assert answer.status_code == 401
        assert (await person.profile()).status_code == 401


async def test_becoming_a_creator_carries_the_family_on(user: Person, clock: Clock) -> None:
    second = (await user.client.post("/api/auth/become-creator/")).json()["refresh"]
    assert second != user.refresh
    # A double click, or a refresh in another tab at the same moment: the same successor.
    assert (await user.client.post("/api/auth/become-creator/")).json()["refresh"] == second
    assert await renewed(user) == second
    clock.forward(seconds=11)
    third = (await user.client.post("/api/auth/become-creator/")).json()["refresh"]
    assert third not in (user.refresh, second)
    assert await renewed(user, third) not in (user.refresh, second, third)


async def test_many_becoming_creators_at_once(api: Api, user: Person) -> None:
    answers = await asyncio.gather(*(user.client.post("/api/auth/become-creator/") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh"] for answer in answers}) == 1
    assert [event["aggregate_version"] for event in api.events(user.id)] == [1, 2]


async def test_expired_tokens_and_their_logins_are_forgotten(own_api: Api) -> None:
    person, other = await own_api.join(), await own_api.join()
    await renewed(person)
    for days, logins, tokens in ((0, 2, 3), (14, 2, 3), (16, 0, 0)):
        async with own_api.database.transaction() as session:
            await families.prune(session, datetime.now(UTC) + timedelta(days=days))
        counted = own_api.rows(
            "SELECT (SELECT count(*) FROM logins) AS logins, (SELECT count(*) FROM refresh_tokens) AS tokens"
        )
        assert counted == [{"logins": logins, "tokens": tokens}]
    assert (await other.profile()).status_code == 401
