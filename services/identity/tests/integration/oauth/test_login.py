"""Logging in with Google and GitHub, all the way through a real provider."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from services.identity.tests.conftest import PASSWORD, Api, Clock, Person
from services.identity.tests.integration.oauth.conftest import (
    NEXT,
    SITE,
    Browser,
    Someone,
    browser_of,
    is_logged_in,
    refused,
    told,
)

BOTH = pytest.mark.parametrize("provider", ["google", "github"])


@BOTH
async def test_somebody_new_gets_an_account(api: Api, browser: Browser, provider: str) -> None:
    ada = Someone()
    answer = await browser.log_in(provider, ada)
    assert is_logged_in(answer)
    assert told(answer) == ("/auth/callback", {"next": NEXT})
    profile = await browser.profile()
    assert {name: profile[name] for name in ("email", "first_name", "last_name", "role", "email_verified")} == {
        "email": ada.email,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "role": "user",
        "email_verified": True,
    }
    assert profile["username"].startswith("ada-lovelace")
    (event,) = api.events(profile["id"])
    assert event["type"] == "identity.user.registered.v1"
    # Nobody knows a password, so nobody logs in by one.
    for password in ("", "!", PASSWORD):
        body = {"email": ada.email, "password": password}
        assert (await api.client().post("/api/auth/login/", json=body)).status_code in (400, 401)


@BOTH
async def test_the_same_person_comes_again_from_anywhere(api: Api, browser: Browser, provider: str) -> None:
    ada = Someone()
    await browser.log_in(provider, ada)
    first = await browser.profile()
    # Who it is, the provider's id says alone: not the address, which may change hands, nor whether it is verified.
    ada.email, ada.name, ada.verified = "another@example.org", "Countess Lovelace", False
    again = browser_of(api)
    assert is_logged_in(await again.log_in(provider, ada))
    assert await again.profile() == first


@BOTH
async def test_the_same_address_under_another_id_is_somebody_else(api: Api, browser: Browser, provider: str) -> None:
    ada = Someone()
    await browser.log_in(provider, ada)
    impostor = Someone(email=ada.email)
    refused(await browser_of(api).log_in(provider, impostor), "oauth_email_taken")
    other = "github" if provider == "google" else "google"
    refused(await browser_of(api).log_in(other, Someone(sub=ada.sub, email=ada.email)), "oauth_email_taken")
    assert len(api.rows("SELECT 1 FROM users WHERE email = %s", ada.email)) == 1


@BOTH
async def test_a_verified_address_of_an_account_is_refused(api: Api, browser: Browser, provider: str) -> None:
    person = await api.join(email_verified=True)
    refused(await browser.log_in(provider, Someone(email=person.email.upper())), "oauth_email_taken")
    # Nothing of theirs was touched.
    assert (await person.profile()).status_code == 200
    assert api.rows("SELECT 1 FROM oauth_accounts WHERE user_id = %s", person.id) == []
    await api.log_in(person)


@BOTH
async def test_an_unverified_account_becomes_the_person_s(api: Api, browser: Browser, provider: str) -> None:
    """Somebody registered with another's address, and waits: nothing that they set up opens the account afterwards."""
    squatter = await api.join("creator")
    # They have even linked an account of their own at the other provider.
    other, own = "github" if provider == "google" else "google", Someone()
    api_link = {"current_password": squatter.password}
    theirs = browser_of(api, Authorization=f"Bearer {squatter.access}")
    started = await theirs.site.post(f"/api/auth/oauth/{other}/link/", json=api_link, headers=theirs.headers)
    await theirs.come_back(await theirs.at_provider(started.json()["authorize_url"], own))
    assert is_logged_in(await browser_of(api).log_in(other, own))

    ada = Someone(email=squatter.email)
    assert is_logged_in(await browser.log_in(provider, ada))
    profile = await browser.profile()
    assert (profile["id"], profile["email_verified"]) == (squatter.id, True)
    body = {"email": squatter.email, "password": squatter.password}
    assert (await api.client().post("/api/auth/login/", json=body)).status_code == 401
    assert (await squatter.profile()).status_code == 401
    refresh = {"refresh": squatter.refresh}
    assert (await api.client().post("/api/auth/refresh/", json=refresh)).status_code == 401
    # Their own is free again, and another account.
    assert is_logged_in(await theirs.log_in(other, own))
    theirs.headers = {}
    assert (await theirs.profile())["id"] != squatter.id
    assert is_logged_in(await browser_of(api).log_in(provider, ada))


