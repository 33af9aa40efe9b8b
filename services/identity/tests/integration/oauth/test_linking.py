"""Linking providers with an account, and taking them off again."""

from typing import Any

import pytest
from services.identity.tests.conftest import Api, Clock, Person
from services.identity.tests.integration.oauth.conftest import (
    Someone,
    ask,
    browser_of,
    is_logged_in,
    joined_by,
    link,
    linked,
    page_of,
    refused,
    told,
    unlink,
)

BOTH = pytest.mark.parametrize("provider", ["google", "github"])
PAGE = "/profile/account"


@BOTH
async def test_a_linked_provider_opens_the_account(api: Api, user: Person, provider: str) -> None:
    page = page_of(api, user)
    # Another address than the account's, and not even verified: it plays no part.
    someone = Someone(verified=False)
    answer = await link(page, provider, someone, user.password)
    assert told(answer) == (PAGE, {"linked": provider})
    assert not any("refresh_token" in line for line in answer.headers.get_list("Set-Cookie"))
    assert await linked(user) == [provider]
    browser = browser_of(api)
    assert is_logged_in(await browser.log_in(provider, someone))
    profile = await browser.profile()
    assert (profile["id"], profile["email"], profile["email_verified"]) == (user.id, user.email, False)
    # The password goes on to work, and doing it again changes nothing.
    await api.log_in(user)
    assert told(await link(page, provider, someone, user.password)) == (PAGE, {"linked": provider})
    assert await linked(user) == [provider]


async def test_what_is_told_of_linked_accounts(api: Api, user: Person, clock: Clock) -> None:
    page, google = page_of(api, user), Someone()
    await link(page, "google", google, user.password)
    await link(page, "github", Someone(verified=False), user.password)
    clock.forward(minutes=5)
    await browser_of(api).log_in("google", google)
    answer = await user.client.get("/api/auth/oauth/accounts/")
    assert answer.headers["Cache-Control"] == "no-store"
    github, first = answer.json()
    assert {name: first[name] for name in ("provider", "name", "email")} == {
        "provider": "google",
        "name": "Google",
        "email": google.email,
    }
    assert first["last_used_at"] > first["linked_at"]
    assert (github["name"], github["email"]) == ("GitHub", None)
    assert google.sub not in answer.text
    assert (await api.client().get("/api/auth/oauth/accounts/")).status_code == 401
    taken_along = (await user.client.get("/api/auth/export/")).json()["linked_accounts"]
    assert [(row["provider"], row["email"]) for row in taken_along] == [("github", None), ("google", google.email)]


async def test_linking_needs_the_password_again(api: Api, user: Person) -> None:
    page = page_of(api, user)
    for password in (None, "", "not the password"):
        answer = await ask(page, "google", password)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["current_password"])
        assert "Set-Cookie" not in answer.headers
    stranger = await api.client().post("/api/auth/oauth/google/link/", json={"current_password": user.password})
    assert stranger.status_code == 401


async def test_without_a_password_a_fresh_login_will_do(api: Api, clock: Clock) -> None:
    person = await joined_by(api, "google", Someone())
    page = page_of(api, person)
    assert told(await link(page, "github", Someone(), None)) == (PAGE, {"linked": "github"})
    clock.forward(minutes=11)
    for answer in (await ask(page, "github", None), await unlink(person, "github", None)):
        assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication_required")


async def test_only_the_browser_that_asked_links(api: Api, user: Person) -> None:
    """The attacker asks, and has the victim follow the address: their account must not open the attacker's."""
    attacker = page_of(api, user)
    asked = await ask(attacker, "google", user.password)
    victim = browser_of(api)
    address = await victim.at_provider(asked.json()["authorize_url"], Someone())
    refused(await victim.come_back(address), "oauth_state", path=None)
    assert await linked(user) == []
    refused(await attacker.come_back(address), "oauth_state", path=None)
    assert await linked(user) == []


async def test_an_attempt_to_link_ends_with_the_login_that_asked(api: Api, user: Person) -> None:
    other = await api.another_login(user)
    page = page_of(api, other)
    asked = await ask(page, "google", user.password)
    address = await page.at_provider(asked.json()["authorize_url"], Someone())
    await api.client().post("/api/auth/logout/", json={"refresh": other.refresh})
    refused(await page.come_back(address), "oauth_login_ended", PAGE, path=None)
    assert await linked(user) == []


