"""Second factors: adding, using, replacing and losing them; times by a clock of the tests' own."""

from typing import Any

import httpx
import jwt
import pytest
from services.identity.tests.conftest import Api, Clock, Person, running
from services.identity.tests.secondfactors import (
    FACTORS,
    PASSKEYS,
    SECOND_STEP,
    App,
    add_app,
    add_passkey,
    first_step,
    owner,
    second_step,
)

from identity.factors import challenges
from shared.testing.refusals import refusals


@pytest.fixture(autouse=True)
def _past(clock: Clock) -> None:
    """Tokens are verified by the real time, and may not come from the future: tests go forward from a while ago."""
    clock.forward(minutes=-12)


def amr(access: str) -> list[str]:
    found: list[str] = jwt.decode(access, options={"verify_signature": False})["amr"]
    return found


async def overview(person: Person) -> dict[str, Any]:
    answer = await person.client.get(f"{FACTORS}/")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def login(api: Api, person: Person, app: App) -> Person:
    """Another login of theirs, by both steps."""
    problem = await first_step(api, person)
    answer = await second_step(api, problem["challenge"], "totp", app.next_code())
    assert answer.status_code == 200, answer.text
    other = Person(person.id, person.email, person.username, api.client())
    other.use(answer.json())
    return other


def actions(api: Api, person: Person) -> list[str]:
    found = api.rows("SELECT action FROM audit_log WHERE subject = %s ORDER BY id", person.id)
    return [row["action"] for row in found]


async def test_an_authenticator_app_and_a_login_with_it(api: Api, user: Person, clock: Clock) -> None:
    assert await overview(user) == {
        "totp_since": None,
        "passkeys": 0,
        "recovery_codes_left": 0,
        "required": False,
        "has_password": True,
    }
    started = await user.client.post(f"{FACTORS}/totp/", json=owner(user))
    assert started.headers["Cache-Control"] == "no-store"
    assert set(started.json()) == {"secret", "uri", "qr_code"}
    app = App(started.json()["secret"], clock)
    # Until the first code is right, nothing has changed.
    wrong = await user.client.post(f"{FACTORS}/totp/confirm/", json={"code": app.code(step=5)})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["code"])
    assert (await api.another_login(user)).access
    confirmed = await user.client.post(f"{FACTORS}/totp/confirm/", json={"code": f" {app.code()[:3]} {app.code()[3:]}"})
    codes = confirmed.json()["recovery_codes"]
    assert len(set(codes)) == 10
    found = await overview(user)
    assert found["totp_since"] is not None
    assert found["recovery_codes_left"] == 10
    # The login that added it goes on, and counts as one with a second factor from its next refresh on.
    assert amr(user.access) == ["pwd"]
    refreshed = await user.client.post("/api/auth/refresh/", json={"refresh": user.refresh})
    assert amr(refreshed.json()["access"]) == ["pwd", "otp", "mfa"]

    problem = await first_step(api, user)
    assert problem["methods"] == ["totp", "recovery_code"]
    # The code that confirmed it was good once.
    assert (await second_step(api, problem["challenge"], "totp", app.code())).status_code == 401
    answer = await second_step(api, problem["challenge"], "totp", app.next_code())
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"user", "access", "refresh"}
    assert amr(answer.json()["access"]) == ["pwd", "otp", "mfa"]
    assert (await api.client(answer.json()["access"]).get("/api/auth/profile/")).status_code == 200
    assert actions(api, user)[-2:] == ["second_factor.added", "login.started"]


async def test_the_wrong_password_tells_nothing_of_second_factors(api: Api, user: Person, clock: Clock) -> None:
    await add_app(user, clock)
    body = {"email": user.email, "password": "wrong-password"}
    answer = await api.client().post("/api/auth/login/", json=body)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    assert "challenge" not in answer.json()


