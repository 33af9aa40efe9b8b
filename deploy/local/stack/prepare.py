"""One-shot steps between the processes' starts: data folder, roles and schemas, broker users, migrations, demo data."""

import concurrent.futures
import os
import pwd
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from stack.errors import StackError
from stack.health import superuser_dsn
from stack.parts import RABBITMQCTL, postgres_bin, rabbitmq_environment
from stack.ports import Ports
from stack.render import command_environment, marked
from stack.settings import SERVICES, Settings
from stack.state import CHECKOUT, State, database_user

BOOTSTRAP = CHECKOUT / "deploy/postgres/bootstrap.sql"


def run(
    command: list[str | Path],
    environment: dict[str, str],
    log: Path,
    *,
    user: str | None = None,
    cwd: Path | None = None,
) -> None:
    """Run to its end with the output in a log. Raises StackError with that log when it fails."""
    options = {"user": user, "group": user, "extra_groups": []} if user else {}
    with log.open("a") as file:
        result = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=cwd or log.parent,
            check=False,
            **options,  # type: ignore[call-overload]
        )
    if result.returncode:
        words = " ".join(str(word) for word in command[:4])
        raise StackError(f"`{words}` failed with exit code {result.returncode}", log)


def data_folder(settings: Settings) -> bool:
    """Make postgres' data folder when there is none. Returns whether it was made now."""
    state = settings.state
    data, user = state.path("postgres", "data"), database_user()
    if (data / "PG_VERSION").exists() and (data / "global/pg_control").exists():
        return False
    if data.exists():
        raise StackError(f"{data} is incomplete: its creation was interrupted. Delete that folder, or `make reset`")
    # Made aside and renamed when complete, so that an interrupted creation is not taken for a database.
    fresh, secret = state.path("postgres", "data.new"), state.path("postgres", "initial-password")
    subprocess.run(["rm", "-rf", "--", fresh], check=True)
    fresh.mkdir(mode=0o700)
    secret.touch(mode=0o600)
    try:
        if user:
            for path in (fresh, secret):
                os.chown(path, *_ids(user))
        secret.write_text(settings.secrets["POSTGRES_SUPERUSER_PASSWORD"])
        run(
            [
                postgres_bin(settings) / "initdb",
                f"--pgdata={fresh}",
                "--username=postgres",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--data-checksums",
                *(["--no-sync"] if settings.throwaway else []),
            ],
            marked(state, {}),
            state.log("initdb"),
            user=user,
            cwd=state.path("postgres"),
        )
    finally:
        secret.unlink()
    fresh.rename(data)
    return True


def _ids(user: str) -> tuple[int, int]:
    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid


def database(settings: Settings, ports: Ports) -> None:
    """The database, its roles, schemas and extensions. Safe to repeat."""
    with psycopg.connect(superuser_dsn(settings, ports, "postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [settings.database]).rowcount
        if not known:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(settings.database)))
    environment = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(ports["postgres"]),
        "PGUSER": "postgres",
        "PGPASSWORD": settings.secrets["POSTGRES_SUPERUSER_PASSWORD"],
        "PGDATABASE": settings.database,
    }
    environment |= {name: value for name, value in settings.secrets.items() if "_DB_" in name}
    psql = postgres_bin(settings) / "psql"
    command: list[str | Path] = [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", BOOTSTRAP]
    run(command, marked(settings.state, environment), settings.state.log("bootstrap"))


def import_definitions(settings: Settings, ports: Ports) -> None:
    """Give a running broker the definitions that it else reads only when it starts."""
    state = settings.state
    environment = marked(state, rabbitmq_environment(settings, ports))
    file = state.path("rabbitmq", "definitions.json")
    run([RABBITMQCTL, "import_definitions", file], environment, state.log("definitions"))


def migrate(settings: Settings, ports: Ports) -> None:
    """All services' migrations, side by side: each touches its own schema and queues only."""

    def one(service: str) -> None:
        log = settings.state.log(f"{service}-migrate")
        command: list[str | Path] = [CHECKOUT / ".venv/bin/python", "-m", service, "migrate"]
        run(command, command_environment(settings, ports, service, owner=True), log)

    with concurrent.futures.ThreadPoolExecutor(len(SERVICES)) as pool:
        list(pool.map(one, settings.services))


def web_app(state: State) -> None:
    """Builds the web app where it has changed, and notes the folder to run it from."""
    script = CHECKOUT / "deploy/local/frontend.sh"
    built = subprocess.run([script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    if built.returncode:
        raise StackError("the web app can't be built")
    state.write("release.json", {"folder": built.stdout.strip()})


def mail_catcher() -> None:
    """Installs the mail catcher's packages where they have changed."""
    script = CHECKOUT / "deploy/local/mail.sh"
    if subprocess.run([script], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False).returncode:
        raise StackError("the mail catcher can't be installed")


def seed(settings: Settings, ports: Ports) -> None:
    """The demo data, each service in turn: later ones refer to earlier ones' rows."""
    for service in settings.services:
        log = settings.state.log(f"{service}-seed")
        command: list[str | Path] = [CHECKOUT / ".venv/bin/python", "-m", service, "seed-demo"]
        run(command, command_environment(settings, ports, service), log)
