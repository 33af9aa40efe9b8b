"""What many do at the same moment, each with the control that shows the race to be real."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from services.identity.tests.conftest import PASSWORD, Api, Person

from identity.accounts import service as accounts
from identity.devices import Device
from identity.login import service as logins

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


async def in_parallel(api: Api, number: int, work: Callable[[Connection], Awaitable[None]]) -> None:
    """Run the work on connections of its own, each a transaction of the service's role."""

    async def one() -> None:
        async with await psycopg.AsyncConnection.connect(api.test_database.dsn("identity")) as connection:
            await work(connection)

    await asyncio.gather(*(one() for _ in range(number)))


async def control_table(api: Api, statement: str) -> None:
    async with await psycopg.AsyncConnection.connect(api.test_database.dsn("identity", owner=True)) as owner:
        await owner.execute(statement)


async def test_one_of_many_gets_the_address(api: Api) -> None:
    for _ in range(5):
        address = f"{uuid4().hex}@example.com"

        async def register(address: str = address) -> httpx.Response:
            body = {"email": address, "username": f"u{uuid4().hex[:12]}", "password": PASSWORD}
            return await api.client().post("/api/auth/register/", json=body)

        answers = await asyncio.gather(*(register() for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"email_taken"}
        (found,) = api.rows("SELECT id FROM users WHERE email = %s", address)
        # Those refused have left nothing behind, and no event.
        assert len(api.rows("SELECT 1 FROM outbox WHERE payload->>'email' = %s", address)) == 1
        assert len(api.events(found["id"])) == 1


async def test_one_of_many_gets_the_name(api: Api) -> None:
    name = f"Name{uuid4().hex[:8]}"

    async def register(username: str) -> httpx.Response:
        body = {"email": f"{uuid4().hex}@example.com", "username": username, "password": PASSWORD}
        return await api.client().post("/api/auth/register/", json=body)

    answers = await asyncio.gather(*(register(spelled) for spelled in (name, name.upper(), name.lower(), name)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"username_taken"}


async def test_looking_before_inserting_would_give_it_to_many(api: Api) -> None:
    """The control: no unique index, but a look whether the address is free."""
    await control_table(api, "CREATE TABLE control_users (email text)")
    everybody_looked = asyncio.Barrier(4)

    async def register(connection: Connection) -> None:
        cursor = await connection.execute("SELECT 1 FROM control_users WHERE email = 'a@example.com'")
        taken = await cursor.fetchone()
        await everybody_looked.wait()
        if taken is None:
            await connection.execute("INSERT INTO control_users VALUES ('a@example.com')")

    await in_parallel(api, 4, register)
    assert len(api.rows("SELECT * FROM control_users")) == 4


async def test_two_admins_cannot_take_each_other_away(own_api: Api) -> None:
    for number in range(8):
        first, second = await own_api.join("admin"), await own_api.join("admin")

        async def take_away(caller: Person, target: Person, how: int = number % 3) -> httpx.Response:
            address = f"/api/users/{target.id}/"
            if how == 0:
                return await caller.client.delete(address)
            change = {"role": "user"} if how == 1 else {"is_active": False}
            return await caller.client.patch(address, json=change)

        answers = await asyncio.gather(take_away(first, second), take_away(second, first))
        statuses = sorted(answer.status_code for answer in answers)
        # The other one is refused, as no admin any more, or not even logged in any more.
        assert statuses[0] in (200, 204)
        assert statuses[1] in (401, 403, 409)
        left = own_api.rows("SELECT id FROM users WHERE role = 'admin' AND is_active")
        assert len(left) == 1
        async with own_api.database.connection() as connection:
            await connection.execute("UPDATE users SET role = 'user'")


async def test_counting_before_demoting_would_leave_no_admin(api: Api) -> None:
    """The control: each counts two admins, and takes the other away."""
    await control_table(api, "CREATE TABLE control_admins AS SELECT * FROM (VALUES (1, true), (2, true)) v (id, admin)")
    everybody_counted = asyncio.Barrier(2)
    targets = iter((1, 2))

    async def demote(connection: Connection) -> None:
        target = next(targets)
        cursor = await connection.execute("SELECT count(*) FROM control_admins WHERE admin")
        row = await cursor.fetchone()
        await everybody_counted.wait()
        if row is not None and row[0] > 1:
            await connection.execute("UPDATE control_admins SET admin = false WHERE id = %s", (target,))

    await in_parallel(api, 2, demote)
    assert api.rows("SELECT 1 FROM control_admins WHERE admin") == []


async def test_no_login_by_the_old_password_outlives_its_change(api: Api) -> None:
    """Logins that were verified before the change commit, and are ended, or are refused."""
    for number in range(4):
        person = await api.join()
        body = {"current_password": PASSWORD, "new_password": f"another-good-one-{number}"}

        async def log_in(person: Person = person) -> httpx.Response:
            return await api.client().post("/api/auth/login/", json={"email": person.email, "password": PASSWORD})

        changed, *logins = await asyncio.gather(
            person.client.post("/api/auth/password/change/", json=body), *(log_in() for _ in range(6))
        )
        assert changed.status_code == 204
        for login in logins:
            assert login.status_code in (200, 401)
            if login.status_code == 200:
                refresh = {"refresh": login.json()["refresh"]}
                assert (await api.client().post("/api/auth/refresh/", json=refresh)).status_code == 401
                assert (await api.client(login.json()["access"]).get("/api/auth/profile/")).status_code == 401
        assert (await person.profile()).status_code == 200


async def test_changes_at_once_are_all_told_in_their_order(api: Api, user: Person, admin: Person) -> None:
    async def change(number: int) -> None:
        client, path = (user.client, "auth/profile") if number % 2 else (admin.client, f"users/{user.id}")
        field = "first_name" if number % 2 else "last_name"
        answer = await client.patch(f"/api/{path}/", json={field: f"Name {number}"})
        assert answer.status_code == 200

    await asyncio.gather(*(change(number) for number in range(16)))
    events = api.events(user.id)
    assert [event["aggregate_version"] for event in events] == list(range(1, 18))
    now = (await user.profile()).json()
    assert {name: events[-1]["payload"][name] for name in ("first_name", "last_name")} == {
        name: now[name] for name in ("first_name", "last_name")
    }


async def test_a_password_change_waits_for_a_login_that_is_being_written(api: Api) -> None:
    """The same with the moment held open: between the confirmed password and the commit of the login."""
    person = await api.join()
    body = {"current_password": PASSWORD, "new_password": "another-good-one-7"}
    async with api.database.transaction() as session:
        found = await accounts.credentials(session, person.email)
        assert found is not None
        user = await accounts.confirm(session, found, new_hash=None)
        assert user is not None
        change = asyncio.create_task(person.client.post("/api/auth/password/change/", json=body))
        done, _ = await asyncio.wait([change], timeout=1)
        assert not done
        issued = await logins.begin(session, api.parts, user, methods=("pwd",), device=Device("", ""))
    assert (await change).status_code == 204
    refused = await api.client().post("/api/auth/refresh/", json={"refresh": issued.refresh})
    assert refused.status_code == 401
