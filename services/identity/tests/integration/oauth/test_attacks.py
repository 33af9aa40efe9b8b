"""Attacks on logging in with a provider: by other browsers, by strangers' answers, and by a provider that lies."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from services.identity.tests.conftest import Api, running
from services.identity.tests.integration.oauth.conftest import (
    Browser,
    Someone,
    browser_of,
    changed,
    is_logged_in,
    refused,
    told,
)

from shared.testing.infra import TestDatabase

BOTH = pytest.mark.parametrize("provider", ["google", "github"])


def nobody_came(api: Api, someone: Someone) -> bool:
    """Whether there is neither an account nor a link of theirs."""
    return not api.rows(
        "SELECT 1 FROM users WHERE email = %s UNION ALL SELECT 1 FROM oauth_accounts WHERE subject = %s",
        someone.email,
        someone.sub,
    )


@pytest.mark.parametrize(
    "mode",
    [
        *("wrong nonce", "no nonce", "wrong audience", "several audiences", "wrong party", "wrong issuer", "no issuer"),
        *("expired", "no expiry", "from tomorrow", "unsigned", "hmac by the public key", "hmac by the client secret"),
        *("foreign key", "key in the header", "key at an address", "changed after signing", "no subject"),
        *("subject is a number", "subject is empty", "another access token", "no token at all", "not a token"),
    ],
)
async def test_an_id_token_that_is_not_right(api: Api, browser: Browser, mode: str) -> None:
    liar = Someone(mode=mode)
    refused(await browser.log_in("google", liar), "oauth_failed")
    assert nobody_came(api, liar)
    # The same person, with a good one.
    liar.mode = ""
    assert is_logged_in(await browser.log_in("google", liar))


async def test_verified_is_said_by_true_alone(api: Api, browser: Browser) -> None:
    someone = Someone(mode="address as text")
    refused(await browser.log_in("google", someone), "oauth_email_unverified")
    assert nobody_came(api, someone)


@BOTH
@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("token endpoint fails", "oauth_unavailable"),
        ("token endpoint refuses", "oauth_failed"),
        ("token endpoint refuses the app", "oauth_misconfigured"),
        ("token endpoint sends a page", "oauth_failed"),
        ("token endpoint sends a list", "oauth_failed"),
        ("token endpoint sends an odd error", "oauth_failed"),
        ("token endpoint redirects", "oauth_failed"),
    ],
)
async def test_a_token_endpoint_that_does_not_do_its_part(
    api: Api, browser: Browser, provider: str, mode: str, reason: str
) -> None:
    someone = Someone(mode=mode)
    refused(await browser.log_in(provider, someone), reason)
    assert nobody_came(api, someone)


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        *((mode, "oauth_failed") for mode in ("no id", "id is text", "id is a flag", "user is a list", "user refuses")),
        *(
            ("user fails", "oauth_unavailable"),
            ("emails fail", "oauth_unavailable"),
            ("emails are odd", "oauth_failed"),
        ),
    ],
)
async def test_an_api_of_github_s_that_does_not_do_its_part(api: Api, browser: Browser, mode: str, reason: str) -> None:
    someone = Someone(mode=mode)
    refused(await browser.log_in("github", someone), reason)
    assert nobody_came(api, someone)


@BOTH
async def test_a_provider_that_hangs_is_waited_for_a_bounded_time(
    api: Api, provider_settings: dict[str, Any], provider: str
) -> None:
    async with running(api.test_database, **provider_settings | {"oauth_timeout_seconds": 0.5}) as impatient:
        answer = await browser_of(impatient).log_in(provider, Someone(mode="token endpoint hangs"))
        refused(answer, "oauth_unavailable")


async def test_a_provider_that_is_away(database: TestDatabase, api: Api, provider_settings: dict[str, Any]) -> None:
    nowhere = "http://127.0.0.1:9"
    away = dict.fromkeys(("google_token_url", "github_token_url"), nowhere)
    async with running(database, **provider_settings | away) as lonely:
        for provider in ("google", "github"):
            refused(await browser_of(lonely).log_in(provider, Someone()), "oauth_unavailable")
    async with running(database, **provider_settings | {"google_jwks_url": nowhere}) as keyless:
        refused(await browser_of(keyless).log_in("google", Someone()), "oauth_unavailable")


@BOTH
async def test_an_answer_is_good_once(api: Api, browser: Browser, provider: str) -> None:
    address = await browser.at_provider(await browser.begin(provider), Someone())
    cookies = dict(browser.site.cookies)
    assert is_logged_in(await browser.come_back(address))
    refused(await browser.come_back(address), "oauth_state", path=None)
    # Nor with the cookie that the browser has thrown away by now.
    thief = browser_of(api, Cookie="; ".join(f"{name}={value}" for name, value in cookies.items()))
    refused(await thief.come_back(address), "oauth_state", path=None)


@BOTH
async def test_an_answer_of_another_browser(api: Api, browser: Browser, provider: str) -> None:
    """Login CSRF: the victim is to be logged in, without noticing, to the attacker's account."""
    attacker = browser_of(api)
    address = await attacker.at_provider(await attacker.begin(provider), Someone())
    # The victim is on the way, too.
    await browser.begin(provider)
    refused(await browser.come_back(address), "oauth_state", path=None)
    # And it is of no use to the attacker any more.
    refused(await attacker.come_back(address), "oauth_state", path=None)


