"""Registration, the own profile, becoming a creator, changing the password: every call with its documented answers."""

import json
from string import ascii_lowercase
from typing import Any
from uuid import uuid4

import httpx
import pytest
from services.identity.tests.conftest import PASSWORD, Api, Person

REGISTERED = {"id", "email", "username", "first_name", "last_name", "role"}
PROFILE = {
    *("id", "email", "username", "first_name", "last_name", "role", "avatar", "timezone", "bio", "preferences"),
    *("email_verified", "profile_completion", "created_at"),
}
LOGIN_USER = {"id", "email", "username", "first_name", "last_name", "role", "avatar"}


def somebody(**fields: Any) -> dict[str, Any]:
    name = f"s{uuid4().hex[:12]}"
    return {"email": f"{name}@example.com", "username": name, "password": PASSWORD, **fields}


async def test_registration_answers_with_the_account(client: httpx.AsyncClient) -> None:
    body = somebody(first_name="Ada", last_name="Lovelace", role="creator")
    answer = await client.post("/api/auth/register/", json=body)
    assert answer.status_code == 201
    found = answer.json()
    assert set(found) == REGISTERED
    assert {name: found[name] for name in found if name != "id"} == {
        name: body[name] for name in body if name != "password"
    }
    assert answer.headers["Cache-Control"] == "no-store"


async def test_names_and_role_are_optional_and_other_fields_ignored(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/api/auth/register", json=somebody(is_active=False, email_verified=True, id=str(uuid4()), version="\x00")
    )
    assert answer.status_code == 201
    assert (answer.json()["role"], answer.json()["first_name"]) == ("user", "")


@pytest.mark.parametrize("role", ["admin", "root", "", None, 1])
async def test_nobody_registers_as_admin(client: httpx.AsyncClient, role: Any) -> None:
    answer = await client.post("/api/auth/register/", json=somebody(role=role))
    assert answer.status_code == 400
    assert "role" in answer.json()["errors"]


@pytest.mark.parametrize("password", ["Test123!@#", "securepassword123", "correct horse battery", "ünïcödé-wörds"])
async def test_these_passwords_are_good_enough(client: httpx.AsyncClient, password: str) -> None:
    body = somebody(password=password)
    assert (await client.post("/api/auth/register/", json=body)).status_code == 201
    login = await client.post("/api/auth/login/", json={"email": body["email"], "password": password})
    assert login.status_code == 200


@pytest.mark.parametrize(
    "password", ["password", "12345678", "qwertyuiop", "PASSWORD", "test123", "aaaaaaaaaaaa", "x" * 129, ""]
)
async def test_these_are_not(client: httpx.AsyncClient, password: str) -> None:
    answer = await client.post("/api/auth/register/", json=somebody(password=password))
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["password"]


async def test_a_password_is_not_ones_own_name(client: httpx.AsyncClient) -> None:
    body = somebody()
    for password in (body["email"], body["username"], body["username"].upper()):
        answer = await client.post("/api/auth/register/", json={**body, "password": password})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["password"])


async def test_an_address_and_a_name_are_taken_however_they_are_capitalised(client: httpx.AsyncClient) -> None:
    first = somebody()
    assert (await client.post("/api/auth/register/", json=first)).status_code == 201
    same_address = somebody(email=first["email"].replace("example", "EXAMPLE").capitalize())
    answer = await client.post("/api/auth/register/", json=same_address)
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    answer = await client.post("/api/auth/register/", json=somebody(username=first["username"].upper()))
    assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_an_address_is_kept_in_lower_case(client: httpx.AsyncClient) -> None:
    body = somebody()
    answer = await client.post("/api/auth/register/", json={**body, "email": f" {body['email'].upper()} "})
    assert answer.json()["email"] == body["email"]
    login = await client.post("/api/auth/login/", json={"email": body["email"].title(), "password": PASSWORD})
    assert login.status_code == 200