async def test_pages_get_their_cookies_from_the_second_step(api: Api, user: Person, clock: Clock) -> None:
    app = await add_app(user, clock)
    page = {"X-Auth-Mode": "cookie", "Sec-Fetch-Site": "same-origin"}
    client = api.client()
    first = await client.post("/api/auth/login/", json={"email": user.email, "password": user.password}, headers=page)
    assert first.status_code == 403
    assert "refresh_token" not in first.headers.get("Set-Cookie", "")
    body = {"challenge": first.json()["challenge"], "method": "totp", "code": app.next_code()}
    foreign = await client.post(SECOND_STEP, json=body, headers={**page, "Sec-Fetch-Site": "cross-site"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "cross_site")
    answer = await client.post(SECOND_STEP, json=body, headers=page)
    assert set(answer.json()) == {"user", "access"}
    assert "refresh_token=" in str(answer.headers.get_list("Set-Cookie"))
    assert (await client.post("/api/auth/refresh/", headers=page)).status_code == 200


async def test_a_code_is_good_once_and_about_a_minute(api: Api, user: Person, clock: Clock) -> None:
    app = await add_app(user, clock)
    clock.forward(minutes=1)
    early, used, late = app.code(step=1), app.code(), app.code(step=-1)
    challenge = (await first_step(api, user))["challenge"]
    assert (await second_step(api, challenge, "totp", app.code(step=2))).status_code == 401
    assert (await second_step(api, challenge, "totp", app.code(step=-2))).status_code == 401
    assert (await second_step(api, challenge, "totp", used)).status_code == 200
    challenge = (await first_step(api, user))["challenge"]
    for replayed in (used, late):
        answer = await second_step(api, challenge, "totp", replayed)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_second_factor")
    assert (await second_step(api, challenge, "totp", early)).status_code == 200


async def test_a_recovery_code_is_good_once(api: Api, user: Person, clock: Clock) -> None:
    app = await add_app(user, clock)
    code = app.recovery_codes[3]
    answer = await second_step(api, (await first_step(api, user))["challenge"], "recovery_code", code.upper())
    assert answer.status_code == 200
    assert amr(answer.json()["access"]) == ["pwd", "otp", "mfa"]
    user.use(answer.json())
    assert (await overview(user))["recovery_codes_left"] == 9
    challenge = (await first_step(api, user))["challenge"]
    assert (await second_step(api, challenge, "recovery_code", code)).status_code == 401
    # New ones replace them all.
    renewed = await user.client.post(f"{FACTORS}/recovery-codes/", json=owner(user))
    assert len(renewed.json()["recovery_codes"]) == 10
    assert (await second_step(api, challenge, "recovery_code", app.recovery_codes[0])).status_code == 401
    answer = await second_step(api, challenge, "recovery_code", renewed.json()["recovery_codes"][0])
    assert answer.status_code == 200
    assert {"recovery_code.used", "recovery_codes.renewed"} < set(actions(api, user))


async def test_a_challenge_is_good_for_one_account_one_login_and_five_minutes(api: Api, clock: Clock) -> None:
    ada, bob = await api.join(), await api.join()
    adas, bobs = await add_app(ada, clock), await add_app(bob, clock)
    code = bobs.next_code()
    adas_challenge, bobs_challenge = [(await first_step(api, each))["challenge"] for each in (ada, bob)]
    assert (await second_step(api, adas_challenge, "totp", code)).status_code == 401
    assert (await second_step(api, adas_challenge, "recovery_code", bobs.recovery_codes[0])).status_code == 401
    assert (await second_step(api, bobs_challenge, "totp", code)).status_code == 200
    over = await second_step(api, bobs_challenge, "totp", bobs.next_code())
    assert (over.status_code, over.json()["code"]) == (401, "invalid_challenge")
    clock.forward(minutes=5)
    over = await second_step(api, adas_challenge, "totp", adas.code())
    assert (over.status_code, over.json()["code"]) == (401, "invalid_challenge")
    for unknown in ("x", "a" * 43, "ü" * 43):
        answer = await second_step(api, unknown, "totp", adas.code())
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_challenge")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_guessing_ends_with_the_challenge(api: Api, user: Person, clock: Clock) -> None:
    app = await add_app(user, clock)
    challenge = (await first_step(api, user))["challenge"]
    wrong = next(
        f"{number:06}" for number in range(10) if f"{number:06}" not in {app.code(step) for step in (-1, 0, 1, 2)}
    )
    left = [(await second_step(api, challenge, "totp", wrong)).json()["attempts_left"] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    # Even the right one comes too late.
    answer = await second_step(api, challenge, "totp", app.next_code())
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_challenge")


@pytest.mark.parametrize("how", ["password", "deactivated", "disabled"])
async def test_what_ends_logins_ends_those_under_way(
    api: Api, user: Person, admin: Person, clock: Clock, how: str
) -> None:
    app = await add_app(user, clock)
    user.use((await user.client.post("/api/auth/refresh/", json={"refresh": user.refresh})).json())
    challenge = (await first_step(api, user))["challenge"]
    if how == "password":
        answer = await user.client.post(
            "/api/auth/password/change/", json=owner(user, new_password="another-good-password")
        )
    elif how == "deactivated":
        answer = await admin.client.patch(f"/api/users/{user.id}/", json={"is_active": False})
    else:
        answer = await user.client.post(f"{FACTORS}/totp/disable/", json=owner(user))
    assert answer.status_code in (200, 204), answer.text
    refused = await second_step(api, challenge, "totp", app.next_code())
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_challenge")


async def test_changes_need_the_password(api: Api, user: Person, clock: Clock) -> None:
    await add_app(user, clock)
    await add_passkey(user)
    (passkey,) = (await user.client.get(f"{PASSKEYS}/")).json()
    changes = [
        f"{FACTORS}/totp/",
        f"{FACTORS}/totp/disable/",
        f"{FACTORS}/recovery-codes/",
        f"{PASSKEYS}/options/",
        f"{PASSKEYS}/{passkey['id']}/remove/",
    ]
    before = await overview(user)
    for path in changes:
        assert (await api.client().post(path, json=owner(user))).status_code == 401
        for body in ({}, {"current_password": "wrong-password"}, {"current_password": None}):
            answer = await user.client.post(path, json=body)
            assert (answer.status_code, list(answer.json()["errors"])) == (400, ["current_password"])
    assert await overview(user) == before


async def test_a_password_alone_does_not_replace_a_second_factor(api: Api, user: Person, clock: Clock) -> None:
    """A login that began before the second factor was added, in the hands of somebody who knows the password."""
    older = await api.another_login(user)
    app = await add_app(user, clock)
    for path in (f"{FACTORS}/totp/", f"{FACTORS}/totp/disable/", f"{FACTORS}/recovery-codes/", f"{PASSKEYS}/options/"):
        answer = await older.client.post(path, json=owner(older))
        assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication_required"), path
    both = await login(api, user, app)
    assert (await both.client.post(f"{FACTORS}/recovery-codes/", json=owner(both))).status_code == 200
    # And no login was ended by any of it.
    assert (await older.profile()).status_code == 200


async def test_an_app_is_replaced_by_the_first_code_of_the_next(api: Api, user: Person, clock: Clock) -> None:
    old = await add_app(user, clock)
    started = await user.client.post(f"{FACTORS}/totp/", json=owner(user))
    new = App(started.json()["secret"], clock)
    # The old one is good until then.
    assert await login(api, user, old)
    clock.forward(seconds=30)
    confirmed = await user.client.post(f"{FACTORS}/totp/confirm/", json={"code": new.code()})
    assert confirmed.json() == {"recovery_codes": None}
    challenge = (await first_step(api, user))["challenge"]
    assert (await second_step(api, challenge, "totp", old.next_code())).status_code == 401
    assert (await second_step(api, challenge, "totp", new.code())).status_code == 200
    # An offer is good for one confirmation and for ten minutes.
    again = await user.client.post(f"{FACTORS}/totp/confirm/", json={"code": new.next_code()})
    assert (again.status_code, again.json()["code"]) == (409, "totp_not_started")
    third = App((await user.client.post(f"{FACTORS}/totp/", json=owner(user))).json()["secret"], clock)
    clock.forward(minutes=10, seconds=1)
    late = await user.client.post(f"{FACTORS}/totp/confirm/", json={"code": third.code()})
    assert (late.status_code, late.json()["code"]) == (409, "totp_not_started")


async def test_the_last_factor_takes_the_recovery_codes_along(api: Api, user: Person, clock: Clock) -> None:
    nothing = await user.client.post(f"{FACTORS}/recovery-codes/", json=owner(user))
    assert (nothing.status_code, nothing.json()["code"]) == (409, "no_second_factor")
    await add_app(user, clock)
    await add_passkey(user)
    (passkey,) = (await user.client.get(f"{PASSKEYS}/")).json()
    assert (await user.client.post(f"{FACTORS}/totp/disable/", json=owner(user))).status_code == 204
    assert (await overview(user))["recovery_codes_left"] == 10
    assert (await first_step(api, user))["methods"] == ["passkey", "recovery_code"]
    removed = await user.client.post(f"{PASSKEYS}/{passkey['id']}/remove/", json=owner(user))
    assert removed.status_code == 204
    assert (await overview(user))["recovery_codes_left"] == 0
    assert (await api.another_login(user)).access
    assert (await user.profile()).status_code == 200
    # Again, without anything to remove.
    assert (await user.client.post(f"{FACTORS}/totp/disable/", json=owner(user))).status_code == 204
    again = await user.client.post(f"{PASSKEYS}/{passkey['id']}/remove/", json=owner(user))
    assert again.status_code == 404


async def test_an_admin_helps_who_has_lost_everything(api: Api, user: Person, admin: Person, clock: Clock) -> None:
    await add_app(user, clock)
    await add_passkey(user)
    challenge = (await first_step(api, user))["challenge"]
    path = f"/api/users/{user.id}/second-factors/reset/"
    assert (await user.client.post(path, json={})).status_code == 403
    answer = await admin.client.post(path, json={"reason": "Lost the phone; known in person."})
    assert answer.status_code == 204
    assert (await user.profile()).status_code == 401
    assert (await second_step(api, challenge, "totp", "000000")).json()["code"] == "invalid_challenge"
    await api.log_in(user)
    assert (await overview(user))["recovery_codes_left"] == 0
    (line,) = api.rows(
        "SELECT actor, reason, before FROM audit_log WHERE subject = %s AND action = 'second_factors.reset'", user.id
    )
    assert str(line["actor"]) == admin.id
    assert line["reason"] == "Lost the phone; known in person."
    assert line["before"] == {"methods": ["totp", "passkey", "recovery_code"]}
    own = await admin.client.post(f"/api/users/{admin.id}/second-factors/reset/")
    assert (own.status_code, own.json()["code"]) == (409, "own_account")


async def test_second_factors_of_a_deleted_account_are_forgotten(
    api: Api, user: Person, admin: Person, clock: Clock
) -> None:
    await add_app(user, clock)
    await add_passkey(user)
    assert (await admin.client.delete(f"/api/users/{user.id}/")).status_code == 204
    for table in ("totp", "passkeys", "recovery_codes", "login_challenges", "webauthn_challenges"):
        assert api.rows(f"SELECT 1 FROM {table} WHERE user_id = %s", user.id) == []


async def test_nothing_that_is_stored_logs_in(api: Api, user: Person, clock: Clock) -> None:
    """Secrets are sealed, and bound to their account; codes and challenges are hashed."""
    app = await add_app(user, clock)
    challenge = (await first_step(api, user))["challenge"]
    stored = str(
        [
            api.rows("SELECT * FROM totp WHERE user_id = %s", user.id),
            api.rows("SELECT * FROM recovery_codes WHERE user_id = %s", user.id),
            api.rows("SELECT * FROM login_challenges WHERE user_id = %s", user.id),
        ]
    )
    for secret in (app.secret, challenge, *app.recovery_codes):
        assert secret not in stored
    # Put into another account's row, the secret can't be read.
    other = await api.join()
    theirs = await add_app(other, clock)
    async with api.database.connection() as connection:
        await connection.execute(
            "UPDATE totp SET secret = (SELECT secret FROM totp WHERE user_id = %s) WHERE user_id = %s",
            (user.id, other.id),
        )
    problem = await first_step(api, other)
    for code in (app.next_code(), theirs.code()):
        assert (await second_step(api, problem["challenge"], "totp", code)).status_code == 401
    assert (await second_step(api, problem["challenge"], "recovery_code", theirs.recovery_codes[0])).status_code == 200


BAD_STEPS: list[dict[str, Any]] = [
    {},
    {"challenge": "x", "method": "totp"},
    {"challenge": "x", "method": "passkey", "code": "123456"},
    {"challenge": "x", "method": "passkey", "credential": "x"},
    {"challenge": "x", "method": "sms", "code": "123456"},
    {"challenge": "x" * 5000, "method": "totp", "code": "123456"},
    {"challenge": "x", "method": "totp", "code": "1" * 500},
    {"challenge": "x\x00", "method": "totp", "code": "123456"},
    {"challenge": 1, "method": "totp", "code": 123456},
]


@pytest.mark.parametrize("body", BAD_STEPS)
async def test_bad_values_are_bad_input(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await client.post(SECOND_STEP, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["errors"]


async def test_what_has_expired_is_forgotten(api: Api, user: Person, clock: Clock) -> None:
    await add_app(user, clock)
    await first_step(api, user)
    query = "SELECT 1 FROM login_challenges WHERE user_id = %s"
    for minutes, left in ((4, 1), (2, 0)):
        clock.forward(minutes=minutes)
        async with api.database.transaction() as session:
            await challenges.prune(session, clock.now)
        assert len(api.rows(query, user.id)) == left


async def test_an_admin_without_one_is_a_user_who_is_told_why(own_api: Api) -> None:
    places = ("/api/admin/", "/api/users/")
    async with running(own_api.test_database, require_admin_second_factor=True) as strict:
        closed = await refusals(strict.app, (await strict.join("user")).client, *places)
        assert set(closed.values()) == {"forbidden"}
        assert {place.split("/")[2] for _, place in closed} == {"admin", "users"}
        weak = await refusals(strict.app, (await strict.join("admin")).client, *places)
        assert weak == dict.fromkeys(closed, "second_factor_required")


async def test_an_admin_who_must_have_a_second_factor_adds_one(own_api: Api) -> None:
    async with running(own_api.test_database, require_admin_second_factor=True) as strict:
        admin = await strict.join("admin")
        refused = await admin.client.get("/api/users/")
        assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
        assert (await overview(admin))["required"] is True
        app = await add_app(admin, Clock())
        assert (await admin.client.get("/api/users/")).status_code == 403
        admin.use((await admin.client.post("/api/auth/refresh/", json={"refresh": admin.refresh})).json())
        assert (await admin.client.get("/api/users/")).status_code == 200
        # The last one stays, with its recovery codes; others don't have to.
        last = await admin.client.post(f"{FACTORS}/totp/disable/", json=owner(admin))
        assert (last.status_code, last.json()["code"]) == (409, "second_factor_required")
        await add_passkey(admin)
        (passkey,) = (await admin.client.get(f"{PASSKEYS}/")).json()
        assert (await admin.client.post(f"{FACTORS}/totp/disable/", json=owner(admin))).status_code == 204
        last = await admin.client.post(f"{PASSKEYS}/{passkey['id']}/remove/", json=owner(admin))
        assert (last.status_code, last.json()["code"]) == (409, "second_factor_required")
        problem = await first_step(strict, admin)
        answer = await second_step(strict, problem["challenge"], "recovery_code", app.recovery_codes[0])
        assert (await strict.client(answer.json()["access"]).get("/api/users/")).status_code == 200
        user = await strict.join("user")
        await add_app(user, Clock())
        assert (await overview(user))["required"] is False
        assert (await user.client.post(f"{FACTORS}/totp/disable/", json=owner(user))).status_code == 204
