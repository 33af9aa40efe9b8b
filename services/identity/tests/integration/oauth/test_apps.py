"""Providers' apps, as admins enter them at run time."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic import ValidationError
from services.identity.tests.conftest import Api, Person, migrated, running
from services.identity.tests.integration.oauth.conftest import Someone, browser_of, is_logged_in, refused, told

from identity.settings import Settings
from shared.testing.infra import TestDatabase

APPS = "/api/auth/oauth/apps/"
NO_APPS = {f"{provider}_client_{what}": "" for provider in ("google", "github") for what in ("id", "secret")}


@pytest.fixture
async def bare(make_database: Callable[[], TestDatabase], provider_settings: dict[str, Any]) -> AsyncIterator[Api]:
    """Where the environment says nothing of apps."""
    async with running(await migrated(make_database()), **provider_settings | NO_APPS) as started:
        yield started


@pytest.fixture
async def admin(bare: Api) -> Person:
    return await bare.join("admin")


@pytest.fixture
def app(provider_settings: dict[str, Any]) -> dict[str, str]:
    """As an admin enters it."""
    settings = provider_settings
    return {
        "provider": "google",
        "client_id": settings["google_client_id"],
        "client_secret": settings["google_client_secret"],
    }


async def offered(api: Api) -> list[str]:
    return [each["provider"] for each in (await api.client().get("/api/auth/oauth/providers/")).json()]


async def test_an_app_counts_at_once_in_every_replica(
    bare: Api, admin: Person, app: dict[str, str], provider_settings: dict[str, Any]
) -> None:
    async with running(bare.test_database, **provider_settings | NO_APPS) as replica:
        assert (await offered(bare), await offered(replica)) == ([], [])
        answer = await admin.client.post(APPS, json=app)
        assert answer.status_code == 201
        assert {name: answer.json()[name] for name in ("provider", "client_id", "enabled", "redirect_uri")} == {
            "provider": "google",
            "client_id": app["client_id"],
            "enabled": True,
            "redirect_uri": "http://localhost:8000/accounts/google/login/callback/",
        }
        for each in (bare, replica):
            assert await offered(each) == ["google"]
            assert is_logged_in(await browser_of(each).log_in("google", Someone()))
        # On their way while it is switched off.
        browser = browser_of(replica)
        back = await browser.at_provider(await browser.begin("google"), Someone())
        changed = await admin.client.patch(f"{APPS}google/", json={"enabled": False})
        assert changed.json()["enabled"] is False
        assert (await offered(bare), await offered(replica)) == ([], [])
        refused(await browser.come_back(back), "oauth_off")
        assert (await admin.client.put(f"{APPS}google/", json={"enabled": True})).status_code == 200
        assert await offered(replica) == ["google"]
        assert (await admin.client.delete(f"{APPS}google/")).status_code == 204
        assert (await offered(bare), await offered(replica)) == ([], [])


async def test_a_secret_is_changed_without_a_restart(bare: Api, admin: Person, app: dict[str, str]) -> None:
    await admin.client.post(APPS, json={**app, "client_secret": "of-last-year"})
    refused(await browser_of(bare).log_in("google", Someone()), "oauth_misconfigured")
    await admin.client.patch(f"{APPS}google/", json={"client_secret": app["client_secret"]})
    assert is_logged_in(await browser_of(bare).log_in("google", Someone()))


async def test_what_an_admin_enters_overrides_the_environment(own_providers: Api) -> None:
    admin = await own_providers.join("admin")
    entered = {"provider": "google", "client_id": "entered.example", "client_secret": "entered"}
    await admin.client.post(APPS, json=entered)
    assert "client_id=entered.example" in await browser_of(own_providers).begin("google")
    await admin.client.patch(f"{APPS}google/", json={"enabled": False})
    assert await offered(own_providers) == ["github"]
    await admin.client.delete(f"{APPS}google/")
    assert is_logged_in(await browser_of(own_providers).log_in("google", Someone()))


async def test_a_secret_is_never_read_back(bare: Api, admin: Person, app: dict[str, str]) -> None:
    secret = app["client_secret"]
    answers = [
        await admin.client.post(APPS, json=app),
        await admin.client.get(APPS),
        await admin.client.get(f"{APPS}google/"),
        await admin.client.patch(f"{APPS}google/", json={"client_secret": secret, "client_id": "other"}),
        await admin.client.put(f"{APPS}google/", json={"client_id": app["client_id"]}),
        await admin.client.post(APPS, json=app),
        await admin.client.patch(f"{APPS}google/", json={"client_secret": f"{secret} "}),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200, 409, 400]
    assert not any(secret in answer.text for answer in answers)
    (row,) = bare.rows("SELECT * FROM oauth_apps")
    assert secret.encode() not in row["client_secret"]
    assert secret not in str(bare.rows("SELECT * FROM audit_log"))
    assert is_logged_in(await browser_of(bare).log_in("google", Someone()))


async def test_changes_are_on_record(bare: Api, admin: Person, app: dict[str, str]) -> None:
    await admin.client.post(APPS, json=app)
    await admin.client.patch(f"{APPS}google/", json={"client_secret": "other", "enabled": False})
    await admin.client.delete(f"{APPS}google/")
    lines = bare.rows("SELECT actor, before, after FROM audit_log WHERE action = 'oauth_app.changed' ORDER BY id")
    assert {str(line["actor"]) for line in lines} == {admin.id}
    google = {"provider": "google"}
    first, second = ({**google, "client_id": app["client_id"], "enabled": on} for on in (True, False))
    assert [(line["before"], line["after"]) for line in lines] == [
        (google, first),
        (first, {**second, "client_secret": "changed"}),
        (second, google),
    ]


async def test_under_another_secret_key_a_provider_is_off_and_nothing_breaks(
    bare: Api, admin: Person, app: dict[str, str], provider_settings: dict[str, Any]
) -> None:
    await admin.client.post(APPS, json=app)
    changed = {"secret_key": "another secret of the tests, of 32 characters"}
    async with running(bare.test_database, **provider_settings | changed) as other:
        assert await offered(other) == ["github"]
        answer = await other.client().get("/api/auth/oauth/google/login/")
        assert told(answer) == ("/login", {"reason": "oauth_off", "next": "/"})
        again = await other.join("admin")
        await again.client.patch(f"{APPS}google/", json={"client_secret": app["client_secret"]})
        assert is_logged_in(await browser_of(other).log_in("google", Someone()))


async def test_apps_are_admins_business(bare: Api, app: dict[str, str]) -> None:
    for person, status in ((await bare.join("user"), 403), (await bare.join("creator"), 403), (None, 401)):
        client = person.client if person else bare.client()
        answers = [
            await client.get(APPS),
            await client.post(APPS, json=app),
            *[await client.request(method, f"{APPS}google/", json={}) for method in ("GET", "PUT", "PATCH", "DELETE")],
        ]
        assert {answer.status_code for answer in answers} == {status}
    assert await offered(bare) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("provider", value) for value in ("facebook", "", None)),
        *(("client_id", value) for value in ("", "a b", "x" * 256, "ü", None)),
        *(("client_secret", value) for value in ("", "a\nb", "x" * 1001, None)),
    ],
)
async def test_bad_input(admin: Person, app: dict[str, Any], field: str, value: Any) -> None:
    answer = await admin.client.post(APPS, json={**app, field: value})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    missing = await admin.client.patch(f"{APPS}google/", json={"enabled": True})
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("name", ["google_token_url", "google_issuer", "github_api_url", "github_authorize_url"])
def test_providers_are_asked_by_tls(name: str) -> None:
    with pytest.raises(ValidationError, match=f"{name.upper()} has to begin with https://"):
        Settings(**{name: "http://provider.example.com"})
    Settings(debug=True, **{name: "http://provider.example.com"})
    Settings(**{name: "https://provider.example.com"})
