"""Refresh tokens that somebody else has, or had: each is refused, and what it may cost the owner is written here."""

import asyncio
import hmac
from typing import Any

import httpx
import pytest
from services.identity.tests.conftest import PASSWORD, Api, Clock, Person, running

from identity.login.tokens import hash_token
from shared.testing.attacks import encoded
from shared.testing.tokens import TokenFactory


async def status(api: Api, token: str, **more: Any) -> int:
    answer = await api.client().post("/api/auth/refresh/", json={"refresh": token}, **more)
    assert answer.status_code == 200 or answer.json()["code"] in ("invalid_token", "invalid_input"), answer.text
    return answer.status_code


async def renewed(api: Api, token: str) -> str:
    answer = await api.client().post("/api/auth/refresh/", json={"refresh": token})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["refresh"])


async def test_after_a_logout(api: Api, user: Person) -> None:
    second = await renewed(api, user.refresh)
    await user.client.post("/api/auth/logout/", json={"refresh": second})
    assert [await status(api, token) for token in (user.refresh, second)] == [401, 401]


async def test_after_a_logout_with_an_older_token(api: Api, user: Person) -> None:
    """Whoever logs out by any token of the family ends it."""
    second = await renewed(api, await renewed(api, user.refresh))
    await user.client.post("/api/auth/logout/", json={"refresh": user.refresh})
    assert await status(api, second) == 401


async def test_after_the_password_was_changed_elsewhere(api: Api, user: Person) -> None:
    other = await api.another_login(user)
    body = {"current_password": PASSWORD, "new_password": "another-horse-battery-9"}
    assert (await user.client.post("/api/auth/password/change/", json=body)).status_code == 204
    assert await status(api, other.refresh) == 401
    assert await status(api, user.refresh) == 200


async def test_after_the_account_was_disabled_and_enabled_again(api: Api, user: Person, admin: Person) -> None:
    for is_active in (False, True):
        await admin.client.patch(f"/api/users/{user.id}/", json={"is_active": is_active})
        assert await status(api, user.refresh) == 401
    await api.log_in(user)


async def test_after_the_account_was_deleted(api: Api, user: Person, admin: Person) -> None:
    assert (await admin.client.delete(f"/api/users/{user.id}/")).status_code == 204
    assert await status(api, user.refresh) == 401


async def test_repeats_do_not_prolong_the_grace(api: Api, user: Person, clock: Clock) -> None:
    second = await renewed(api, user.refresh)
    for _ in range(3):
        clock.forward(seconds=3)
        assert await renewed(api, user.refresh) == second
    clock.forward(seconds=3)
    assert [await status(api, token) for token in (user.refresh, second)] == [401, 401]


async def test_many_at_once_after_the_grace(api: Api, user: Person, clock: Clock) -> None:
    second = await renewed(api, user.refresh)
    clock.forward(seconds=11)
    answers = await asyncio.gather(*(status(api, user.refresh) for _ in range(8)), status(api, second))
    assert set(answers[:-1]) == {401}
    assert await status(api, second) == 401


async def test_at_another_replica(api: Api, user: Person, clock: Clock) -> None:
    """All replicas count as one: the same successor within the grace, and the end of the family after it."""
    async with running(api.test_database) as other:
        other.app.state.clock = clock
        second = await renewed(api, user.refresh)
        assert await renewed(other, user.refresh) == second
        clock.forward(seconds=11)
        assert await status(other, user.refresh) == 401
        assert await status(api, second) == 401


async def test_a_guessed_successor(api: Api, user: Person) -> None:
    """Whoever has a token, and the rows of the database, still lacks the server's key."""
    token_hash = hash_token(user.refresh)
    for key in (b"", b"x" * 32, user.refresh.encode(), token_hash):
        digest = hmac.digest(key, token_hash, "sha256")
        assert await status(api, encoded(digest)) == 401
    assert await status(api, user.refresh) == 200


async def test_what_the_database_holds(api: Api, user: Person) -> None:
    (row,) = api.rows("SELECT t.* FROM refresh_tokens t JOIN logins l ON l.id = t.login_id WHERE user_id = %s", user.id)
    for stolen in (row["token_hash"].hex(), encoded(row["token_hash"]), str(row["login_id"])):
        assert await status(api, stolen) == 401
    assert await status(api, user.refresh) == 200


@pytest.mark.parametrize(
    "bend",
    [
        str.lower,
        str.upper,
        lambda t: f" {t}",
        lambda t: f"{t}\n",
        lambda t: f"{t}=",
        lambda t: t[:-1],
        lambda t: t + "A",
    ],
    ids=["small letters", "capitals", "a space before", "a line's end", "padding", "cut", "prolonged"],
)
async def test_a_text_that_looks_like_it(api: Api, user: Person, bend: Any) -> None:
    assert await status(api, bend(user.refresh)) == 401
    assert await status(api, user.refresh) == 200


@pytest.mark.parametrize("token", ["", "x" * 4096, "\u202e" * 40, "' OR ''='", TokenFactory().token()])
async def test_anything_else(api: Api, token: str) -> None:
    assert await status(api, token) == 401


@pytest.mark.parametrize("body", [{"refresh": None}, {"refresh": ["x"]}, {"refresh": "x" * 4097}, {"refresh": "a\x00"}])
async def test_what_is_no_text_is_bad_input(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await client.post("/api/auth/refresh/", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
