"""The commands for operators, as processes: what they do, what they say, how they end."""

import os
import subprocess
import sys
from collections.abc import Callable
from uuid import UUID, uuid5

import pytest
from services.identity.tests.conftest import PASSWORD, SECRET, Api, Clock, Person
from services.identity.tests.secondfactors import add_app

from shared.auth import JWKS_PATH

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(api: Api) -> Run:
    def command(*arguments: str, given: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DEBUG", "IDENTITY_"))}
        return subprocess.run(
            [sys.executable, "-m", "identity", *arguments],
            env={
                **inherited,
                **api.test_database.environment("identity"),
                "SECRET_KEY": SECRET,
                "LOG_LEVEL": "WARNING",
                **environment,
            },
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return command


async def test_create_admin(api: Api, run: Run) -> None:
    arguments = ("create-admin", "--email", "Root@Example.com", "--username", "root-of-all")
    done = run(*arguments, IDENTITY_ADMIN_PASSWORD="password")
    assert (done.returncode, done.stdout) == (1, "")
    assert "first that are guessed" in done.stderr
    done = run(*arguments, IDENTITY_ADMIN_PASSWORD=PASSWORD)
    assert (done.returncode, done.stdout) == (0, "root@example.com is an admin now.\n")
    admin = await api.log_in(Person("", "root@example.com", "root-of-all", api.client()))
    assert (await admin.client.get("/api/users/stats/")).status_code == 200
    events = api.events((await admin.profile()).json()["id"])
    assert [event["type"] for event in events] == ["identity.user.registered.v1"]
    done = run(*arguments, IDENTITY_ADMIN_PASSWORD=PASSWORD)
    assert done.returncode == 1
    assert "There is an account with this e-mail address already" in done.stderr
    assert "Traceback" not in done.stderr


async def test_reset_second_factors(api: Api, run: Run, user: Person, clock: Clock) -> None:
    await add_app(user, clock)
    done = run("reset-second-factors", "--email", user.email.upper(), "--reason", "known in person")
    assert (done.returncode, done.stdout) == (0, f"{user.email} has no second factor any more.\n"), done.stderr
    assert (await user.profile()).status_code == 401
    await api.log_in(user)
    (line,) = api.rows("SELECT * FROM audit_log WHERE subject = %s AND action = 'second_factors.reset'", user.id)
    assert (line["actor"], line["reason"]) == (None, "known in person")
    done = run("reset-second-factors", "--email", "nobody@example.com")
    assert (done.returncode, done.stderr) == (1, "There is no account with this e-mail address.\n")


async def test_operators_may_use_reserved_names(api: Api, run: Run) -> None:
    done = run("create-admin", "--email", "a@example.org", "--username", "admin", IDENTITY_ADMIN_PASSWORD=PASSWORD)
    assert (done.returncode, done.stdout) == (0, "a@example.org is an admin now.\n"), done.stderr
    await api.log_in(Person("", "a@example.org", "admin", api.client()))


@pytest.mark.parametrize(("email", "username"), [("not-an-address", "fine-name"), ("fine@example.com", "a b")])
async def test_create_admin_says_what_is_wrong(run: Run, email: str, username: str) -> None:
    done = run("create-admin", "--email", email, "--username", username, IDENTITY_ADMIN_PASSWORD=PASSWORD)
    assert done.returncode == 1
    assert (email if username == "fine-name" else username) in done.stderr
    assert "Traceback" not in done.stderr


async def test_seed_demo_is_for_development(run: Run) -> None:
    done = run("seed-demo")
    assert done.returncode == 1
    assert "for development only" in done.stderr


async def test_seed_demo_opens_the_accounts_once(api: Api, run: Run) -> None:
    done = run("seed-demo", DEBUG="true")
    assert (done.returncode, done.stdout) == (0, "Demo accounts: 9 new, 0 were there.\n"), done.stderr
    again = run("seed-demo", DEBUG="true")
    assert again.stdout == "Demo accounts: 0 new, 9 were there.\n"
    for name, role in (("creator", "creator"), ("user", "user")):
        answer = await api.client().post("/api/auth/login/", json={"email": f"{name}@test.com", "password": "test123"})
        assert answer.status_code == 200
        found = answer.json()["user"]
        expected = uuid5(UUID("5e551045-0000-4000-8000-000000000000"), f"user:test{name}")
        assert (found["id"], found["username"], found["role"]) == (str(expected), f"test{name}", role)
        assert len(api.events(expected)) == 1
    # Nobody can log in to the others, and nobody else may have that password.
    for password in ("test123", "!", ""):
        answer = await api.client().post(
            "/api/auth/login/", json={"email": "maya.lindqvist@example.com", "password": password}
        )
        assert answer.status_code in (400, 401)
    weak = {"email": "x@test.com", "username": "someone-else", "password": "test123"}
    assert (await api.client().post("/api/auth/register/", json=weak)).status_code == 400


async def test_rotate_keys_publishes_the_next_one(own_api: Api, api: Api, run: Run) -> None:
    person = await own_api.join()
    done = run("rotate-keys", **own_api.test_database.environment("identity"))
    assert done.returncode == 0, done.stderr
    assert "signs in 300 seconds" in done.stdout
    await own_api.parts.keys.load(max_age=0)
    assert len((await own_api.client().get(JWKS_PATH)).json()["keys"]) == 2
    assert (await person.profile()).status_code == 200


async def test_development_secrets_are_refused_outside_development(run: Run) -> None:
    done = run("rotate-keys", SECRET_KEY="insecure-development-secret-key-of-the-example")
    assert done.returncode != 0
    assert "SECRET_KEY still has its development value" in done.stderr
