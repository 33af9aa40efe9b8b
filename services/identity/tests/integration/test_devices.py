"""Where logins come from, and which devices an account knows."""

from datetime import timedelta
from typing import Any

import httpx
from services.identity.tests.conftest import PASSWORD, Api, Clock, Person
from services.identity.tests.integration.test_browser import DEVICE, SECURE_DEVICE, cookies, log_in, page


def logins(api: Api, person: Person) -> list[dict[str, Any]]:
    return api.rows("SELECT * FROM logins WHERE user_id = %s ORDER BY created_at, id", person.id)


def known(api: Api, person: Person) -> list[bool]:
    """Of each login, whether it came from a device that the account knew."""
    query = "SELECT after FROM audit_log WHERE subject = %s AND action = 'login.started' ORDER BY id"
    return [row["after"]["known_device"] for row in api.rows(query, person.id)]


def device_of(answer: httpx.Response, name: str = DEVICE) -> str:
    return cookies(answer)[name].value


async def test_a_login_notes_where_it_comes_from_and_each_refresh_where_it_is_now(
    api: Api, user: Person, clock: Clock
) -> None:
    there = {"User-Agent": "Browser/1.0 \x07(X11)", "X-Real-IP": "203.0.113.7"}
    body = {"email": user.email, "password": PASSWORD}
    tokens = (await api.client().post("/api/auth/login/", json=body, headers=there)).json()
    (_, login) = logins(api, user)
    assert (login["user_agent"], login["address"], login["methods"]) == ("Browser/1.0 (X11)", "203.0.113.7", ["pwd"])
    assert login["device_hash"] is None
    clock.forward(hours=1)
    elsewhere = {"User-Agent": "Browser/2.0", "X-Real-IP": "2001:0db8::7"}
    body = {"refresh": tokens["refresh"]}
    assert (await api.client().post("/api/auth/refresh/", json=body, headers=elsewhere)).status_code == 200
    (_, later) = logins(api, user)
    assert (later["user_agent"], later["address"]) == ("Browser/2.0", "2001:db8::7")
    assert later["last_used_at"] - login["last_used_at"] >= timedelta(minutes=59)
    assert later["created_at"] == login["created_at"]


async def test_what_claims_to_be_an_address_is_one_or_nothing(api: Api, user: Person) -> None:
    headers = {"X-Real-IP": "203.0.113.7, <script>", "User-Agent": "x" * 3000}
    body = {"email": user.email, "password": PASSWORD}
    assert (await api.client().post("/api/auth/login/", json=body, headers=headers)).status_code == 200
    login = logins(api, user)[-1]
    assert (login["address"], login["user_agent"]) == ("", "x" * 500)


async def test_a_browser_keeps_the_secret_of_its_device(api: Api, user: Person) -> None:
    first = await log_in(page(api), user)
    cookie = cookies(first)[DEVICE]
    assert (cookie["path"], cookie["samesite"].lower(), cookie["httponly"]) == ("/api/auth/", "strict", True)
    assert cookie["max-age"] == str(365 * 24 * 3600)
    secret = cookie.value
    again = await log_in(page(api), user, Cookie=f"{DEVICE}={secret}")
    assert device_of(again) == secret
    over_tls = await log_in(page(api, tls=True), user, Cookie=f"{DEVICE}={secret}")
    assert cookies(over_tls)[SECURE_DEVICE]["secure"] is True
    assert device_of(over_tls, SECURE_DEVICE) != secret
    for nonsense in ("", "x", "x" * 44, "é" * 43):
        answer = await log_in(page(api), user, Cookie=f"{DEVICE}={nonsense}".encode())  # type: ignore[arg-type]
        assert len(device_of(answer)) == 43
    hashes = [row["device_hash"] for row in logins(api, user)[1:]]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == len(hashes) - 1
    assert secret not in str(api.rows("SELECT * FROM known_devices WHERE user_id = %s", user.id))


async def test_a_client_without_cookies_gets_none(api: Api, user: Person) -> None:
    body = {"email": user.email, "password": PASSWORD}
    answer = await api.client().post("/api/auth/login/", json=body)
    assert "Set-Cookie" not in answer.headers


