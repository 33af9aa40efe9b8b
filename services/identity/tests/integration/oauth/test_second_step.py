"""Logging in with a provider where the account has a second factor."""

from urllib.parse import parse_qs, urlsplit

import jwt
from services.identity.tests.conftest import Api, Clock, Person
from services.identity.tests.integration.oauth.conftest import (
    NEXT,
    Someone,
    browser_of,
    is_logged_in,
    joined_by,
    link,
    linked,
    page_of,
    unlink,
)
from services.identity.tests.secondfactors import PASSKEYS, add_app, add_passkey, owner, second_step


async def test_the_provider_is_the_first_step_alone(api: Api, user: Person, clock: Clock) -> None:
    ada = Someone()
    await link(page_of(api, user), "google", ada, user.password)
    app = await add_app(user, clock)
    browser = browser_of(api)
    answer = await browser.log_in("google", ada)
    page = urlsplit(answer.headers["Location"])
    # Behind the #, where no server and no log sees it.
    assert (page.path, page.query) == ("/login", "")
    step = {name: value for name, (value,) in parse_qs(page.fragment).items()}
    assert (step["methods"], step["next"]) == ("totp,recovery_code", NEXT)
    assert not any("refresh_token=" in line for line in answer.headers.get_list("Set-Cookie"))
    assert (await second_step(api, step["second_factor"], "totp", "000000")).status_code == 401
    done = await second_step(api, step["second_factor"], "totp", app.next_code())
    assert done.status_code == 200
    claims = jwt.decode(done.json()["access"], options={"verify_signature": False})
    assert claims["sub"] == user.id
    assert set(claims["amr"]) == {"fed", "otp", "mfa"}


async def test_a_squatter_s_second_factor_doesn_t_outlive_the_handing_over(api: Api, clock: Clock) -> None:
    squatter = await api.join()
    await add_app(squatter, clock)
    await add_passkey(squatter)
    ada, browser = Someone(email=squatter.email), browser_of(api)
    assert is_logged_in(await browser.log_in("google", ada))
    assert (await browser.profile())["id"] == squatter.id
    for table in ("totp", "passkeys", "recovery_codes"):
        assert api.rows(f"SELECT 1 FROM {table} WHERE user_id = %s", squatter.id) == []


async def test_a_passkey_is_a_way_to_log_in(api: Api) -> None:
    person = await joined_by(api, "google", Someone())
    await add_passkey(person)
    assert (await unlink(person, "google", None)).status_code == 204
    assert await linked(person) == []
    (passkey,) = (await person.client.get(f"{PASSKEYS}/")).json()
    kept = await person.client.post(f"{PASSKEYS}/{passkey['id']}/remove/", json=owner(person))
    assert (kept.status_code, kept.json()["code"]) == (409, "last_login_method")
