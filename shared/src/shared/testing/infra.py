"""Real PostgreSQL and RabbitMQ for tests: running ones, containers, or native processes.

Which ones, in this order:

1. `TEST_POSTGRES` (postgresql://user:password@host:port) and `TEST_RABBITMQ` (amqp://user:password@host:port?management=
   port) name running servers; `make test` sets them, so that one pair serves all suites.
2. Containers, where a Docker engine answers and `TEST_INFRA` isn't `native`.
3. Native processes of a private, temporary state folder (`deploy/local`). They end with the process that asked for
   them, even when that is killed.

Each test session gets databases and virtual hosts of its own on them, made by the same bootstrap.sql and definitions.py
as everywhere else. Roles and broker users belong to the whole server; their passwords are the same for all sessions.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

SERVICES = ("identity", "catalog", "booking")
POSTGRES_IMAGE = "postgres:17"
RABBITMQ_IMAGE = "rabbitmq:4-management"
OPERATOR = "operator"
_BOOTSTRAP_IN_CONTAINER = "/bootstrap.sql"
_LOCK = 7_205_113  # the number has no meaning; roles of a server must not be changed by two sessions at once


def repository() -> Path:
    """The checkout. Raises RuntimeError when this runs from an installed copy without one."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "deploy/postgres/bootstrap.sql").exists():
            return folder
    raise RuntimeError("these fixtures need a checkout of the repository")


def _passwords() -> dict[str, str]:
    kinds = ("DB_PASSWORD", "DB_OWNER_PASSWORD", "RABBITMQ_PASSWORD")
    return {f"{service.upper()}_{kind}": f"test-{service}-{kind.lower()}" for service in SERVICES for kind in kinds}


def _own_passwords(service: str, *kinds: str) -> dict[str, str]:
    return {kind.lower(): _passwords()[f"{service.upper()}_{kind}"] for kind in kinds}


@dataclass(frozen=True)
class PostgresServer:
    host: str
    port: int
    user: str
    password: str
    container: Any = None

    def dsn(self, database: str = "postgres") -> str:
        """For the superuser."""
        return make_conninfo(
            host=self.host, port=self.port, user=self.user, password=self.password, dbname=database, connect_timeout=10
        )

    def bootstrap(self, database: str) -> None:
        """Run bootstrap.sql; two sessions must not do so at the same time."""
        options = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database]
        passwords = {name: value for name, value in _passwords().items() if "_DB_" in name}
        if self.container is not None:
            command = ["psql", *options, "-U", self.user, "-f", _BOOTSTRAP_IN_CONTAINER]
            code, output = self.container.get_wrapped_container().exec_run(command, environment=passwords)
            if code:
                raise RuntimeError(f"bootstrap.sql failed: {output.decode()}")
            return
        address = {"PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": self.user, "PGPASSWORD": self.password}
        result = subprocess.run(
            [_psql(), *options, "-f", str(repository() / "deploy/postgres/bootstrap.sql")],
            env={**os.environ, **address, **passwords},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise RuntimeError(f"bootstrap.sql failed: {result.stderr}")

    def create_database(self) -> "TestDatabase":
        """A fresh one with roles, schemas and extensions; the services' migrations have not run in it."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            self.bootstrap(name)
        return TestDatabase(self, name)


def _psql() -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin/psql"), key=lambda path: int(path.parts[-3]))
    found = str(installed[-1]) if installed else shutil.which("psql")
    if not found:
        raise RuntimeError("psql isn't installed")
    return found


@dataclass(frozen=True)
class TestDatabase:
    """One database that holds the schemas of all services."""

    __test__ = False

    server: PostgresServer
    name: str

    def settings(self, service: str) -> dict[str, Any]:
        """What ServiceSettings takes: `Settings(**database.settings("catalog"), **broker.settings("catalog"))`."""
        address = {
            "postgres_host": self.server.host,
            "postgres_port": self.server.port,
            "postgres_db": self.name,
        }
        return address | _own_passwords(service, "DB_PASSWORD", "DB_OWNER_PASSWORD")

    def environment(self, service: str) -> dict[str, str]:
        """The same as environment variables of a process."""
        return {name.upper(): str(value) for name, value in self.settings(service).items()}

    def dsn(self, service: str | None = None, *, owner: bool = False) -> str:
        """For a service's role, its owner role, or (without a service) the superuser."""
        if service is None:
            return self.server.dsn(self.name)
        return make_conninfo(
            self.server.dsn(self.name),
            user=f"{service}_owner" if owner else service,
            password=_passwords()[f"{service.upper()}_{'DB_OWNER_PASSWORD' if owner else 'DB_PASSWORD'}"],
        )

    def drop(self) -> None:
        with psycopg.connect(self.server.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name)))


@dataclass(frozen=True)
class RabbitMQServer:
    """`user` is an administrator; `management_port` is that of the HTTP interface."""

    host: str
    port: int
    user: str
    password: str
    management_port: int

    def http(self, user: str | None = None) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://{self.host}:{self.management_port}/api/",
            auth=(user or self.user, self.password),
            timeout=30,
            trust_env=False,
        )

    def create_broker(self) -> "TestBroker":
        """A fresh virtual host with the services' users, permissions and policies; no queues yet."""
        vhost = f"test_{uuid.uuid4().hex[:12]}"
        passwords = {name: value for name, value in _passwords().items() if "RABBITMQ" in name}
        environment = {**os.environ, **passwords, "RABBITMQ_VHOST": vhost, "RABBITMQ_OPERATOR_PASSWORD": self.password}
        command = [sys.executable, str(repository() / "deploy/rabbitmq/definitions.py")]
        definitions = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        with self.http() as http:
            http.post("definitions", json=json.loads(definitions)).raise_for_status()
        return TestBroker(self, vhost)


