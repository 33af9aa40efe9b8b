"""Who guesses is slowed down, whoever they guess for, and the owner of an account isn't locked out."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from services.identity.tests.conftest import PASSWORD, Api, Clock, Person, migrated, running
from services.identity.tests.integration.test_browser import DEVICE, page
from services.identity.tests.integration.test_races import Connection, control_table, in_parallel

from identity.throttle import service
from identity.throttle.errors import TooManyAttempts
from shared.clock import utcnow
from shared.errors import Unavailable
from shared.testing.infra import TestDatabase

LIMITS = {
    "login_backoff_after": 5,
    "login_failures_per_address": 20,
    "login_failures_seconds": 600,
    "registrations_per_hour": 60,
    "registrations_burst": 3,
}


@pytest.fixture(scope="module")
async def limited_database(make_database: Callable[[], TestDatabase]) -> TestDatabase:
    return await migrated(make_database())


@pytest.fixture(scope="module")
async def limited(limited_database: TestDatabase) -> AsyncIterator[Api]:
    """An api with limits, in which time stands still."""
    async with running(limited_database, **LIMITS) as api:
        yield api


@pytest.fixture
def time(limited: Api) -> Iterator[Clock]:
    made = Clock()
    limited.app.state.clock = made
    yield made
    limited.app.state.clock = utcnow


@pytest.fixture
async def owner(limited: Api, time: Clock) -> Person:
    return await limited.join()


def an_address() -> str:
    """One that nobody has failed from."""
    number = uuid4().int
    return f"10.{number % 250}.{number // 250 % 250}.{number // 62500 % 250}"


async def try_password(
    client: httpx.AsyncClient, email: str, password: str = "wrong-password", address: str = "", **headers: str
) -> httpx.Response:
    return await client.post(
        "/api/auth/login/",
        json={"email": email, "password": password},
        headers={"X-Real-IP": address or an_address(), **headers},
    )


def refused(answer: httpx.Response) -> int:
    """How long a refusal says to wait."""
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts"), answer.text
    return int(answer.headers["Retry-After"])


@pytest.mark.parametrize("known", [True, False])
async def test_from_the_fifth_failure_on_there_are_growing_pauses(
    limited: Api, owner: Person, time: Clock, known: bool
) -> None:
    email = owner.email if known else f"{uuid4().hex}@example.com"
    client = limited.client()
    for spelling in (email, email.upper(), f" {email}", email, email):
        assert (await try_password(client, spelling)).status_code == 401
    for pause in (5, 10, 20, 40, 80, 160, 300, 300):
        assert refused(await try_password(client, email)) == pause
        # Nothing is verified meanwhile, and being refused makes the pause no longer.
        assert refused(await try_password(client, email, PASSWORD)) == pause
        time.forward(seconds=pause)
        assert (await try_password(client, email)).status_code == 401


async def test_the_right_password_clears_the_count(limited: Api, owner: Person, time: Clock) -> None:
    client = limited.client()
    for _ in range(3):
        for _ in range(4):
            assert (await try_password(client, owner.email)).status_code == 401
        assert (await try_password(client, owner.email, PASSWORD)).status_code == 200
    for _ in range(5):
        assert (await try_password(client, owner.email)).status_code == 401
    time.forward(seconds=5)
    assert (await try_password(client, owner.email, PASSWORD)).status_code == 200
    assert (await try_password(client, owner.email)).status_code == 401


async def test_failures_are_forgotten_after_a_day(limited: Api, owner: Person, time: Clock) -> None:
    client = limited.client()
    for _ in range(4):
        await try_password(client, owner.email)
    time.forward(hours=25)
    for _ in range(5):
        assert (await try_password(client, owner.email)).status_code == 401
    refused(await try_password(client, owner.email))


async def test_a_known_device_does_not_wait_behind_strangers(limited: Api, owner: Person, time: Clock) -> None:
    browser = page(limited)
    assert (await try_password(browser, owner.email, PASSWORD)).status_code == 200
    cookie = {"Cookie": f"{DEVICE}={browser.cookies[DEVICE]}"}
    stranger = limited.client()
    for _ in range(5):
        await try_password(stranger, owner.email)
    refused(await try_password(stranger, owner.email, PASSWORD))
    assert (await try_password(page(limited), owner.email, PASSWORD, **cookie)).status_code == 200
    # A device that isn't this account's, or nobody's, helps nobody.
    for secret in ("x" * 43, browser.cookies[DEVICE][::-1]):
        refused(await try_password(stranger, owner.email, PASSWORD, Cookie=f"{DEVICE}={secret}"))
    other = await limited.join()
    for _ in range(5):
        await try_password(stranger, other.email)
    refused(await try_password(stranger, other.email, PASSWORD, **cookie))
    # Nor is a known one, which may have been stolen, good for guessing without end.
    for _ in range(5):
        assert (await try_password(stranger, owner.email, **cookie)).status_code == 401
    assert refused(await try_password(stranger, owner.email, PASSWORD, **cookie)) == 5


async def test_asking_for_the_password_again_counts_as_well(limited: Api, owner: Person, time: Clock) -> None:
    change = {"current_password": "wrong-password", "new_password": "another-good-one-7"}
    for _ in range(5):
        answer = await owner.client.post("/api/auth/password/change/", json=change)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["current_password"])
    assert refused(await owner.client.post("/api/auth/password/change/", json=change)) == 5
    refused(await try_password(limited.client(), owner.email, PASSWORD))
    assert (await owner.profile()).status_code == 200


async def test_many_at_once_get_no_further_on_several_replicas(
    limited: Api, limited_database: TestDatabase, owner: Person, time: Clock
) -> None:
    async with running(limited_database, **LIMITS) as replica:
        replica.app.state.clock = time
        clients = [api.client() for api in (limited, replica) for _ in range(15)]
        answers = await asyncio.gather(*(try_password(client, owner.email) for client in clients))
    assert Counter(answer.status_code for answer in answers) == {401: 5, 429: 25}


async def test_counting_after_verifying_would_let_all_of_them_try(api: Api) -> None:
    """The control: each looks at the count, verifies, and counts its failure then."""
    await control_table(api, "CREATE TABLE control_throttles AS SELECT 0 AS failures")
    everybody_looked = asyncio.Barrier(8)
    verified = []

    async def guess(connection: Connection) -> None:
        cursor = await connection.execute("SELECT failures FROM control_throttles")
        row = await cursor.fetchone()
        await everybody_looked.wait()
        if row is not None and row[0] < 5:
            verified.append(True)
            await connection.execute("UPDATE control_throttles SET failures = failures + 1")

    await in_parallel(api, 8, guess)
    assert len(verified) == 8


async def test_many_who_know_the_password_are_no_failures(limited: Api, owner: Person, time: Clock) -> None:
    clients = [limited.client() for _ in range(12)]
    answers = await asyncio.gather(*(try_password(client, owner.email, PASSWORD) for client in clients))
    assert {answer.status_code for answer in answers} == {200}


async def test_an_address_has_so_many_failures(limited: Api, owner: Person, time: Clock) -> None:
    client, address = limited.client(), an_address()
    for _ in range(20):
        # What succeeds is no failure.
        assert (await try_password(client, owner.email, PASSWORD, address=address)).status_code == 200
        assert (await try_password(client, f"{uuid4().hex}@example.com", address=address)).status_code == 401
    assert refused(await try_password(client, f"{uuid4().hex}@example.com", address=address)) == 30
    refused(await try_password(client, owner.email, PASSWORD, address=address))
    assert (await try_password(client, owner.email, PASSWORD)).status_code == 200
    time.forward(seconds=30)
    assert (await try_password(client, owner.email, PASSWORD, address=address)).status_code == 200
    assert (await try_password(client, owner.email, address=address)).status_code == 401
    refused(await try_password(client, owner.email, PASSWORD, address=address))


async def test_neighbours_in_ipv6_are_one(limited: Api, time: Clock) -> None:
    prefix, client = f"2001:db8:{uuid4().hex[:4]}", limited.client()
    for number in range(20):
        await try_password(client, f"{uuid4().hex}@example.com", address=f"{prefix}::{number:x}")
    refused(await try_password(client, f"{uuid4().hex}@example.com", address=f"{prefix}::ffff:1"))
    other = await try_password(client, f"{uuid4().hex}@example.com", address=f"{prefix}:1::1")
    assert other.status_code == 401


async def test_registrations_from_an_address(limited: Api, time: Clock) -> None:
    client, address = limited.client(), an_address()

    async def register(**fields: Any) -> httpx.Response:
        name = f"u{uuid4().hex[:12]}"
        body = {"email": f"{name}@example.com", "username": name, "password": PASSWORD, **fields}
        return await client.post("/api/auth/register/", json=body, headers={"X-Real-IP": address})

    first = await register(username="somebody-new")
    # One that is refused counts, too: it tells who has an account.
    answers = [first, await register(username="somebody-new"), await register(), await register()]
    assert [answer.status_code for answer in answers] == [201, 409, 201, 429]
    assert refused(answers[-1]) == 60
    time.forward(minutes=1)
    assert [(await register()).status_code for _ in range(2)] == [201, 429]


async def test_what_ends_by_an_outage_is_no_failure(limited: Api, time: Clock) -> None:
    account, throttle = uuid4().hex, limited.parts.throttle
    for _ in range(10):
        with contextlib.suppress(Unavailable):
            async with throttle.attempt("password", account, address=""):
                raise Unavailable
    async with throttle.attempt("password", account, address="") as attempt:
        attempt.succeeded()


async def test_a_process_that_died_is_not_waited_for(limited: Api, time: Clock) -> None:
    account, throttle = uuid4().hex, limited.parts.throttle
    running_tries = [throttle.attempt("second factor", account, address="") for _ in range(5)]
    for each in running_tries:
        await each.__aenter__()
    with pytest.raises(TooManyAttempts):
        await throttle.attempt("second factor", account, address="").__aenter__()
    # What else can be guessed has a count of its own.
    async with throttle.attempt("password", account, address=""):
        pass
    time.forward(seconds=31)
    async with throttle.attempt("second factor", account, address=""):
        pass


async def test_a_clock_that_was_wrong_locks_nobody_out(limited: Api, owner: Person, time: Clock) -> None:
    client, address = limited.client(), an_address()
    time.forward(days=1)
    for _ in range(5):
        await try_password(client, owner.email, address=address)
    time.forward(days=-1)
    for _ in range(15):
        await try_password(client, f"{uuid4().hex}@example.com", address=address)
    assert (await try_password(client, owner.email, PASSWORD, address=address)).status_code == 200


@pytest.mark.parametrize("seconds", [0.05, 5, 120])
async def test_a_replica_whose_clock_is_behind_refuses_nobody(
    limited: Api, owner: Person, time: Clock, seconds: float
) -> None:
    client, address = limited.client(), an_address()
    assert (await try_password(client, owner.email, PASSWORD, address=address)).status_code == 200
    time.forward(seconds=-seconds)
    assert (await try_password(client, owner.email, PASSWORD, address=address)).status_code == 200
    time.forward(seconds=seconds)
    assert (await try_password(client, owner.email, PASSWORD, address=address)).status_code == 200


async def test_nobody_reads_in_the_table_who_was_tried_and_it_forgets(limited: Api, time: Clock) -> None:
    await try_password(limited.client(), "a-secret-typed-into-the-wrong-field")
    assert "a-secret" not in str(limited.rows("SELECT encode(key, 'escape') FROM throttles"))
    time.forward(days=3)
    await service.prune(limited.database, time())
    assert limited.rows("SELECT 1 FROM throttles") == []
