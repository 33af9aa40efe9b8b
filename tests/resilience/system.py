"""A whole system of the harness's own, and what may be done to its parts from outside."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote

import aio_pika
import httpx
import psycopg
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity
from psycopg import sql
from psycopg.errors import DeadlockDetected
from psycopg.rows import dict_row

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/local"))  # the native stack is run from its place, not installed

from stack.errors import StackError  # noqa: E402
from stack.health import superuser_dsn  # noqa: E402
from stack.lifecycle import Stack  # noqa: E402
from stack.parts import RABBITMQCTL, Program, rabbitmq_environment  # noqa: E402
from stack.render import marked  # noqa: E402
from stack.settings import PARTS, Settings  # noqa: E402
from stack.state import State  # noqa: E402

Statement = LiteralString | sql.SQL | sql.Composed
SERVICES = ("identity", "catalog", "booking")
KINDS = tuple(f"{service}-{role}" for service in SERVICES for role in ("api", "worker"))
# Rows that migrations or the services make for themselves, once; and the audit log, which lets nobody empty it.
_KEPT = {"alembic_version", "signing_keys", "categories", "public_counts", "audit_log"}


class System:
    """A started stack without the web app."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.url = f"http://127.0.0.1:{stack.ports['gateway']}"
        self.programs: dict[str, Program] = {program.name: program for program in stack.wanted}

    # --- processes

    def pid(self, name: str) -> int | None:
        """The process that runs under this name now."""
        info = self.stack.manager.infos()[name]
        return int(info["pid"]) if info["statename"] in ("RUNNING", "STARTING") and info["pid"] else None

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all that it has started, as a machine that runs out of memory does."""
        self._signal(name, signal.SIGKILL)

    def freeze(self, name: str) -> None:
        self._signal(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self._signal(name, signal.SIGCONT)

    def _signal(self, name: str, number: signal.Signals) -> None:
        pid = self.pid(name)
        if pid is not None:
            for one in (pid, *_descendants(pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, number)

    # --- database

    def connect(self) -> "psycopg.Connection[dict[str, Any]]":
        """As superuser, in autocommit mode."""
        dsn = superuser_dsn(self.stack.settings, self.stack.ports, self.stack.settings.database)
        return psycopg.connect(dsn, autocommit=True, row_factory=dict_row)

    def rows(self, query: Statement, *values: Any) -> list[dict[str, Any]]:
        with self.connect() as connection:
            return connection.execute(query, values).fetchall()

    def execute(self, *statements: Statement) -> None:
        """One after another, each again where it met the services' own work in a deadlock. Raises psycopg.Error."""
        with self.connect() as connection:
            for statement in statements:
                for last in (False, False, False, True):
                    try:
                        connection.execute(statement)
                    except DeadlockDetected:
                        if last:
                            raise
                    else:
                        break

    def cut_database_connections(self) -> int:
        """As a failing network or an administrator does; returns how many there were."""
        found = self.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY (%s)", list(SERVICES)
        )
        return len(found)

    def wipe(self) -> None:
        """Empty all tables, as after the migrations."""
        tables = self.rows(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY (%s) AND tablename <> ALL (%s)",
            list(SERVICES),
            list(_KEPT),
        )
        names = [sql.Identifier(row["schemaname"], row["tablename"]) for row in tables]
        self.execute(
            sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(", ").join(names)),
            "UPDATE catalog.public_counts SET sessions = 0",
        )

    # --- broker

    def cut_broker_connections(self) -> None:
        settings, ports = self.stack.settings, self.stack.ports
        environment = marked(settings.state, rabbitmq_environment(settings, ports))
        command: list[str | Path] = [RABBITMQCTL, "close_all_connections", "--vhost", settings.vhost, "resilience test"]
        subprocess.run(command, env=environment, capture_output=True, check=True, timeout=60)

    async def waiting_messages(self, queues: Sequence[str]) -> dict[str, int]:
        """How many messages wait in these queues."""
        password = quote(self.stack.settings.secrets["RABBITMQ_OPERATOR_PASSWORD"], safe="")
        address = f"amqp://operator:{password}@127.0.0.1:{self.stack.ports['rabbitmq']}/{self.stack.settings.vhost}"
        found = {}
        async with await aio_pika.connect(address, timeout=5) as connection:
            for name in queues:
                with contextlib.suppress(ChannelNotFoundEntity):
                    queue = await (await connection.channel()).declare_queue(name, passive=True)
                    found[name] = queue.declaration_result.message_count or 0
        return found

    # --- readiness

    async def ready(self, name: str) -> bool:
        """Whether the part answers as one that works, asked of the part itself."""
        program = self.programs[name]
        if name == "postgres":
            return all([await self.ready(f"{service}-api-1") for service in SERVICES])
        if name == "rabbitmq":
            workers = all([await self.ready(f"{service}-worker-1") for service in ("catalog", "booking")])
            return workers and await self._broker_answers()
        path = "/healthz" if name == "nginx" else "/health/ready"
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            try:
                return (await client.get(f"http://127.0.0.1:{program.port}{path}")).status_code == 200
            except httpx.HTTPError:
                return False

    async def _broker_answers(self) -> bool:
        try:
            return "booking.events" in await self.waiting_messages(["booking.events"])
        except (AMQPError, OSError, TimeoutError, RuntimeError):
            return False


def _descendants(pid: int) -> list[int]:
    children = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                children.append(int(folder.name))
    return [*children, *(found for child in children for found in _descendants(child))]


@contextlib.contextmanager
def running(folder: Path, replicas: dict[str, int]) -> Iterator[System]:
    """A system in this folder for as long as the block lasts; then it is stopped and deleted.

    `replicas` says of which kinds there is more than one.

    The database doesn't wait for the disk. What is tried here is the death of processes, and what a process has written
    outlives it in the kernel; only a machine that loses its power could tell the difference.
    """
    # All come from one address.
    limits = ("RATE_LIMIT", "RATE_LIMIT_BURST", "LOGIN_FAILURES_PER_ADDRESS", "REGISTRATIONS_BURST")
    os.environ |= {**dict.fromkeys(limits, "20000"), "LOG_FORMAT": "json"}
    state = State(folder / "state")
    state.create()
    settings = Settings.load(state, ROOT / ".env")
    settings.operator["GATEWAY_PORT"] = "0"
    settings.parts = tuple(part for part in PARTS if part not in ("frontend", "mail"))
    settings.replicas = dict(replicas)
    settings.throwaway, settings.owner = True, os.getpid()
    stack = Stack(settings, lambda text: print(text, file=sys.stderr, flush=True))
    try:
        with state.locked():
            stack.up()
        yield System(stack)
    finally:
        with contextlib.suppress(StackError):
            stack.down()
        state.delete()


async def until_ready(system: System, name: str, before: int | None, patience: float) -> float | None:
    """Seconds until another process than `before` answers as one that works; None when it takes too long."""
    started = time.monotonic()
    while time.monotonic() - started < patience:
        if system.pid(name) not in (None, before) and await system.ready(name):
            return time.monotonic() - started
        await asyncio.sleep(0.1)
    return None


__all__ = ["KINDS", "ROOT", "SERVICES", "Statement", "System", "running", "until_ready"]