async def test_an_attempt_to_link_ends_after_ten_minutes(api: Api, user: Person, clock: Clock) -> None:
    page = page_of(api, user)
    asked = await ask(page, "google", user.password)
    address = await page.at_provider(asked.json()["authorize_url"], Someone())
    clock.forward(minutes=10)
    refused(await page.come_back(address), "oauth_state", PAGE, path=None)


async def test_who_cancels_has_linked_nothing(api: Api, user: Person) -> None:
    page = page_of(api, user)
    asked = await ask(page, "google", user.password)
    address = await page.at_provider(asked.json()["authorize_url"], None)
    refused(await page.come_back(address), "oauth_denied", PAGE, path=None)
    assert await linked(user) == []


@BOTH
async def test_what_opens_another_account_is_not_linked(api: Api, user: Person, provider: str) -> None:
    someone = Someone()
    owner = await joined_by(api, provider, someone)
    refused(await link(page_of(api, user), provider, someone, user.password), "oauth_identity_taken", PAGE, path=None)
    assert (await linked(user), await linked(owner)) == ([], [provider])


@BOTH
async def test_one_account_of_each_provider(api: Api, user: Person, provider: str) -> None:
    page, first = page_of(api, user), Someone()
    await link(page, provider, first, user.password)
    refused(await link(page, provider, Someone(), user.password), "oauth_already_linked", PAGE, path=None)
    browser = browser_of(api)
    await browser.log_in(provider, first)
    assert (await browser.profile())["id"] == user.id


@BOTH
async def test_an_unlinked_provider_opens_the_account_no_more(api: Api, provider: str) -> None:
    person = await api.join(email_verified=True)
    someone = Someone(email=person.email)
    await link(page_of(api, person), provider, someone, person.password)
    for password in (None, "not the password"):
        assert (await unlink(person, provider, password)).status_code == 400
    assert await linked(person) == [provider]
    assert (await unlink(person, provider, person.password)).status_code == 204
    assert await linked(person) == []
    refused(await browser_of(api).log_in(provider, someone), "oauth_email_taken")
    again = await unlink(person, provider, person.password)
    assert (again.status_code, again.json()["code"]) == (404, "not_linked")
    # Both were told to the address that is theirs, and nothing else was.
    mails = api.rows("SELECT kind, data->>'provider' AS name FROM mails WHERE user_id = %s ORDER BY id", person.id)
    name = {"google": "Google", "github": "GitHub"}[provider]
    assert mails == [{"kind": f"provider_{what}", "name": name} for what in ("linked", "unlinked")]


async def test_the_last_way_to_log_in_stays(api: Api) -> None:
    person = await joined_by(api, "google", Someone())
    kept = await unlink(person, "google", None)
    assert (kept.status_code, kept.json()["code"]) == (409, "last_login_method")
    await link(page_of(api, person), "github", Someone(), None)
    assert (await unlink(person, "google", None)).status_code == 204
    kept = await unlink(person, "github", None)
    assert (kept.status_code, kept.json()["code"]) == (409, "last_login_method")
    assert await linked(person) == ["github"]


async def test_a_provider_that_is_switched_off_is_no_way_to_log_in(
    provider_settings: dict[str, Any], own_providers: Api
) -> None:
    person = await joined_by(own_providers, "google", Someone())
    await link(page_of(own_providers, person), "github", Someone(), None)
    admin = await own_providers.join("admin")
    app = {"provider": "github", "client_id": "x", "client_secret": "y", "enabled": False}
    assert (await admin.client.post("/api/auth/oauth/apps/", json=app)).status_code == 201
    assert (await unlink(person, "google", None)).json()["code"] == "last_login_method"
    assert (await admin.client.delete("/api/auth/oauth/apps/github/")).status_code == 204
    assert (await unlink(person, "google", None)).status_code == 204


async def test_linking_is_on_record(api: Api, user: Person) -> None:
    await link(page_of(api, user), "google", Someone(), user.password)
    await unlink(user, "google", user.password)
    lines = api.rows("SELECT action, actor, before, after FROM audit_log WHERE subject = %s ORDER BY id", user.id)
    told_of = [(line["action"], str(line["actor"]), line["before"], line["after"]) for line in lines]
    about = {"provider": "google"}
    assert ("provider.linked", user.id, {}, about) in told_of
    assert ("provider.unlinked", user.id, about, {}) in told_of