@BOTH
async def test_only_a_verified_address_opens_an_account(api: Api, browser: Browser, provider: str) -> None:
    person = await api.join()
    for email in (person.email, "nobody-yet@example.com"):
        refused(await browser.log_in(provider, Someone(email=email, verified=False)), "oauth_email_unverified")
    await api.log_in(person)
    assert (await person.profile()).json()["email_verified"] is False


@pytest.mark.parametrize("mode", ["secondary address verified", "emails withheld"])
async def test_github_counts_with_its_primary_address_alone(browser: Browser, mode: str) -> None:
    refused(await browser.log_in("github", Someone(verified=False, mode=mode)), "oauth_email_unverified")


@BOTH
async def test_disabled_accounts_stay_out(api: Api, browser: Browser, admin: Person, provider: str) -> None:
    ada = Someone()
    await browser.log_in(provider, ada)
    identifier = (await browser.profile())["id"]
    await admin.client.patch(f"/api/users/{identifier}/", json={"is_active": False})
    refused(await browser_of(api).log_in(provider, ada), "account_disabled")
    unverified = await api.join()
    await admin.client.patch(f"/api/users/{unverified.id}/", json={"is_active": False})
    refused(await browser_of(api).log_in(provider, Someone(email=unverified.email)), "account_disabled")


@BOTH
async def test_a_deleted_account_is_forgotten_here(api: Api, browser: Browser, admin: Person, provider: str) -> None:
    ada = Someone()
    await browser.log_in(provider, ada)
    before = (await browser.profile())["id"]
    assert (await admin.client.delete(f"/api/users/{before}/")).status_code == 204
    assert api.rows("SELECT 1 FROM oauth_accounts WHERE user_id = %s", before) == []
    assert is_logged_in(await browser.log_in(provider, ada))
    assert (await browser.profile())["id"] != before


@BOTH
async def test_who_cancels_is_told_so(browser: Browser, provider: str) -> None:
    refused(await browser.log_in(provider, None), "oauth_denied")


async def test_a_key_that_google_changed_a_moment_ago_is_good(browser: Browser) -> None:
    assert is_logged_in(await browser.log_in("google", Someone(mode="new key")))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Zoë Ångström", "zoe-angstrom"),
        ("  Ada\tMaria\u202e  Lovelace ", "ada-maria-lovelace"),
        ("x" * 300, "x" * 40),
    ],
)
async def test_usernames_are_made_of_names(api: Api, browser: Browser, name: str, expected: str) -> None:
    assert is_logged_in(await browser.log_in("google", Someone(name=name)))
    first = (await browser.profile())["username"]
    assert first == expected or first.startswith(f"{expected}-")
    # Taken now: the next of this name gets another one.
    namesake = browser_of(api)
    assert is_logged_in(await namesake.log_in("google", Someone(name=name)))
    second = (await namesake.profile())["username"]
    assert second != first
    assert second.startswith(f"{expected}-")


@pytest.mark.parametrize("name", ["山田太郎", "admin", "", "-", "Xi"])
async def test_names_that_give_no_username_do_no_harm(browser: Browser, name: str) -> None:
    someone = Someone(name=name)
    assert is_logged_in(await browser.log_in("google", someone))
    username = (await browser.profile())["username"]
    assert username.startswith("member-")
    assert someone.email.split("@")[0] not in username


@pytest.mark.parametrize(
    "path",
    [
        *(
            "https://evil.test/",
            "//evil.test/",
            "/\\evil.test",
            "\\\\evil.test",
            "/\t/evil.test",
            "javascript:alert(1)",
        ),
        *("/.//evil.test", "/x//evil.test", "/a/../b", "", "dashboard", "/\x7f", "/ü\u2028", "/" + "a" * 3000),
        *("/login?next=/x", "/auth/callback", "/api/auth/logout/", "/accounts/google/login/callback/"),
    ],
)
async def test_only_pages_of_this_site_are_gone_on_to(browser: Browser, path: str) -> None:
    assert told(await browser.log_in("google", Someone(), path)) == ("/auth/callback", {"next": "/"})


