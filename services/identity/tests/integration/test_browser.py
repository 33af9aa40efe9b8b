"""Pages: the refresh token in a cookie that no script reads and no other site can use."""

import asyncio
from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
import pytest
from services.identity.tests.conftest import PASSWORD, Api, Clock, Person

PAGE = {"X-Auth-Mode": "cookie", "Sec-Fetch-Site": "same-origin"}
PLAIN, SECURE, HINT = "refresh_token", "__Secure-refresh_token", "signed_in"
DEVICE, SECURE_DEVICE = "device", "__Secure-device"
LIFE = str(14 * 24 * 3600)


def cookies(answer: httpx.Response) -> dict[str, "Morsel[str]"]:
    """What an answer sets, each once."""
    found: dict[str, Morsel[str]] = {}
    for line in answer.headers.get_list("Set-Cookie"):
        for name, morsel in SimpleCookie(line).items():
            assert name not in found
            found[name] = morsel
    return found


def cleared(answer: httpx.Response, name: str = PLAIN) -> bool:
    found = cookies(answer)
    return found.keys() == {name, HINT} and all(
        (morsel.value, morsel["max-age"]) == ("", "0") for morsel in found.values()
    )


def page(api: Api, *, tls: bool = False, cookie: str | None = None) -> httpx.AsyncClient:
    """A page of our own in a browser of its own."""
    client = api.client()
    client.headers.update(PAGE)
    if tls:
        client.base_url = httpx.URL("https://identity")
        client.headers["X-Forwarded-Proto"] = "https"
    if cookie is not None:
        client.headers["Cookie"] = f"{SECURE if tls else PLAIN}={cookie}"
    return client


async def log_in(client: httpx.AsyncClient, person: Person, **headers: str) -> httpx.Response:
    body = {"email": person.email, "password": person.password}
    return await client.post("/api/auth/login/", json=body, headers=headers)


async def logged_in(api: Api, person: Person) -> str:
    """Logs a page in; returns the token that its browser keeps."""
    return cookies(await log_in(page(api), person))[PLAIN].value


async def test_a_login_keeps_the_refresh_token_from_scripts(api: Api, user: Person) -> None:
    answer = await log_in(page(api), user)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json().keys() == {"user", "access"}
    assert answer.json()["user"]["id"] == user.id
    found = cookies(answer)
    assert found.keys() == {PLAIN, HINT, DEVICE}
    token, hint = found[PLAIN], found[HINT]
    assert (token["path"], token["httponly"], token["samesite"]) == ("/api/auth/", True, "strict")
    assert (hint.value, hint["path"], hint["httponly"], hint["samesite"]) == ("1", "/", "", "lax")
    for morsel in (token, hint):
        assert (morsel["max-age"], morsel["domain"], morsel["secure"]) == (LIFE, "", "")
    assert token.value not in answer.text
    assert (await api.client(answer.json()["access"]).get("/api/auth/profile/")).status_code == 200


async def test_with_tls_the_cookies_never_leave_it(api: Api, user: Person) -> None:
    client = page(api, tls=True)
    found = cookies(await log_in(client, user))
    assert found.keys() == {SECURE, HINT, SECURE_DEVICE}
    assert all(morsel["secure"] for morsel in found.values())
    assert (found[SECURE]["httponly"], found[SECURE]["path"]) == (True, "/api/auth/")
    refreshed = await client.post("/api/auth/refresh/")
    assert refreshed.status_code == 200
    assert cookies(refreshed)[SECURE]["secure"]
    # The name without its prefix could have been planted by anybody on the wire.
    planted = await page(api, tls=True).post("/api/auth/refresh/", headers={"Cookie": f"{PLAIN}={user.refresh}"})
    assert planted.status_code == 401
    left = await client.post("/api/auth/logout/")
    assert cleared(left, SECURE)
    assert all(morsel["secure"] for morsel in cookies(left).values())


