"""One code, one challenge, one last factor, asked for by many at once; each with the control that shows the race."""

import asyncio

import httpx
import psycopg
import pytest
from services.identity.tests.authenticator import Authenticator
from services.identity.tests.conftest import Api, Clock, Person, running
from services.identity.tests.secondfactors import (
    FACTORS,
    PASSKEYS,
    App,
    add_app,
    add_passkey,
    by_passkey,
    first_step,
    owner,
    request_options,
    save_passkey,
    second_step,
    start_passkey,
)

MANY = 6


@pytest.fixture(autouse=True)
def _past(clock: Clock) -> None:
    clock.forward(minutes=-12)


def statuses(answers: list[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


async def challenges(api: Api, person: Person, number: int) -> list[str]:
    return [(await first_step(api, person))["challenge"] for _ in range(number)]


async def test_one_of_many_uses_a_code_of_the_app(api: Api, user: Person, clock: Clock) -> None:
    app = await add_app(user, clock)
    for _ in range(3):
        code = app.next_code()
        made = await challenges(api, user, MANY)
        answers = await asyncio.gather(*(second_step(api, challenge, "totp", code) for challenge in made))
        assert statuses(answers) == [200] + [401] * (MANY - 1)


async def test_one_of_many_uses_a_recovery_code(api: Api, user: Person, clock: Clock) -> None:
    app = await add_app(user, clock)
    for code in app.recovery_codes[:3]:
        made = await challenges(api, user, MANY)
        answers = await asyncio.gather(*(second_step(api, challenge, "recovery_code", code) for challenge in made))
        assert statuses(answers) == [200] + [401] * (MANY - 1)
    assert (await user.client.get(f"{FACTORS}/")).json()["recovery_codes_left"] == 7


async def test_one_of_many_answers_a_challenge(api: Api, user: Person, clock: Clock) -> None:
    """Each with a code of its own: the challenge alone is what they share."""
    app = await add_app(user, clock)
    (challenge,) = await challenges(api, user, 1)
    codes = app.recovery_codes[:5]
    answers = await asyncio.gather(*(second_step(api, challenge, "recovery_code", code) for code in codes))
    assert statuses(answers) == [200, 401, 401, 401, 401]
    # Who came too late has used nothing up.
    assert (await user.client.get(f"{FACTORS}/")).json()["recovery_codes_left"] == 9


async def test_one_of_many_uses_a_passkeys_answer(api: Api, user: Person) -> None:
    authenticator = await add_passkey(user)
    credential = authenticator.get(await request_options(api))
    answers = await asyncio.gather(*(by_passkey(api, credential) for _ in range(MANY)))
    assert statuses(answers) == [200] + [401] * (MANY - 1)
    made = Authenticator().create(await start_passkey(user))
    answers = await asyncio.gather(*(save_passkey(user, made) for _ in range(MANY)))
    assert statuses(answers) == [201] + [400] * (MANY - 1)


async def test_guesses_at_once_are_counted_one_by_one(api: Api, user: Person, clock: Clock) -> None:
    app = await add_app(user, clock)
    wrong = next(code for code in ("000000", "111111", "222222", "333333", "444444") if code not in near(app))
    (challenge,) = await challenges(api, user, 1)
    answers = await asyncio.gather(*(second_step(api, challenge, "totp", wrong) for _ in range(12)))
    codes = [answer.json()["code"] for answer in answers]
    assert codes.count("invalid_second_factor") == 5
    assert codes.count("invalid_challenge") == 7


def near(app: App) -> set[str]:
    return {app.code(step) for step in range(-2, 3)}


async def test_looking_before_marking_would_accept_a_code_many_times(api: Api) -> None:
    """The control: each finds the code unused, and then marks it."""
    async with await psycopg.AsyncConnection.connect(api.test_database.dsn("identity", owner=True)) as owner_connection:
        await owner_connection.execute("CREATE TABLE control_codes AS SELECT 1 AS id, false AS used")
    everybody_looked = asyncio.Barrier(MANY)

    async def use() -> bool:
        async with await psycopg.AsyncConnection.connect(api.test_database.dsn("identity")) as connection:
            found = await (await connection.execute("SELECT 1 FROM control_codes WHERE NOT used")).fetchone()
            await everybody_looked.wait()
            await connection.execute("UPDATE control_codes SET used = true")
            return found is not None

    assert sum(await asyncio.gather(*(use() for _ in range(MANY)))) == MANY


async def test_an_admin_keeps_one_of_two_factors(own_api: Api) -> None:
    """Both are removed at once, where admins must have one: the other one stays."""
    async with running(own_api.test_database, require_admin_second_factor=True) as strict:
        for _ in range(4):
            admin = await strict.join("admin")
            now = Clock()
            app = App((await admin.client.post(f"{FACTORS}/totp/", json=owner(admin))).json()["secret"], now)
            await admin.client.post(f"{FACTORS}/totp/confirm/", json={"code": app.code()})
            await add_passkey(admin)
            (passkey,) = (await admin.client.get(f"{PASSKEYS}/")).json()
            answers = await asyncio.gather(
                admin.client.post(f"{FACTORS}/totp/disable/", json=owner(admin)),
                admin.client.post(f"{PASSKEYS}/{passkey['id']}/remove/", json=owner(admin)),
            )
            assert statuses(list(answers)) == [204, 409]
            found = (await admin.client.get(f"{FACTORS}/")).json()
            assert (found["totp_since"] is not None) + found["passkeys"] == 1


async def test_counting_before_removing_would_leave_none(api: Api) -> None:
    """The control: each counts two, and removes one."""
    async with await psycopg.AsyncConnection.connect(api.test_database.dsn("identity", owner=True)) as owner_connection:
        await owner_connection.execute("CREATE TABLE control_factors AS SELECT generate_series(1, 2) AS id")
    everybody_counted = asyncio.Barrier(2)

    async def remove(factor: int) -> None:
        async with await psycopg.AsyncConnection.connect(api.test_database.dsn("identity")) as connection:
            found = await (await connection.execute("SELECT count(*) FROM control_factors")).fetchone()
            await everybody_counted.wait()
            if found is not None and found[0] > 1:
                await connection.execute("DELETE FROM control_factors WHERE id = %s", (factor,))

    await asyncio.gather(remove(1), remove(2))
    assert api.rows("SELECT 1 FROM control_factors") == []