@BOTH
async def test_what_the_provider_is_asked(browser: Browser, provider: str) -> None:
    address = await browser.begin(provider)
    query = {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}
    assert query["redirect_uri"] == f"{SITE}/accounts/{provider}/login/callback/"
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    assert query["scope"] == ("openid email profile" if provider == "google" else "user:email")
    assert ("nonce" in query) == (provider == "google")
    for name in ("state", "code_challenge"):
        assert len(query[name]) == 43
    again = parse_qs(urlsplit(await browser.begin(provider)).query)
    assert all([query[name]] != again[name] for name in ("state", "code_challenge"))


@pytest.mark.parametrize("tls", [False, True])
async def test_the_cookie_of_an_attempt(api: Api, tls: bool) -> None:
    client = api.client()
    headers = {"X-Forwarded-Proto": "https"} if tls else {}
    answer = await client.get("/api/auth/oauth/google/login", headers=headers)
    assert answer.headers["Cache-Control"] == "no-store"
    (line,) = answer.headers.get_list("Set-Cookie")
    name, *attributes = [part.strip() for part in line.split(";")]
    assert name.startswith("__Secure-oauth_" if tls else "oauth_")
    assert {each.lower() for each in attributes} == {
        *("httponly", "max-age=600", "path=/accounts/google/login/callback", "samesite=lax"),
        *(["secure"] if tls else []),
    }


async def test_the_address_comes_from_the_settings_whatever_a_request_says(browser: Browser) -> None:
    browser.headers = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test"}
    query = parse_qs(urlsplit(await browser.begin("google")).query)
    assert query["redirect_uri"] == [f"{SITE}/accounts/google/login/callback/"]
    assert told(await browser.log_in("google", Someone()))[0] == "/auth/callback"


async def test_both_forms_of_the_callback_s_address_work(browser: Browser) -> None:
    address = await browser.at_provider(await browser.begin("google"), Someone())
    assert is_logged_in(await browser.come_back(address.replace("/callback/?", "/callback?")))


async def test_two_tabs_do_not_disturb_each_other(browser: Browser) -> None:
    ada, grace = Someone(), Someone()
    addresses = [await browser.begin("google"), await browser.begin("google")]
    backs = [await browser.at_provider(address, who) for address, who in zip(addresses, (ada, grace), strict=True)]
    assert is_logged_in(await browser.come_back(backs[0]))
    assert is_logged_in(await browser.come_back(backs[1]))
    assert (await browser.profile())["email"] == grace.email


async def test_an_attempt_ends_after_ten_minutes(browser: Browser, clock: Clock) -> None:
    address = await browser.at_provider(await browser.begin("google"), Someone())
    clock.forward(minutes=10)
    refused(await browser.come_back(address), "oauth_state")


async def test_nothing_is_left_of_an_attempt(api: Api, browser: Browser) -> None:
    answer = await browser.log_in("google", Someone())
    (gone,) = [line for line in answer.headers.get_list("Set-Cookie") if line.startswith("oauth_")]
    assert "Max-Age=0" in gone
    before = len(api.rows("SELECT 1 FROM oauth_authorizations"))
    state = parse_qs(urlsplit(await browser.begin("google")).query)["state"][0]
    rows = api.rows("SELECT * FROM oauth_authorizations")
    assert len(rows) == before + 1
    assert not any(state.encode() in bytes(str(row), "utf-8") for row in rows)


async def test_the_providers_are_told(api: Api, client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/auth/oauth/providers/")
    assert answer.json() == [
        {"provider": "google", "name": "Google", "login_url": "/api/auth/oauth/google/login/"},
        {"provider": "github", "name": "GitHub", "login_url": "/api/auth/oauth/github/login/"},
    ]


async def test_the_device_is_known_again(api: Api, browser: Browser) -> None:
    """Its cookie doesn't come back from another site with the browser, so the attempt remembers it."""
    ada = Someone()
    for _ in range(2):
        assert is_logged_in(await browser.log_in("google", ada))
    (user,) = api.rows("SELECT id FROM users WHERE email = %s", ada.email)
    query = "SELECT after FROM audit_log WHERE subject = %s AND action = 'login.started' ORDER BY id"
    started = [line["after"] for line in api.rows(query, user["id"])]
    assert [line["methods"] for line in started] == [["fed"], ["fed"]]
    assert started[1]["known_device"] is True
    hashes = api.rows("SELECT DISTINCT device_hash FROM logins WHERE user_id = %s", user["id"])
    assert len(hashes) == 1