async def test_a_cookie_that_was_planted(api: Api, browser: Browser) -> None:
    attacker = browser_of(api)
    address = await attacker.at_provider(await attacker.begin("google"), Someone())
    await browser.begin("google")
    (own,) = browser.site.cookies.values()
    (name,) = dict(attacker.site.cookies)
    for value in (own, "a" * 43, "", "x"):
        refused(await browser_of(api, Cookie=f"{name}={value}").come_back(address), "oauth_state", path=None)


@pytest.mark.parametrize("state", [None, "", "x", "a" * 43, "a" * 3000, "\u00fc", "%00", "../../x"])
async def test_a_state_that_is_nobody_s(browser: Browser, state: str | None) -> None:
    address = await browser.at_provider(await browser.begin("google"), Someone())
    refused(await browser.come_back(changed(address, state=state)), "oauth_state", path=None)


@pytest.mark.parametrize("name", ["state", "code", "iss"])
async def test_parameters_that_come_twice(browser: Browser, name: str) -> None:
    address = await browser.at_provider(await browser.begin("google"), Someone())
    value = parse_qs(urlsplit(address).query)[name][0]
    answer = await browser.come_back(f"{address}&{name}={value}")
    if name == "iss":
        # Not one that could be believed; nor is it needed where each provider has an address of its own.
        assert is_logged_in(answer)
    elif name == "code":
        refused(answer, "oauth_failed")
    else:
        refused(answer, "oauth_state", path=None)


@BOTH
async def test_a_code_that_was_used(browser: Browser, provider: str) -> None:
    used = await browser.at_provider(await browser.begin(provider), Someone())
    code = parse_qs(urlsplit(used).query)["code"][0]
    assert is_logged_in(await browser.come_back(used))
    fresh = await browser.at_provider(await browser.begin(provider), Someone())
    refused(await browser.come_back(changed(fresh, code=code)), "oauth_failed")


@BOTH
async def test_a_code_of_another_attempt(api: Api, browser: Browser, provider: str) -> None:
    """A stolen code, injected into an attempt of the thief's own: only the browser that asked has its verifier."""
    victim = Someone()
    stolen = await browser.at_provider(await browser.begin(provider), victim)
    code = parse_qs(urlsplit(stolen).query)["code"][0]
    thief = browser_of(api)
    own = await thief.at_provider(await thief.begin(provider), Someone())
    refused(await thief.come_back(changed(own, code=code)), "oauth_failed")
    assert nobody_came(api, victim)


@pytest.mark.parametrize("code", [None, "", "x", "a" * 2000, "' OR 1=1 --", "a&client_id=evil"])
async def test_a_code_that_is_none(browser: Browser, code: str | None) -> None:
    address = await browser.at_provider(await browser.begin("google"), Someone())
    refused(await browser.come_back(changed(address, code=code)), "oauth_failed")