@pytest.mark.parametrize("path", ["refresh", "token/refresh"])
async def test_a_refresh_rotates_the_cookie(api: Api, user: Person, path: str) -> None:
    client = page(api)
    first = cookies(await log_in(client, user))[PLAIN].value
    answer = await client.post(f"/api/auth/{path}/")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json().keys() == {"access"}
    second = cookies(answer)
    assert second[PLAIN].value not in (first, "")
    assert (second[PLAIN]["max-age"], second[PLAIN]["httponly"], second[HINT].value) == (LIFE, True, "1")
    assert second[PLAIN].value not in answer.text
    assert (await api.client(answer.json()["access"]).get("/api/auth/profile/")).status_code == 200
    assert (await client.post(f"/api/auth/{path}/")).status_code == 200


async def test_a_logout_ends_the_login_and_takes_the_cookies_away(api: Api, user: Person) -> None:
    client = page(api)
    access = (await log_in(client, user)).json()["access"]
    token = client.cookies[PLAIN]
    answer = await client.post("/api/auth/logout/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert cleared(answer)
    assert list(client.cookies) == [DEVICE]
    assert (await api.client(access).get("/api/auth/profile/")).status_code == 401
    assert (await page(api, cookie=token).post("/api/auth/refresh/")).status_code == 401
    # Again, with nothing left.
    again = await client.post("/api/auth/logout/")
    assert (again.status_code, cleared(again)) == (204, True)
    assert (await user.profile()).status_code == 200


@pytest.mark.parametrize("token", [None, "", "x", "a" * 43, "a" * 4000, "..", '"quoted"'])
async def test_a_refused_refresh_takes_the_cookies_away(api: Api, token: str | None) -> None:
    answer = await page(api, cookie=token).post("/api/auth/refresh/")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
    assert cleared(answer)


async def test_parallel_tabs_get_the_same_successor(api: Api, user: Person, clock: Clock) -> None:
    first = await logged_in(api, user)
    tabs = [page(api, cookie=first) for _ in range(8)]
    answers = await asyncio.gather(*(tab.post("/api/auth/refresh/") for tab in tabs))
    assert [answer.status_code for answer in answers] == [200] * 8
    (second,) = {cookies(answer)[PLAIN].value for answer in answers}
    assert (await page(api, cookie=second).post("/api/auth/refresh/")).status_code == 200
    # A copy that is used later ends the login for both.
    clock.forward(seconds=11)
    for token in (first, second):
        refused = await page(api, cookie=token).post("/api/auth/refresh/")
        assert (refused.status_code, cleared(refused)) == (401, True)


async def test_a_deactivated_account_loses_its_cookies(api: Api, user: Person, admin: Person) -> None:
    token = await logged_in(api, user)
    await admin.client.patch(f"/api/users/{user.id}/", json={"is_active": False})
    refused = await page(api, cookie=token).post("/api/auth/refresh/")
    assert (refused.status_code, cleared(refused)) == (401, True)


async def test_becoming_a_creator_renews_the_cookie(api: Api, user: Person, clock: Clock) -> None:
    client = page(api)
    client.headers["Authorization"] = f"Bearer {(await log_in(client, user)).json()['access']}"
    before = client.cookies[PLAIN]
    answer = await client.post("/api/auth/become-creator/")
    assert answer.status_code == 200
    assert answer.json().keys() == {"user", "access"}
    assert answer.json()["user"]["role"] == "creator"
    token = cookies(answer)[PLAIN]
    assert (token["httponly"], token.value != before, token.value in answer.text) == (True, True, False)
    clock.forward(minutes=10)
    assert (await client.post("/api/auth/refresh/")).status_code == 200


async def test_a_password_change_ends_the_other_browsers(api: Api, user: Person) -> None:
    here, there = page(api), page(api)
    await log_in(there, user)
    here.headers["Authorization"] = f"Bearer {(await log_in(here, user)).json()['access']}"
    body = {"current_password": PASSWORD, "new_password": "another-good-one-7"}
    assert (await here.post("/api/auth/password/change/", json=body)).status_code == 204
    refused = await there.post("/api/auth/refresh/")
    assert (refused.status_code, cleared(refused)) == (401, True)
    assert (await here.post("/api/auth/refresh/")).status_code == 200


FOREIGN: list[dict[str, str]] = [
    *({"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "none", "", "Same-Origin", "same-origin, none")),
    # What the browser says of the site counts, whatever else is said.
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://identity"},
    {},
    *(
        {"Origin": origin}
        for origin in (
            *("null", "", "http://evil.test", "http://identity.evil.test", "http://evil.test/http://identity"),
            *("http://identity:3000", "http://app.identity", "identity", "//identity", "ftp://identity", "http://"),
        )
    ),
    {"Origin": "http://evil.test", "Referer": "http://identity/"},
    # A page without TLS, of a site that has it.
    {"Origin": "http://identity", "X-Forwarded-Proto": "https"},
    {"Origin": "http://identity", "X-Forwarded-Host": "identity:8000"},
]
COOKIE_CALLS = ["login", "refresh", "token/refresh", "logout", "become-creator"]


@pytest.fixture(scope="module")
async def target(api: Api) -> Person:
    return await api.join()


@pytest.mark.parametrize("path", COOKIE_CALLS)
@pytest.mark.parametrize("headers", FOREIGN)
async def test_other_sites_are_refused(api: Api, target: Person, path: str, headers: dict[str, str]) -> None:
    """Even with the cookie, the header and the right password."""
    cookie = {"Cookie": f"{PLAIN}={target.refresh}; {SECURE}={target.refresh}"}
    client = api.client(target.access)
    body = {"email": target.email, "password": PASSWORD} if path == "login" else None
    answer = await client.post(f"/api/auth/{path}/", json=body, headers={"X-Auth-Mode": "cookie", **cookie, **headers})
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site"), answer.text
    assert "Set-Cookie" not in answer.headers
    # Nothing happened: neither rotated nor ended.
    assert (await target.profile()).status_code == 200
    query = "SELECT count(*) AS n FROM refresh_tokens t JOIN logins l ON l.id = login_id WHERE user_id = %s"
    assert api.rows(query, target.id) == [{"n": 1}]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://identity"},
        {"Origin": "https://identity", "X-Forwarded-Proto": "https"},
        # The gateway tells services the name alone in Host.
        {"Origin": "http://localhost:8000", "X-Forwarded-Host": "localhost:8000", "Host": "localhost"},
        {"Origin": "https://shop.test", "X-Forwarded-Host": "Shop.test", "X-Forwarded-Proto": "https"},
        # TLS ends before a gateway that wasn't told to believe it.
        {"Origin": "https://identity", "X-Forwarded-Proto": "http"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://another.test"},
    ],
)
async def test_older_browsers_are_known_by_their_origin(api: Api, user: Person, headers: dict[str, str]) -> None:
    client = api.client()
    answer = await log_in(client, user, **{"X-Auth-Mode": "cookie", **headers})
    assert answer.status_code == 200, answer.text
    name = SECURE if headers.get("X-Forwarded-Proto") == "https" else PLAIN
    cookie = {"Cookie": f"{name}={cookies(answer)[name].value}"}
    refreshed = await client.post("/api/auth/refresh/", headers={"X-Auth-Mode": "cookie", **cookie, **headers})
    assert refreshed.status_code == 200, refreshed.text


@pytest.mark.parametrize("path", ["refresh", "token/refresh", "logout"])
async def test_a_cookie_without_the_header_is_refused(api: Api, user: Person, path: str) -> None:
    token = await logged_in(api, user)
    client = api.client()
    headers = {"Cookie": f"{PLAIN}={token}", "Sec-Fetch-Site": "same-origin"}
    answer = await client.post(f"/api/auth/{path}/", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    # As a form of another site would come.
    form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    assert (await client.post(f"/api/auth/{path}/", content=b"a=b", headers=form)).status_code == 415
    assert (await page(api, cookie=token).post("/api/auth/refresh/")).status_code == 200


@pytest.mark.parametrize("path", COOKIE_CALLS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
async def test_cookies_work_with_post_alone(api: Api, target: Person, path: str, method: str) -> None:
    answer = await page(api, cookie=target.refresh).request(method, f"/api/auth/{path}/")
    assert answer.status_code == 405


async def test_the_cookies_open_nothing_else(api: Api, user: Person) -> None:
    client = page(api, cookie=f"{await logged_in(api, user)}; {HINT}=1")
    for method, path in (
        *(("GET", "auth/profile"), ("PATCH", "auth/profile"), ("POST", "auth/become-creator")),
        *(("POST", "auth/password/change"), ("GET", "users")),
    ):
        answer = await client.request(method, f"/api/{path}/")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert (await client.post("/api/auth/refresh/", headers={"Cookie": f"{HINT}=1"})).status_code == 401


@pytest.mark.parametrize("mode", ["", "Cookie", "cookies", "body", "cookie,cookie", "x" * 1000])
async def test_another_mode_is_bad_input(api: Api, user: Person, mode: str) -> None:
    """A slip of the pen must not put the token into the body."""
    answer = await log_in(api.client(), user, **{**PAGE, "X-Auth-Mode": mode})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["X-Auth-Mode"])


async def test_a_page_s_token_counts_by_its_cookie(api: Api, user: Person) -> None:
    other = await api.another_login(user)
    client = page(api, cookie=await logged_in(api, user))
    assert (await client.post("/api/auth/logout/", json={"refresh": other.refresh})).status_code == 204
    assert (await other.profile()).status_code == 200
    assert (await client.post("/api/auth/refresh/")).status_code == 401


async def test_other_clients_see_no_cookie(api: Api, user: Person) -> None:
    client = api.client()
    # Whatever their headers say of sites, as native apps and other origins' pages have them.
    client.headers.update({"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example.org"})
    answers = [await log_in(client, user)]
    tokens = answers[0].json()
    client.headers["Authorization"] = f"Bearer {tokens['access']}"
    answers.append(await client.post("/api/auth/become-creator/"))
    answers.append(await client.post("/api/auth/refresh/", json={"refresh": answers[-1].json()["refresh"]}))
    answers.append(await client.post("/api/auth/refresh/", json={"refresh": "x"}))
    answers.append(await client.post("/api/auth/logout/", json={"refresh": answers[2].json()["refresh"]}))
    assert [answer.status_code for answer in answers] == [200, 200, 200, 401, 204]
    assert not any("Set-Cookie" in answer.headers for answer in answers)
    assert (await client.post("/api/auth/refresh/")).json()["errors"] == {"body": ["Field required"]}


async def test_registration_sets_no_cookie(api: Api) -> None:
    body: dict[str, Any] = {"email": "page@example.com", "username": "page", "password": PASSWORD}
    answer = await page(api).post("/api/auth/register/", json=body)
    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers


async def test_the_document_tells_of_both_ways(api: Api) -> None:
    document = api.app.openapi()
    for path in COOKIE_CALLS:
        operation = document["paths"][f"/api/auth/{path}/"]["post"]
        (parameter,) = operation["parameters"]
        assert (parameter["name"], parameter["in"], parameter["required"]) == ("X-Auth-Mode", "header", False)
        assert "`cross_site`" in operation["responses"]["403"]["description"]
    schemas = document["components"]["schemas"]
    assert schemas["LoginOut"]["required"] == ["user", "access", "refresh"]
    assert schemas["RefreshIn"]["required"] == ["refresh"]
    assert "refresh" not in schemas["BrowserLogin"]["properties"]
