"""Which passwords are good enough, and that hashing stands in nobody's way."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from identity.accounts.passwords import UNUSABLE, Passwords, check_password, common_passwords
from shared.errors import InvalidInput, Unavailable
from shared.testing.eventually import eventually


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(threads=1, queue=3)
    yield made
    made.close()


def check(password: str) -> None:
    check_password(password, email="ada.lovelace@example.com", username="Countess")


@pytest.mark.parametrize(
    "password",
    ["Test123!@#", "securepassword123", "correct horse battery", "пароль-надёжный", "🦊🦊🐻🐻🐼🐼🐨🐨", "x7y8" * 32],
)
def test_good_enough(password: str) -> None:
    check(password)


@pytest.mark.parametrize(
    "password",
    [
        *("password", "Password", "PASSWORD1", "12345678", "123456789", "1234567890", "qwertyuiop", "qwerty123"),
        *("iloveyou", "sunshine1", "letmein123", "welcome1", "passw0rd", "p@ssw0rd", "1q2w3e4r", "1qaz2wsx"),
        *(
            "abcdefgh",
            "zyxwvuts",
            "aaaaaaaa",
            "abababab",
            "11111111",
            "98765432",
            "asdfghjkl",
            "michael1",
            " password ",
        ),
        *("ada.lovelace@example.com", "ADA.LOVELACE", "countess"),
        *("test123", "short", "", "x7y8" * 33),
    ],
)
def test_not_good_enough(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(password)
    assert list(refused.value.errors or {}) == ["password"]


def test_length_is_in_characters() -> None:
    check("äöüßéñçø")
    with pytest.raises(InvalidInput):
        check("äöüßéñç")
    check("ab1" * 42 + "cd")
    with pytest.raises(InvalidInput):
        check("ab1" * 43)


def test_the_list_is_of_use() -> None:
    known = common_passwords()
    assert len(known) > 3000
    assert all(len(password) >= 8 and password == password.casefold() for password in known)


async def test_a_hash_is_argon2id_and_verifies(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await passwords.verify("correct horse", stored)).ok
    assert (await passwords.verify("correct horse", stored)).new_hash is None
    assert not (await passwords.verify("wrong horse", stored)).ok


@pytest.mark.parametrize("stored", [None, UNUSABLE, "", "plain text", "$argon2id$broken"])
async def test_no_hash_is_never_right(passwords: Passwords, stored: str | None) -> None:
    for password in ("", "!", "plain text", "correct horse"):
        assert not (await passwords.verify(password, stored)).ok


async def test_an_unknown_account_costs_the_same_work(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")

    async def median(hash_or_none: str | None) -> float:
        times = []
        for _ in range(9):
            started = time.process_time()
            await passwords.verify("wrong horse", hash_or_none)
            times.append(time.process_time() - started)
        return sorted(times)[4]

    known = await median(stored)
    for other in (None, UNUSABLE):
        assert 0.2 < await median(other) / known < 5


async def test_too_many_at_once_are_sent_away_and_the_others_served(passwords: Passwords) -> None:
    outcomes = await asyncio.gather(*(passwords.hash("correct horse") for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 4  # one at work, three waiting
    refused = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
    assert len(refused) == 6
    assert refused[0].headers["Retry-After"]
    # And then there is room again.
    assert (await passwords.hash("correct horse")).startswith("$argon2id$")


async def test_who_goes_away_leaves_room(passwords: Passwords) -> None:
    tasks = [asyncio.create_task(passwords.hash("correct horse")) for _ in range(4)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    # One was at work already, and is not interrupted.
    await eventually("the queue is empty", lambda: passwords._pending == 0)
    assert len(await asyncio.gather(*(passwords.hash("correct horse") for _ in range(4)))) == 4


async def test_the_loop_goes_on_meanwhile(passwords: Passwords) -> None:
    work = asyncio.gather(*(passwords.hash("correct horse") for _ in range(4)))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10
