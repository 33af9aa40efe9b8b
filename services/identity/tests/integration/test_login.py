"""Login, refresh, logout: every call with its documented answers."""

import asyncio
import time
from typing import Any

import httpx
import jwt
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from services.identity.tests.conftest import PASSWORD, Api, Person

LOGIN_USER = {"id", "email", "username", "first_name", "last_name", "role", "avatar"}


async def log_in(client: httpx.AsyncClient, email: Any, password: Any) -> httpx.Response:
    return await client.post("/api/auth/login/", json={"email": email, "password": password})


async def refresh(client: httpx.AsyncClient, token: Any, path: str = "refresh") -> httpx.Response:
    return await client.post(f"/api/auth/{path}/", json={"refresh": token})


async def test_a_login_answers_with_the_user_and_tokens(api: Api) -> None:
    person = await api.join("creator", avatar="https://images.example.com/a.jpg")
    answer = await log_in(api.client(), person.email, PASSWORD)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    found = answer.json()
    assert set(found) == {"user", "access", "refresh"}
    assert set(found["user"]) == LOGIN_USER
    assert found["user"]["avatar"] == "https://images.example.com/a.jpg"
    assert jwt.get_unverified_header(found["access"])["typ"] == "at+jwt"
    claims = jwt.decode(found["access"], options={"verify_signature": False})
    assert set(claims) == {
        *("iss", "aud", "iat", "exp", "jti", "sid", "amr", "sub", "ver", "role", "username", "given_name"),
        "family_name",
    }
    assert (claims["sub"], claims["role"], claims["ver"]) == (person.id, "creator", 1)
    assert claims["amr"] == ["pwd"]
    assert claims["exp"] - claims["iat"] == 900
    assert (await api.client(found["access"]).get("/api/auth/profile/")).status_code == 200


async def test_unknown_address_and_wrong_password_get_the_same_answer(api: Api, user: Person) -> None:
    client = api.client()
    answers = [
        await log_in(client, user.email, "wrong-password"),
        await log_in(client, "nobody@example.com", PASSWORD),
        await log_in(client, "no address at all", PASSWORD),
        await log_in(client, "nobody@xn--exmple-qta.com", PASSWORD),
        await log_in(client, "nobody@xn--\U0010ffff.com", PASSWORD),
        await log_in(client, "nobody@xn--999999999", PASSWORD),
        await log_in(client, "@" * 320, PASSWORD),
        await log_in(client, user.email, "x"),
        await log_in(client, user.username, PASSWORD),
    ]
    for answer in answers:
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    bodies = [{**answer.json(), "request_id": None} for answer in answers]
    assert bodies == [bodies[0]] * len(bodies)
    assert bodies[0]["code"] == "invalid_credentials"


async def test_unknown_accounts_cost_the_same_work(api: Api, user: Person) -> None:
    """The median of each kind, of what this process alone worked; a missing hash would be some 30 times faster."""

    async def median(email: str) -> float:
        times = []
        for _ in range(7):
            started = time.process_time()
            await log_in(api.client(), email, "wrong-password")
            times.append(time.process_time() - started)
        return sorted(times)[3]

    known = await median(user.email)
    for address in ("nobody@example.com", "nobody@xn--exmple-qta.com", "no address at all"):
        assert 0.2 < await median(address) / known < 5


async def test_a_disabled_account_is_told_only_to_who_knows_the_password(api: Api, user: Person, admin: Person) -> None:
    await admin.client.patch(f"/api/users/{user.id}/", json={"is_active": False})
    wrong = await log_in(api.client(), user.email, "wrong-password")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")
    right = await log_in(api.client(), user.email, PASSWORD)
    assert (right.status_code, right.json()["code"]) == (403, "account_disabled")