@dataclass(frozen=True)
class TestBroker:
    """One virtual host."""

    __test__ = False

    server: RabbitMQServer
    vhost: str

    def settings(self, service: str) -> dict[str, Any]:
        """What ServiceSettings takes."""
        address = {
            "rabbitmq_host": self.server.host,
            "rabbitmq_port": self.server.port,
            "rabbitmq_vhost": self.vhost,
        }
        return address | _own_passwords(service, "RABBITMQ_PASSWORD")

    def environment(self, service: str) -> dict[str, str]:
        """The same as environment variables of a process."""
        return {name.upper(): str(value) for name, value in self.settings(service).items()}

    def url(self, service: str | None = None) -> str:
        """For a service's user, or (without a service) for the operator, who may do everything."""
        user = service or OPERATOR
        password = _passwords()[f"{service.upper()}_RABBITMQ_PASSWORD"] if service else self.server.password
        return f"amqp://{user}:{quote(password, safe='')}@{self.server.host}:{self.server.port}/{self.vhost}"

    def http(self) -> httpx.Client:
        """RabbitMQ's HTTP interface as operator. Its message counts lag by seconds; a passive declare's don't."""
        return self.server.http(OPERATOR)

    def close_connections(self) -> int:
        """Cut every client of this virtual host off, as a network failure would. Returns how many there were."""
        with self.http() as http:
            connections = http.get(f"vhosts/{self.vhost}/connections").raise_for_status().json()
            for connection in connections:
                http.delete(f"connections/{quote(connection['name'], safe='')}")
        return len(connections)

    def drop(self) -> None:
        with self.http() as http:
            http.delete(f"vhosts/{self.vhost}").raise_for_status()


def engine_answers() -> bool:
    """Whether containers can be started here."""
    if os.environ.get("TEST_INFRA") == "native" or not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=20).returncode == 0


@contextlib.contextmanager
def postgres() -> Iterator[PostgresServer]:
    """A server, for as long as the block lasts."""
    given = os.environ.get("TEST_POSTGRES")
    if given:
        yield _postgres_at(given)
    elif engine_answers():
        with _postgres_container() as server:
            yield server
    else:
        with _native("postgres") as addresses:
            yield _postgres_at(addresses["TEST_POSTGRES"])


@contextlib.contextmanager
def rabbitmq() -> Iterator[RabbitMQServer]:
    """A server, for as long as the block lasts."""
    given = os.environ.get("TEST_RABBITMQ")
    if given:
        yield _rabbitmq_at(given)
    elif engine_answers():
        with _rabbitmq_container() as server:
            yield server
    else:
        with _native("rabbitmq") as addresses:
            yield _rabbitmq_at(addresses["TEST_RABBITMQ"])


def _postgres_at(address: str) -> PostgresServer:
    parts = urlsplit(address)
    return PostgresServer(parts.hostname or "127.0.0.1", parts.port or 5432, parts.username or "", parts.password or "")


def _rabbitmq_at(address: str) -> RabbitMQServer:
    parts = urlsplit(address)
    management = int(parse_qs(parts.query).get("management", ["15672"])[0])
    host, port = parts.hostname or "127.0.0.1", parts.port or 5672
    return RabbitMQServer(host, port, parts.username or "", parts.password or "", management)


@contextlib.contextmanager
def _native(part: str) -> Iterator[dict[str, str]]:
    root = repository()
    folder = Path(tempfile.mkdtemp(prefix="marketplace-test-"))
    folder.chmod(0o711)  # postgres' own user must get through
    environment = {**os.environ, "PYTHONPATH": str(root / "deploy/local")}

    def stack(*arguments: str) -> str:
        command = [sys.executable, "-m", "stack", "--state", str(folder / "state"), *arguments]
        result = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=False)
        if result.returncode:
            raise RuntimeError(f"native {part} can't be started: {result.stdout}{result.stderr}")
        return result.stdout

    try:
        stack("up", "--only", part, "--management", "--throwaway", "--until-pid", str(os.getpid()))
        yield dict(line.split("=", 1) for line in stack("env").splitlines())
    finally:
        stack("reset", "--force")
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _postgres_container() -> Iterator[PostgresServer]:
    from testcontainers.community.postgres import PostgresContainer

    password = uuid.uuid4().hex
    container = PostgresContainer(POSTGRES_IMAGE, username="postgres", password=password, dbname="postgres")
    container.with_volume_mapping(str(repository() / "deploy/postgres/bootstrap.sql"), _BOOTSTRAP_IN_CONTAINER)
    container.with_command("postgres -c fsync=off")
    with container:
        host, port = container.get_container_host_ip(), int(container.get_exposed_port(5432))
        yield PostgresServer(host, port, "postgres", password, container)


@contextlib.contextmanager
def _rabbitmq_container() -> Iterator[RabbitMQServer]:
    from testcontainers.core.container import DockerContainer

    password = uuid.uuid4().hex
    container = DockerContainer(RABBITMQ_IMAGE, hostname="marketplace").with_exposed_ports(5672, 15672)
    container.with_env("RABBITMQ_DEFAULT_USER", OPERATOR).with_env("RABBITMQ_DEFAULT_PASS", password)
    with container:
        host = container.get_container_host_ip()
        port, management = (int(container.get_exposed_port(number)) for number in (5672, 15672))
        server = RabbitMQServer(host, port, OPERATOR, password, management)
        _wait_for_http(server)
        yield server


def _wait_for_http(server: RabbitMQServer, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    with server.http() as http:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if http.get("health/checks/port-listener/5672").status_code == 200:
                    return
            if time.monotonic() > end:
                raise RuntimeError(f"RabbitMQ did not get ready within {seconds:.0f} s")
            time.sleep(0.5)