@BOTH
async def test_another_provider_s_answer(api: Api, browser: Browser, provider: str) -> None:
    """Mix-up: what one provider answered is brought to the other's address."""
    someone = Someone()
    address = await browser.at_provider(await browser.begin(provider), someone)
    other = "github" if provider == "google" else "google"
    await browser.begin(other)
    browser.headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.site.cookies.items())}
    refused(await browser.come_back(address.replace(f"/{provider}/", f"/{other}/")), "oauth_state", path=None)
    assert nobody_came(api, someone)


@BOTH
@pytest.mark.parametrize("issuer", ["https://evil.test", "", "https://accounts.google.com", "https://github.com"])
async def test_an_answer_that_names_another_issuer(browser: Browser, provider: str, issuer: str) -> None:
    address = await browser.at_provider(await browser.begin(provider), Someone())
    refused(await browser.come_back(changed(address, iss=issuer)), "oauth_failed")


@pytest.mark.parametrize(
    "downgrade",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge": "a" * 43},
    ],
)
async def test_a_request_without_its_challenge(browser: Browser, downgrade: dict[str, str | None]) -> None:
    """PKCE downgrade: whatever somebody makes of the request on its way, a code without our challenge is no good."""
    address = changed(await browser.begin("google"), **downgrade)
    async with httpx.AsyncClient(trust_env=False) as client:
        first = await client.get(address)
    assert first.status_code == 303
    back = first.headers["Location"]
    if back.startswith("/"):
        back = await browser.at_provider(address, Someone())
    refused(await browser.come_back(back), "oauth_failed")


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "http://localhost:8000/", "http://localhost:8000/accounts/google/login/callback"]
)
async def test_a_request_that_leads_elsewhere(browser: Browser, target: str) -> None:
    address = changed(await browser.begin("google"), redirect_uri=target)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(address)
    assert answer.status_code == 400
    assert "redirect_uri" in answer.text


@pytest.mark.parametrize("error", ["server_error", "invalid_scope", "<script>alert(1)</script>", "x" * 2000, ""])
async def test_an_error_beside_a_code(api: Api, browser: Browser, error: str) -> None:
    someone = Someone()
    address = await browser.at_provider(await browser.begin("google"), someone)
    answer = await browser.come_back(changed(address, error=error))
    refused(answer, "oauth_unavailable" if error == "server_error" else "oauth_failed")
    assert nobody_came(api, someone)


async def test_secrets_of_one_attempt_do_not_serve_another(api: Api, browser: Browser) -> None:
    """Somebody who writes to the database can't exchange what is sealed."""
    backs = [await browser.at_provider(await browser.begin("google"), Someone()) for _ in range(2)]
    async with api.database.connection() as connection:
        await connection.execute(
            "UPDATE oauth_authorizations a SET secrets = b.secrets FROM oauth_authorizations b"
            " WHERE a.state_hash <> b.state_hash AND a.expires_at > now() AND b.expires_at > now()"
            " AND a.state_hash = sha256(convert_to(%s, 'UTF8')) AND b.state_hash = sha256(convert_to(%s, 'UTF8'))",
            [parse_qs(urlsplit(address).query)["state"][0] for address in backs],
        )
    refused(await browser.come_back(backs[0]), "oauth_state", path=None)
    assert is_logged_in(await browser.come_back(backs[1]))


async def test_the_callback_is_for_navigation_alone(api: Api, browser: Browser) -> None:
    address = await browser.at_provider(await browser.begin("google"), Someone())
    parts = urlsplit(address)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await browser.site.request(method, f"{parts.path}?{parts.query}")).status_code == 405
    assert (await api.client().get("/accounts/facebook/login/callback/")).status_code == 400
    assert is_logged_in(await browser.come_back(address))


async def test_where_nothing_is_set_up(database: TestDatabase, api: Api) -> None:
    async with running(database) as bare:
        client = bare.client()
        assert (await client.get("/api/auth/oauth/providers/")).json() == []
        for provider in ("google", "github"):
            answer = await client.get(f"/api/auth/oauth/{provider}/login/", params={"next": "/dashboard"})
            assert told(answer) == ("/login", {"reason": "oauth_off", "next": "/dashboard"})
        assert (await client.get("/api/auth/oauth/facebook/login/")).status_code == 400
