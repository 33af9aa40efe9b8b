"""One's own data: taken along, and left behind for good."""

import asyncio
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pyotp
import pytest
from PIL import Image
from services.identity.tests.conftest import PASSWORD, Api, Clock, Person

from identity.accounts.passwords import UNUSABLE

DELETE = "/api/auth/delete/"
EXPORT = "/api/auth/export/"


def picture() -> dict[str, Any]:
    made = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(made, "PNG")
    return {"file": ("me.png", made.getvalue(), "image/png")}


async def leave(person: Person, password: str | None = PASSWORD, **headers: str) -> httpx.Response:
    body = {} if password is None else {"current_password": password}
    return await person.client.post(DELETE, json=body, headers=headers)


async def test_everything_that_is_kept_and_no_secret(api: Api, user: Person, admin: Person) -> None:
    await user.client.patch("/api/auth/profile/", json={"bio": "Compilers.", "preferences": {"theme": "dark"}})
    await api.another_login(user)
    assert (await user.client.post("/api/auth/email/resend/")).status_code == 204
    await admin.client.patch(f"/api/users/{user.id}/", json={"role": "creator"})
    answer = await user.client.get(EXPORT)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"] == 'attachment; filename="identity-export.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    found = answer.json()
    assert (found["service"], found["profile"]["email"], found["profile"]["bio"]) == (
        "identity",
        user.email,
        "Compilers.",
    )
    assert found["profile"]["preferences"] == {"theme": "dark"}
    assert found["second_factors"] == {"totp_since": None, "recovery_codes_left": 0, "passkeys": []}
    assert {(mail["recipient"], mail["failed_at"]) for mail in found["mails"]} == {(user.email, None)}
    assert len(found["logins"]) == 2
    assert {login["revoked_at"] for login in found["logins"]} == {None}
    lines = {line["action"]: line for line in found["audit"]}
    assert lines["login.started"]["by_yourself"] is True
    # Who else did something to the account is theirs, and from where.
    changed = lines["account.role_changed"]
    assert (changed["by_yourself"], changed["address"], changed["user_agent"]) == (False, None, None)
    assert admin.id not in answer.text
    for secret in (user.refresh, user.access, PASSWORD, "argon2", "hash"):
        assert secret not in answer.text


async def test_second_factors_by_name_alone(user: Person) -> None:
    started = await user.client.post("/api/auth/second-factors/totp/", json={"current_password": PASSWORD})
    assert started.status_code == 200, started.text
    secret = started.json()["secret"]
    confirmed = await user.client.post(
        "/api/auth/second-factors/totp/confirm/", json={"code": pyotp.TOTP(secret).now()}
    )
    assert confirmed.status_code == 200, confirmed.text
    answer = await user.client.get(EXPORT)
    factors = answer.json()["second_factors"]
    assert (factors["totp_since"] is not None, factors["recovery_codes_left"]) == (True, 10)
    for kept_back in (secret, *confirmed.json()["recovery_codes"]):
        assert kept_back not in answer.text


async def test_visitors_have_neither(client: httpx.AsyncClient) -> None:
    for answer in (await client.get(EXPORT), await client.post(DELETE, json={"current_password": "x"})):
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