@pytest.mark.parametrize("value", [None, 1, True, [], {}, "", "x" * 5000, "a\x00b"])
@pytest.mark.parametrize("name", ["email", "password"])
async def test_bad_values_in_a_login_are_bad_input(client: httpx.AsyncClient, name: str, value: Any) -> None:
    body = {"email": "ada@example.com", "password": PASSWORD, name: value}
    answer = await client.post("/api/auth/login/", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


@pytest.mark.parametrize("path", ["refresh", "token/refresh"])
async def test_a_refresh_rotates(api: Api, user: Person, path: str) -> None:
    answer = await refresh(user.client, user.refresh, path)
    assert answer.status_code == 200
    found = answer.json()
    assert set(found) == {"access", "refresh"}
    assert found["refresh"] != user.refresh
    assert (await api.client(found["access"]).get("/api/auth/profile/")).status_code == 200
    assert (await refresh(user.client, found["refresh"])).status_code == 200


GARBAGE = ["", "x", "a" * 43, "a" * 4000, "ü" * 43, "..", "null", "' OR 1=1 --", "eyJhbGciOiJub25lIn0.e30."]


@pytest.mark.parametrize("token", GARBAGE)
async def test_any_other_token_is_invalid(client: httpx.AsyncClient, token: str) -> None:
    answer = await refresh(client, token)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


async def test_an_access_token_does_not_refresh(user: Person) -> None:
    assert (await refresh(user.client, user.access)).status_code == 401
    answer = await user.client.get("/api/auth/profile/", headers={"Authorization": f"Bearer {user.refresh}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["refresh", "token/refresh", "logout"])
@pytest.mark.parametrize("token", [None, 1, True, [], {}, "a\x00", "x" * 5000])
async def test_bad_values_for_a_token_are_bad_input(client: httpx.AsyncClient, path: str, token: Any) -> None:
    answer = await refresh(client, token, path)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert (await client.post(f"/api/auth/{path}/", json={})).status_code == 400


async def test_a_logout_ends_the_login_at_once(api: Api, user: Person) -> None:
    other = await api.another_login(user)
    answer = await refresh(api.client(), user.refresh, "logout")
    assert (answer.status_code, answer.content) == (204, b"")
    refused = await user.profile()
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_token")
    assert (await refresh(user.client, user.refresh)).status_code == 401
    # Again and again; and other logins go on.
    assert (await refresh(api.client(), user.refresh, "logout")).status_code == 204
    assert (await other.profile()).status_code == 200


@pytest.mark.parametrize("token", GARBAGE)
async def test_any_other_token_is_as_good_as_logged_out(client: httpx.AsyncClient, token: str) -> None:
    assert (await refresh(client, token, "logout")).status_code == 204


async def test_a_deactivated_account_is_out_at_once(api: Api, user: Person, admin: Person) -> None:
    await admin.client.patch(f"/api/users/{user.id}/", json={"is_active": False})
    assert (await user.profile()).status_code == 401
    answer = await refresh(user.client, user.refresh)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    # Coming back needs a new login; the old ones stay ended.
    await admin.client.patch(f"/api/users/{user.id}/", json={"is_active": True})
    assert (await user.profile()).status_code == 401
    assert (await refresh(user.client, user.refresh)).status_code == 401
    await api.log_in(user)


async def test_a_role_holds_from_the_next_request_on(user: Person, admin: Person) -> None:
    assert (await user.client.get("/api/users/")).status_code == 403
    await admin.client.patch(f"/api/users/{user.id}/", json={"role": "admin"})
    assert (await user.client.get("/api/users/")).status_code == 200
    await admin.client.patch(f"/api/users/{user.id}/", json={"role": "user"})
    assert (await user.client.get("/api/users/")).status_code == 403


async def test_an_older_hash_is_renewed_by_a_login(api: Api, user: Person) -> None:
    weak = PasswordHash((Argon2Hasher(memory_cost=8192, time_cost=1, parallelism=1),)).hash(PASSWORD)
    async with api.database.connection() as connection:
        await connection.execute("UPDATE users SET password_hash = %s WHERE id = %s", (weak, user.id))
    # Many at once: the first renews it, the others find another hash than they have checked, and look again.
    answers = await asyncio.gather(*(log_in(api.client(), user.email, PASSWORD) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    (row,) = api.rows("SELECT password_hash FROM users WHERE id = %s", user.id)
    assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_no_password_and_no_token_in_the_database(api: Api, user: Person) -> None:
    tables = {row["tablename"] for row in api.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'identity'")}
    for table in tables - {"alembic_version"}:
        dump = str(api.rows(f"SELECT t::text FROM {table} t"))
        for secret in (PASSWORD, user.access, user.refresh):
            assert secret not in dump


async def test_nothing_secret_in_the_logs(api: Api, caplog: pytest.LogCaptureFixture, capsys: Any) -> None:
    person = await api.join()
    again = (await refresh(person.client, person.refresh)).json()
    await refresh(person.client, again["refresh"], "logout")
    output = capsys.readouterr()
    text = output.out + output.err + caplog.text
    for secret in (PASSWORD, person.access, person.refresh, again["refresh"]):
        assert secret not in text