async def test_a_device_is_known_by_its_cookie_or_for_a_while_by_its_program(api: Api, clock: Clock) -> None:
    person = await api.join()  # by a program: an account's first device is no news
    secret = device_of(await log_in(page(api), person))
    await log_in(page(api), person, Cookie=f"{DEVICE}={secret}")
    await log_in(page(api), person)
    assert known(api, person) == [True, False, True, False]
    clock.forward(days=89)
    await api.log_in(person)
    clock.forward(days=91)
    await api.log_in(person)
    await log_in(page(api), person, Cookie=f"{DEVICE}={secret}")
    assert known(api, person)[4:] == [True, False, True]
    # And it says nothing to other accounts.
    other = await api.join()
    await log_in(page(api), other, Cookie=f"{DEVICE}={secret}")
    assert known(api, other) == [True, False]


async def test_a_deleted_account_leaves_no_trace_of_its_devices(api: Api, admin: Person, user: Person) -> None:
    await log_in(page(api), user)
    await admin.client.delete(f"/api/users/{user.id}/")
    assert api.rows("SELECT 1 FROM known_devices WHERE user_id = %s", user.id) == []
    assert {(row["user_agent"], row["address"], row["device_hash"]) for row in logins(api, user)} == {("", "", None)}


async def test_without_a_password_a_fresh_login_takes_its_place(api: Api, user: Person, clock: Clock) -> None:
    async with api.database.connection() as connection:
        await connection.execute("UPDATE users SET password_hash = '!' WHERE id = %s", (user.id,))
    change = {"current_password": "anything", "new_password": "another-good-one-7"}
    clock.forward(minutes=11)
    refused = await user.client.post("/api/auth/password/change/", json=change)
    assert (refused.status_code, refused.json()["code"]) == (403, "reauthentication_required")
    clock.forward(minutes=-2)
    assert (await user.client.post("/api/auth/password/change/", json=change)).status_code == 204
    user.password = "another-good-one-7"
    await api.log_in(user)