async def test_an_account_is_left_for_good(api: Api, creator: Person, client: httpx.AsyncClient) -> None:
    avatar = (await creator.client.post("/api/auth/avatar/", files=picture())).json()["avatar"]
    elsewhere = await api.another_login(creator)
    assert (await leave(creator)).status_code == 204
    # Nobody is logged in any more, nor can log in again.
    for person in (creator, elsewhere):
        assert (await person.profile()).status_code == 401
        refreshed = await client.post("/api/auth/refresh/", json={"refresh": person.refresh})
        assert refreshed.status_code == 401
    login = await client.post("/api/auth/login/", json={"email": creator.email, "password": PASSWORD})
    assert (login.status_code, login.json()["code"]) == (401, "invalid_credentials")
    # The row stays, and says nothing of whose it was; others hear that much, too.
    [row] = api.rows("SELECT * FROM users WHERE id = %s", creator.id)
    assert (row["is_active"], row["avatar"], row["bio"], row["password_hash"]) == (False, None, "", UNUSABLE)
    assert row["anonymised_at"] is not None
    assert not {creator.email, creator.username, "Robin", "Doe"} & {str(value) for value in row.values()}
    event = api.events(creator.id)[-1]
    assert event["type"] == "identity.user.deactivated.v1"
    assert (event["payload"]["is_active"], event["payload"]["email"]) == (False, row["email"])
    assert (await client.get(avatar)).status_code == 404
    assert (await client.get(f"/internal/avatars/{creator.id}/")).status_code == 404
    [line] = api.rows(
        "SELECT actor, before, after FROM audit_log WHERE subject = %s AND action = 'account.anonymised'", creator.id
    )
    assert str(line["actor"]) == creator.id
    assert creator.email not in str(line)
    # Address and name are free.
    again = await client.post(
        "/api/auth/register/", json={"email": creator.email, "username": creator.username, "password": PASSWORD}
    )
    assert (again.status_code, again.json()["id"] != creator.id) == (201, True)


@pytest.mark.parametrize("password", ["not it", "", None])
async def test_only_its_owner_leaves_it(user: Person, password: str | None) -> None:
    answer = await leave(user, password)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["current_password"])
    assert (await user.profile()).status_code == 200


async def test_without_a_password_the_login_must_be_fresh(api: Api, user: Person, clock: Clock) -> None:
    async with api.database.connection() as connection:
        await connection.execute("UPDATE users SET password_hash = %s WHERE id = %s", (UNUSABLE, user.id))
    clock.now += timedelta(minutes=11)
    stale = await leave(user, None)
    assert (stale.status_code, stale.json()["code"]) == (403, "reauthentication_required")
    clock.now -= timedelta(minutes=10)
    assert (await leave(user, None)).status_code == 204


async def test_the_last_admin_stays(own_api: Api) -> None:
    admins = [await own_api.join("admin") for _ in range(2)]
    answers = await asyncio.gather(*(leave(admin) for admin in admins))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "last_admin"
    assert len(own_api.rows("SELECT 1 FROM users WHERE role = 'admin' AND is_active")) == 1


async def test_pages_lose_their_cookies(api: Api, user: Person) -> None:
    page = {"X-Auth-Mode": "cookie", "Sec-Fetch-Site": "same-origin"}
    answer = await leave(user, PASSWORD, **page)
    assert answer.status_code == 204
    taken = [cookie for cookie in answer.headers.get_list("Set-Cookie") if "Max-Age=0" in cookie]
    assert [cookie.partition("=")[0] for cookie in taken] == ["refresh_token", "signed_in"]
    elsewhere = await leave(await api.join(), PASSWORD, **{**page, "Sec-Fetch-Site": "cross-site"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "cross_site")


async def test_what_comes_while_an_account_is_left_doesnt_bring_it_back(api: Api) -> None:
    """A picture or a name that arrives at the same moment comes before the deletion, or not at all."""
    for _ in range(5):
        person = await api.join(first_name="Ada")
        changes = [
            person.client.patch("/api/auth/profile/", json={"first_name": f"Grace {uuid4().hex}"}) for _ in range(3)
        ]
        uploads = [person.client.post("/api/auth/avatar/", files=picture()) for _ in range(2)]
        answers = await asyncio.gather(*changes, leave(person), *uploads)
        assert {answer.status_code for answer in answers} <= {200, 204, 400, 401}
        [row] = api.rows("SELECT is_active, first_name, avatar FROM users WHERE id = %s", person.id)
        if not row["is_active"]:
            assert (row["first_name"], row["avatar"]) == ("", None)
