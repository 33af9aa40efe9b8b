"""What several do at the same moment, each with the control that shows the race to be real."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from services.identity.tests.conftest import Api, Person
from services.identity.tests.integration.oauth.conftest import Someone, browser_of, is_logged_in, linked, told

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


async def control(api: Api, table: str, number: int, work: Callable[[Connection], Awaitable[None]]) -> int:
    """Run the work on so many connections, over a table of one column; how many rows there are afterwards."""
    async with await psycopg.AsyncConnection.connect(api.test_database.dsn("identity", owner=True)) as owner:
        await owner.execute(f"CREATE TABLE {table} (key text)")

    async def one() -> None:
        async with await psycopg.AsyncConnection.connect(api.test_database.dsn("identity")) as connection:
            await work(connection)

    await asyncio.gather(*(one() for _ in range(number)))
    return len(api.rows(f"SELECT * FROM {table}"))


async def test_of_many_callbacks_of_one_attempt_one_is_let_in(api: Api) -> None:
    for provider in ("google", "github", "google"):
        browser, ada = browser_of(api), Someone()
        back = await browser.at_provider(await browser.begin(provider), ada)
        browser.headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.site.cookies.items())}
        browser.site.cookies.clear()
        answers = await asyncio.gather(*(browser.come_back(back) for _ in range(6)))
        assert [is_logged_in(answer) for answer in answers].count(True) == 1
        assert sorted(told(answer)[1].get("reason", "") for answer in answers) == ["", *["oauth_state"] * 5]
        assert len(api.rows("SELECT 1 FROM users WHERE email = %s", ada.email)) == 1


async def test_looking_before_deleting_would_let_many_in(api: Api) -> None:
    """The control: each looks whether the attempt is there, and then takes it away."""
    everybody_looked, let_in = asyncio.Barrier(4), []
    async with await psycopg.AsyncConnection.connect(api.test_database.dsn("identity", owner=True)) as owner:
        await owner.execute("CREATE TABLE control_attempts AS SELECT 'state' AS key")

    async def come_back(connection: Connection) -> None:
        found = await (await connection.execute("SELECT 1 FROM control_attempts")).fetchone()
        await everybody_looked.wait()
        await connection.execute("DELETE FROM control_attempts")
        if found is not None:
            let_in.append(found)

    await control(api, "control_unused", 4, come_back)
    assert len(let_in) == 4


async def test_somebody_new_who_comes_twice_at_once_gets_one_account(api: Api) -> None:
    for provider in ("google", "github", "google"):
        ada, browsers = Someone(), [browser_of(api) for _ in range(4)]
        backs = [await each.at_provider(await each.begin(provider), ada) for each in browsers]
        answers = await asyncio.gather(*(each.come_back(back) for each, back in zip(browsers, backs, strict=True)))
        assert all(is_logged_in(answer) for answer in answers)
        assert len({(await each.profile())["id"] for each in browsers}) == 1
        assert len(api.rows("SELECT 1 FROM users WHERE email = %s", ada.email)) == 1


async def test_of_many_accounts_one_is_linked(api: Api) -> None:
    for _ in range(3):
        ada, people = Someone(), [await api.join() for _ in range(4)]
        pages = [browser_of(api, Authorization=f"Bearer {person.access}") for person in people]
        backs = []
        for page, person in zip(pages, people, strict=True):
            body = {"current_password": person.password}
            asked = await page.site.post("/api/auth/oauth/google/link/", json=body, headers=page.headers)
            backs.append(await page.at_provider(asked.json()["authorize_url"], ada))
        answers = await asyncio.gather(*(page.come_back(back) for page, back in zip(pages, backs, strict=True)))
        assert sorted(next(iter(told(answer)[1].values())) for answer in answers) == [
            "google",
            *["oauth_identity_taken"] * 3,
        ]
        assert sorted([await linked(person) for person in people]) == [[], [], [], ["google"]]


async def test_looking_before_linking_would_link_many(api: Api) -> None:
    """The control: no lock and no key, but a look whether somebody else has it."""
    everybody_looked = asyncio.Barrier(4)

    async def link(connection: Connection) -> None:
        taken = await (await connection.execute("SELECT 1 FROM control_links WHERE key = 'subject'")).fetchone()
        await everybody_looked.wait()
        if taken is None:
            await connection.execute("INSERT INTO control_links VALUES ('subject')")

    assert await control(api, "control_links", 4, link) == 4


async def test_two_that_unlink_at_once_leave_one_way_to_log_in(api: Api) -> None:
    for _ in range(4):
        browser = browser_of(api)
        await browser.log_in("google", Someone())
        access = await browser.access()
        page = browser_of(api, Authorization=f"Bearer {access}")
        asked = await page.site.post("/api/auth/oauth/github/link/", json={}, headers=page.headers)
        await page.come_back(await page.at_provider(asked.json()["authorize_url"], Someone()))
        client = api.client(access)

        async def unlink(provider: str, client: httpx.AsyncClient = client) -> httpx.Response:
            return await client.post(f"/api/auth/oauth/accounts/{provider}/unlink/", json={})

        answers = await asyncio.gather(unlink("google"), unlink("github"))
        assert sorted(answer.status_code for answer in answers) == [204, 409]
        assert len((await client.get("/api/auth/oauth/accounts/")).json()) == 1


async def test_counting_before_unlinking_would_leave_none(api: Api) -> None:
    """The control: each counts two, and takes its own away."""
    everybody_counted, keys = asyncio.Barrier(2), iter(("google", "github"))
    async with await psycopg.AsyncConnection.connect(api.test_database.dsn("identity", owner=True)) as owner:
        await owner.execute("CREATE TABLE control_ways AS SELECT * FROM (VALUES ('google'), ('github')) v (key)")

    async def unlink(connection: Connection) -> None:
        row = await (await connection.execute("SELECT count(*) FROM control_ways")).fetchone()
        await everybody_counted.wait()
        if row is not None and row[0] > 1:
            await connection.execute("DELETE FROM control_ways WHERE key = %s", (next(keys),))

    await control(api, "control_not_used", 2, unlink)
    assert api.rows("SELECT * FROM control_ways") == []


async def test_no_login_of_a_squatter_outlives_the_handing_over(api: Api) -> None:
    for _ in range(3):
        squatter = await api.join()
        browser = browser_of(api)
        back = await browser.at_provider(await browser.begin("google"), Someone(email=squatter.email))

        async def log_in(person: Person = squatter) -> httpx.Response:
            body = {"email": person.email, "password": person.password}
            return await api.client().post("/api/auth/login/", json=body)

        answer, *logins = await asyncio.gather(browser.come_back(back), *(log_in() for _ in range(4)))
        assert is_logged_in(answer)
        for login in logins:
            assert login.status_code in (200, 401)
            if login.status_code == 200:
                assert (await api.client(login.json()["access"]).get("/api/auth/profile/")).status_code == 401
        assert (await browser.profile())["id"] == squatter.id


async def test_an_address_that_is_registered_at_the_same_moment_is_one_account(api: Api) -> None:
    for _ in range(4):
        ada, browser = Someone(), browser_of(api)
        back = await browser.at_provider(await browser.begin("google"), ada)
        body = {"email": ada.email, "username": f"u{uuid4().hex[:12]}", "password": "correct-horse-battery-9"}
        registered, answer = await asyncio.gather(
            api.client().post("/api/auth/register/", json=body), browser.come_back(back)
        )
        assert registered.status_code in (201, 409)
        assert is_logged_in(answer)
        assert len(api.rows("SELECT 1 FROM users WHERE email = %s", ada.email)) == 1
        # Whoever came first: it is the person's whom the provider knows.
        refused = await api.client().post("/api/auth/login/", json={k: body[k] for k in ("email", "password")})
        assert refused.status_code == 401