async def devices(person: Person, **query: Any) -> list[dict[str, Any]]:
    answer = await person.client.get("/api/auth/devices/", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_the_logins_that_go_on_are_listed(api: Api, user: Person, clock: Clock) -> None:
    clock.forward(minutes=1)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    body = {"email": user.email, "password": PASSWORD}
    other = await api.client().post(
        "/api/auth/login/", json=body, headers={"User-Agent": firefox, "X-Real-IP": "203.0.113.7"}
    )
    second, first = await devices(user)
    assert set(second) == {"id", "label", "user_agent", "address", "created_at", "last_used_at", "current"}
    assert (second["label"], second["user_agent"], second["address"]) == ("Firefox on Linux", firefox, "203.0.113.7")
    assert (first["label"], first["current"], second["current"]) == ("python-httpx", True, False)
    # A refresh makes it the latest; one that ended isn't there any more, nor one that expired.
    clock.forward(days=13)
    refreshed = await user.client.post("/api/auth/refresh/", json={"refresh": user.refresh})
    assert [device["id"] for device in await devices(user)] == [first["id"], second["id"]]
    assert [device["id"] for device in await devices(user, page=2, page_size=1)] == [second["id"]]
    clock.forward(days=2)
    assert [device["id"] for device in await devices(user)] == [first["id"]]
    assert (refreshed.status_code, other.status_code) == (200, 200)


async def test_a_device_is_logged_out(api: Api, user: Person) -> None:
    other = await api.another_login(user)
    (theirs,) = [device for device in await devices(user) if not device["current"]]
    answer = await user.client.delete(f"/api/auth/devices/{theirs['id']}/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await other.profile()).status_code == 401
    refused = await other.client.post("/api/auth/refresh/", json={"refresh": other.refresh})
    assert refused.status_code == 401
    assert (await user.profile()).status_code == 200
    assert (await user.client.delete(f"/api/auth/devices/{theirs['id']}/")).status_code == 204
    (own,) = await devices(user)
    assert (await user.client.delete(f"/api/auth/devices/{own['id']}/")).status_code == 204
    assert (await user.profile()).status_code == 401


async def test_nobody_logs_out_the_devices_of_others(api: Api, user: Person, admin: Person) -> None:
    (own,) = await devices(user)
    for login_id in (own["id"], "0190163d-8694-739b-aea5-966c26f8ad91"):
        answer = await admin.client.delete(f"/api/auth/devices/{login_id}/")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await admin.client.delete("/api/auth/devices/x/")).status_code == 400
    assert (await user.profile()).status_code == 200
    visitor = api.client()
    assert (await visitor.get("/api/auth/devices/")).status_code == 401
    assert (await visitor.delete(f"/api/auth/devices/{own['id']}/")).status_code == 401


async def test_log_out_everywhere(api: Api, user: Person) -> None:
    others = [await api.another_login(user) for _ in range(2)]
    kept = await user.client.post("/api/auth/logout/all/", json={"except_current": True})
    assert (kept.status_code, kept.content) == (204, b"")
    assert [(await person.profile()).status_code for person in (user, *others)] == [200, 401, 401]
    await api.log_in(others[0])
    assert (await user.client.post("/api/auth/logout/all/")).status_code == 204
    assert [(await person.profile()).status_code for person in (user, *others)] == [401, 401, 401]
    assert (await user.client.post("/api/auth/logout/all/")).status_code == 401


async def test_a_page_that_logs_out_everywhere_loses_its_cookies(api: Api, user: Person) -> None:
    client = page(api)
    client.headers["Authorization"] = f"Bearer {(await log_in(client, user)).json()['access']}"
    kept = await client.post("/api/auth/logout/all/", json={"except_current": True})
    assert "Set-Cookie" not in kept.headers
    assert cookies(await client.post("/api/auth/logout/all/")).keys() == {"refresh_token", "signed_in"}


async def test_an_admin_logs_somebody_out_once_a_key(api: Api, admin: Person, user: Person) -> None:
    address, headers = f"/api/users/{user.id}/logout-all/", {"Idempotency-Key": "out-with-them"}
    body = {"reason": "Lost phone"}
    answer = await admin.client.post(address, json=body, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await user.profile()).status_code == 401
    assert (await admin.profile()).status_code == 200
    await api.log_in(user)
    again = await admin.client.post(address, json=body, headers=headers)
    assert (again.status_code, again.content) == (204, b"")
    assert (await user.profile()).status_code == 200
    (line,) = api.rows("SELECT * FROM audit_log WHERE subject = %s AND action = 'login.all_revoked'", user.id)
    assert (str(line["actor"]), line["reason"]) == (admin.id, "Lost phone")
    assert (await admin.client.post(address)).status_code == 204
    assert (await user.client.post(address)).status_code == 401
    await api.log_in(user)
    assert (await user.client.post(address)).status_code == 403
    unknown = await admin.client.post("/api/users/0190163d-8694-739b-aea5-966c26f8ad91/logout-all/")
    assert unknown.status_code == 404


async def test_devices_that_were_logged_out_are_not_known_any_more(api: Api, user: Person) -> None:
    client = page(api)
    first = await log_in(client, user)
    secret = device_of(first)
    client.headers["Authorization"] = f"Bearer {first.json()['access']}"
    await log_in(page(api), user, Cookie=f"{DEVICE}={secret}")
    await client.post("/api/auth/logout/all/", json={"except_current": True})
    await log_in(page(api), user, Cookie=f"{DEVICE}={secret}")
    assert known(api, user)[-2:] == [True, True]
    await client.post("/api/auth/logout/all/")
    second = await log_in(page(api), user, Cookie=f"{DEVICE}={secret}")
    client.headers["Authorization"] = f"Bearer {second.json()['access']}"
    (device,) = (await client.get("/api/auth/devices/")).json()
    await client.delete(f"/api/auth/devices/{device['id']}/")
    await log_in(page(api), user, Cookie=f"{DEVICE}={secret}")
    assert known(api, user)[-2:] == [False, False]