@pytest.mark.parametrize("address", ["creator@test.com", "user+tag@test.com", "a.b@sub.example.org", "a@müller.de"])
async def test_these_addresses_are_accepted(client: httpx.AsyncClient, address: str) -> None:
    body = somebody(email=f"{uuid4().hex[:8]}{address}")
    answer = await client.post("/api/auth/register/", json=body)
    assert (answer.status_code, answer.json().get("email")) == (201, body["email"])


@pytest.mark.parametrize("name", ["...a", "-9-", "administrators-friend", "rootbeer", "apiary", "1.2"])
async def test_these_names_are_accepted(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post("/api/auth/register/", json=somebody(username=name))
    assert (answer.status_code, answer.json().get("username")) == (201, name)


# As it is typed; how it is kept.
ADDRESSES = {
    "a@xn--exmple-qta.com": "a@exámple.com",
    "a@EXÁMPLE.com": "a@exámple.com",
    "a@exa\N{COMBINING ACUTE ACCENT}mple.com": "a@exámple.com",
    "a@XN--MLLER-KVA.example.org": "a@müller.example.org",
    "a@straße.example.org": "a@straße.example.org",
    "a@faß.de": "a@faß.de",
    "a@ｅｘａｍｐｌｅ.org": "a@example.org",
}


@pytest.mark.parametrize("typed", ADDRESSES)
async def test_a_login_reads_an_address_as_the_registration_did(client: httpx.AsyncClient, typed: str) -> None:
    body = somebody(email=f"{uuid4().hex[:8]}{typed}")
    answer = await client.post("/api/auth/register/", json=body)
    assert answer.status_code == 201, answer.text
    kept = answer.json()["email"]
    assert kept[8:] == ADDRESSES[typed]
    # ASCII alone: the capital of ß is another name.
    capitals = body["email"].translate({ord(letter): letter.upper() for letter in ascii_lowercase})
    for spelling in (body["email"], kept, f" {capitals} "):
        login = await client.post("/api/auth/login/", json={"email": spelling, "password": PASSWORD})
        assert (login.status_code, login.json().get("user", {}).get("email")) == (200, kept), spelling


HUGE = "x" * 100_000
WRONG_TYPES = [None, 1, 1.5, True, [], {}, ["a"], {"a": 1}]
BAD: dict[str, list[Any]] = {
    "email": [
        *(*WRONG_TYPES, "", "a", "a@", "@b.com", "a b@c.com", "a@localhost", "a@b.invalid", "a\x00@b.com", HUGE),
        *("a@b.com\ud800", "jörg@example.com", "a@" + "b" * 300 + ".com", '"a b"@example.com', "a@[127.0.0.1]"),
    ],
    "username": [
        *(*WRONG_TYPES, "", "ab", "x" * 51, "a b c", "ab/c", "ümläut", "abc\n", "abc\x00", "abc\ud800", HUGE),
        *("...", "---", "___", "._-", "admin", "Administrator", "ROOT", "support", "system", "api", "a.d.m.i.n"),
        *("_admin_", "m.e", "-root"),
    ],
    "password": [*WRONG_TYPES, "", "short", "x\x00yyyyyyyy", "\ud800" * 9, HUGE],
    "first_name": [*WRONG_TYPES, "x" * 151, "a\x00", "\udfff", HUGE],
    "last_name": [*WRONG_TYPES, "x" * 151, "a\x00", "\udfff", HUGE],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
async def test_bad_values_in_a_registration_are_bad_input(client: httpx.AsyncClient, name: str, value: Any) -> None:
    answer = await post_json(client, "/api/auth/register/", somebody(**{name: value}))
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) >= {"type", "title", "status", "code", "request_id", "errors"}
    assert answer.json()["code"] == "invalid_input"


@pytest.mark.parametrize("missing", ["email", "username", "password"])
async def test_what_is_missing_is_named(client: httpx.AsyncClient, missing: str) -> None:
    body = somebody()
    del body[missing]
    answer = await client.post("/api/auth/register/", json=body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [missing])


MALFORMED = [b"", b"{", b"null", b"[]", b'"a"', b"1e999", b"NaN", b"\xff\xfe", b"[" * 100_000, b'{"email":' * 50_000]
PATHS = ["register", "login", "refresh", "token/refresh", "logout"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("content", [*MALFORMED, b'{"email": 1' + b"0" * 5000 + b"}"])
async def test_a_body_that_is_no_object_is_bad_input(client: httpx.AsyncClient, path: str, content: bytes) -> None:
    answer = await client.post(f"/api/auth/{path}/", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("path", PATHS)
async def test_other_media_types_are_refused(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(f"/api/auth/{path}/", content=b"a=b", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert (await client.get(f"/api/auth/{path}/")).status_code == 405


async def test_the_profile_has_all_fields(user: Person) -> None:
    answer = await user.profile()
    assert answer.status_code == 200
    found = answer.json()
    assert set(found) == PROFILE
    assert found["created_at"].endswith("Z")
    assert (found["timezone"], found["bio"], found["preferences"], found["email_verified"]) == ("UTC", "", {}, False)


async def test_the_profile_is_for_who_is_logged_in(client: httpx.AsyncClient) -> None:
    for method, path in (("GET", "profile"), ("PUT", "profile"), ("PATCH", "profile"), ("POST", "become-creator")):
        answer = await client.request(method, f"/api/auth/{path}/", json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_change_of_the_profile_is_partial(user: Person, method: str) -> None:
    before = (await user.profile()).json()
    changes = {
        "first_name": "Grace",
        "avatar": "https://images.example.com/grace.jpg?size=2",
        "bio": "Compilers.\nAnd ships.",
        "timezone": "America/New_York",
        "preferences": {"theme": "dark", "nested": {"list": [1, 2.5, None, True, "ü"]}},
    }
    answer = await user.client.request(method, "/api/auth/profile/", json=changes)
    assert answer.status_code == 200
    assert answer.json() == {**before, **changes, "profile_completion": 100}
    assert (await user.profile()).json() == answer.json()
    answer = await user.client.request(method, "/api/auth/profile/", json={"avatar": None})
    assert (answer.json()["avatar"], answer.json()["profile_completion"]) == (None, 80)
    assert (await user.client.request(method, "/api/auth/profile/", json={})).json() == answer.json()


async def test_what_is_not_ones_to_change_is_ignored(user: Person) -> None:
    before = (await user.profile()).json()
    body = {
        "id": str(uuid4()),
        "email": "other@example.com",
        "role": "admin",
        "username": "other",
        "email_verified": True,
        "profile_completion": 100,
        "is_active": False,
        "version": 99,
        "unknown": "\x00",
    }
    answer = await user.client.patch("/api/auth/profile/", json=body)
    assert (answer.status_code, answer.json()) == (200, before)


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


BAD_PROFILE: dict[str, list[Any]] = {
    "first_name": BAD["first_name"],
    "last_name": BAD["last_name"],
    "bio": [*WRONG_TYPES, "x" * 2001, "a\x00", "\ud800", HUGE],
    "timezone": [*WRONG_TYPES, "", "Mars/Olympus", "../../etc/passwd", "UTC\x00", "europe/berlin ", "localtime", HUGE],
    "avatar": [
        *(1, True, [], {}, "", "http://example.com/a.jpg", "javascript:alert(1)", "data:image/png;base64,AA"),
        *(
            "https://",
            "https:///a.jpg",
            "//example.com/a",
            "https://exa mple.com",
            "https://example.com/\n",
            "ftp://a.b",
        ),
        *("https://example.com/a\x00", "https://example.com/" + "a" * 2000, 'https://example.com/"onload="x', HUGE),
    ],
    "preferences": [
        *(None, 1, True, "a", [], [1], {"a": "x" * 17_000}, {"a\x00": 1}, {"a": "\ud800"}, nested(200)),
        *({str(number): number for number in range(5000)}, {"a": float("nan")}, {"a": float("inf")}),
    ],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD_PROFILE.items() for value in values])
async def test_bad_values_in_a_profile_are_bad_input(api: Api, people: list[Person], name: str, value: Any) -> None:
    answer = await post_json(people[0].client, "/api/auth/profile/", {name: value}, method="PATCH")
    assert answer.status_code == 400, answer.text
    assert any(field.startswith(name) for field in answer.json()["errors"]) or "body" in answer.json()["errors"]


@pytest.mark.parametrize("role", ["user", "creator", "admin"])
async def test_becoming_a_creator_gives_tokens_with_the_role_it_leads_to(api: Api, role: str) -> None:
    person = await api.join(role)
    answer = await person.client.post("/api/auth/become-creator/")
    assert answer.status_code == 200
    found = answer.json()
    assert set(found) == {"user", "access", "refresh"}
    assert set(found["user"]) == LOGIN_USER
    assert found["user"]["role"] == ("creator" if role == "user" else role)
    # Once more: nothing but tokens.
    assert (await person.client.post("/api/auth/become-creator/")).json()["user"] == found["user"]
    told = [event["type"] for event in api.events(person.id)]
    assert told == ["identity.user.registered.v1", *["identity.user.role_changed.v1"] * (role == "user")]
    person.use(found)
    assert (await person.profile()).json()["role"] == found["user"]["role"]
    assert (await person.client.post("/api/auth/refresh/", json={"refresh": found["refresh"]})).status_code == 200


async def test_the_login_from_before_becoming_a_creator_goes_on(api: Api, user: Person) -> None:
    old_access = user.access
    found = (await user.client.post("/api/auth/become-creator/")).json()
    # The old access token speaks for the new role already, where the role is asked from the account itself.
    assert (await user.profile()).status_code == 200
    user.use(found)
    await user.client.post("/api/auth/logout/", json={"refresh": found["refresh"]})
    for access in (old_access, found["access"]):
        assert (await api.client(access).get("/api/auth/profile/")).status_code == 401


async def test_a_password_change_ends_all_other_logins(api: Api, user: Person) -> None:
    others = [await api.another_login(user) for _ in range(2)]
    answer = await user.client.post(
        "/api/auth/password/change/", json={"current_password": PASSWORD, "new_password": "another-good-one-7"}
    )
    assert (answer.status_code, answer.content) == (204, b"")
    for other in others:
        assert (await other.profile()).status_code == 401
        refreshed = await other.client.post("/api/auth/refresh/", json={"refresh": other.refresh})
        assert (refreshed.status_code, refreshed.json()["code"]) == (401, "invalid_token")
    assert (await user.profile()).status_code == 200
    assert (await user.client.post("/api/auth/refresh/", json={"refresh": user.refresh})).status_code == 200
    old = await user.client.post("/api/auth/login/", json={"email": user.email, "password": PASSWORD})
    assert old.status_code == 401
    user.password = "another-good-one-7"
    await api.log_in(user)


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("wrong-password", "another-good-one-7", "current_password"),
        (PASSWORD, "password", "new_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, None, "new_password"),
        (None, "another-good-one-7", "current_password"),
        ("", "another-good-one-7", "current_password"),
        (["x"], "another-good-one-7", "current_password"),
        (PASSWORD, "a\x00bcdefghij", "new_password"),
    ],
)
async def test_a_password_change_that_is_refused(user: Person, current: Any, new: Any, field: str) -> None:
    body = {"current_password": current, "new_password": new}
    answer = await user.client.post("/api/auth/password/change/", json=body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    # The old one is still good.
    login = await user.client.post("/api/auth/login/", json={"email": user.email, "password": PASSWORD})
    assert login.status_code == 200


async def post_json(client: httpx.AsyncClient, path: str, body: Any, method: str = "POST") -> httpx.Response:
    """Also what httpx itself wouldn't send: NaN and lone surrogates."""
    content = json.dumps(body).encode()
    return await client.request(method, path, content=content, headers={"Content-Type": "application/json"})


@pytest.fixture(scope="module")
async def people(api: Api) -> list[Person]:
    """One for all rows of a table."""
    return [await api.join()]
