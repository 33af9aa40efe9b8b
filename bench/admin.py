"""How long an admin waits: every list, filter, ordering and deep page over 100,000 accounts and 1,000,000 bookings.

The three services run as they do in production, one api process each, on a database of their own with the real
migrations; requests go over HTTP, one at a time, without the gateway. `make bench-admin` runs it and ends with 1 when
something is slower than a person notices.
"""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from bench.cases import NOTICED, READ, STATISTICS, Case, cases
from booking.revenue.rebuild import rebuild
from booking.settings import Settings as BookingSettings
from shared.migrations import upgrade
from shared.settings import ServiceSettings
from shared.testing.infra import SERVICES, TestDatabase, postgres, repository

EMAIL, PASSWORD = "bench@example.com", secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class Measured:
    case: Case
    median: float
    worst: float
    rows: int
    total: str

    @property
    def is_slow(self) -> bool:
        return self.median > self.case.limit


@contextlib.contextmanager
def filled(users: int = 100_000, sessions: int = 100_000, bookings: int = 1_000_000) -> Iterator[TestDatabase]:
    """A database of this size, for as long as the block lasts."""
    with postgres() as server:
        database = server.create_database()
        try:
            for service in SERVICES:
                settings = type("Settings", (ServiceSettings,), {"service_name": service})
                upgrade(settings(**database.settings(service)), repository() / f"services/{service}/migrations")
            fill(database, users, sessions, bookings)
            yield database
        finally:
            database.drop()


def fill(database: TestDatabase, users: int, sessions: int, bookings: int) -> None:
    """Accounts, sessions and bookings by sets, the projection by its own rebuild."""
    statements = (Path(__file__).parent / "fill.sql").read_text()
    for name, number in (("{users}", users), ("{sessions}", sessions), ("{bookings}", bookings)):
        statements = statements.replace(name, str(number))
    with psycopg.connect(database.dsn()) as connection:
        connection.execute("SET search_path TO catalog, booking, extensions, public")
        connection.execute(statements)  # several at once: the simple protocol
    asyncio.run(rebuild(BookingSettings(**database.settings("booking")), lambda _line: None))
    with psycopg.connect(database.dsn(), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


@contextlib.contextmanager
def apis(database: TestDatabase) -> Iterator[dict[str, tuple[str, int]]]:
    """The address and the process id of each service."""
    ports = [_free_port() for _ in SERVICES]
    urls = {service: f"http://127.0.0.1:{port}" for service, port in zip(SERVICES, ports, strict=True)}
    secret = secrets.token_hex(32)
    with contextlib.ExitStack() as stack:
        running = {}
        for service, port in zip(SERVICES, ports, strict=True):
            environment = {
                **os.environ,
                **database.environment(service),
                **{f"{name.upper()}_URL": url for name, url in urls.items()},
                "PORT": str(port),
                "SECRET_KEY": secret,
                "LOG_LEVEL": "CRITICAL",
                "IDENTITY_ADMIN_PASSWORD": PASSWORD,
            }
            if service == "identity":
                command = ["create-admin", "--email", EMAIL, "--username", "bench"]
                subprocess.run([sys.executable, "-m", "identity", *command], env=environment, check=True)
            process = subprocess.Popen([sys.executable, "-m", service, "api"], env=environment)
            stack.callback(_stop, process)
            running[service] = (urls[service], process.pid)
        for url in urls.values():
            _wait_for(f"{url}/health/ready/")
        yield running


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(30)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url).status_code == 200:
                return
        if time.monotonic() > deadline:
            raise RuntimeError(f"{url} doesn't answer")
        time.sleep(0.2)


async def measure(case: Case, client: httpx.AsyncClient, url: str, times: int) -> Measured:
    """The first two requests aren't counted: a person's first is slower, and not by the list."""
    taken = []
    for _ in range(times + 2):
        started = time.perf_counter()
        answer = await client.get(f"{url}{case.path}")
        taken.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{case.path}: {answer.status_code} {answer.text}")
    found = answer.json()
    total = answer.headers.get("X-Total-Count", "")
    capped = "+" if "X-Total-Count-Capped" in answer.headers else ""
    rows = len(found) if isinstance(found, list) else 1
    return Measured(case, statistics.median(taken[2:]), max(taken[2:]), rows, f"{total}{capped}")


@dataclass(frozen=True, slots=True)
class Exported:
    path: str
    rows: int
    size: int
    first: float  # seconds
    seconds: float
    memory: float  # MiB that the process grew by

    def __str__(self) -> str:
        return (
            f"{self.path}: {self.rows:,} rows, {self.size / 2**20:.0f} MiB in {self.seconds:.1f} s, the first after"
            f" {self.first:.1f} s; the process grew by {self.memory:.1f} MiB"
        )


async def export(client: httpx.AsyncClient, url: str, pid: int, path: str) -> Exported:
    """A whole list as a file, read as fast as it comes."""
    before, started = _peak(pid), time.perf_counter()
    first, size, rows = 0.0, 0, -1
    async with client.stream("GET", f"{url}{path}", timeout=600) as answer:
        answer.raise_for_status()
        async for chunk in answer.aiter_raw():
            first = first or time.perf_counter() - started
            size, rows = size + len(chunk), rows + chunk.count(b"\n")
    return Exported(path, rows, size, first, time.perf_counter() - started, (_peak(pid) - before) / 2**20)


def _peak(pid: int) -> int:
    """The most memory that a process has had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


@contextlib.asynccontextmanager
async def admin(identity: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(f"{identity}/api/auth/login/", json={"email": EMAIL, "password": PASSWORD})
        answer.raise_for_status()
        client.headers["Authorization"] = f"Bearer {answer.json()['access']}"
        yield client


async def run(database: TestDatabase, times: int) -> tuple[list[Measured], list[Exported]]:
    with apis(database) as running:
        async with admin(running["identity"][0]) as client:
            measured = []
            for case in cases(database):
                measured.append(await measure(case, client, running[case.service][0], times))
                print(_line(measured[-1]), flush=True)
            exported = [
                await export(client, *running[service], path)
                for service, path in (
                    ("identity", "/api/users/export.csv"),
                    ("catalog", "/api/admin/sessions/export.csv"),
                    ("booking", "/api/bookings/export.csv"),
                )
            ]
    return measured, exported


def _line(found: Measured) -> str:
    mark = "  TOO SLOW" if found.is_slow else ""
    return (
        f"{found.case.service:9}{found.case.name:80.80}{found.median:8.1f}{found.worst:8.1f} ms {found.total:>8}{mark}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--bookings", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=15, help="how often each request is measured")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    started = time.perf_counter()
    with filled(options.users, options.sessions, options.bookings) as database:
        print(f"filled in {time.perf_counter() - started:.0f} s\n")
        measured, exported = asyncio.run(run(database, options.times))
    for line in exported:
        print(line)
    slow = [found for found in measured if found.is_slow]
    print()
    for limit in (NOTICED, READ, STATISTICS):
        medians = sorted(found.median for found in measured if found.case.limit == limit)
        half, most = statistics.median(medians), medians[len(medians) * 95 // 100]
        print(
            f"{len(medians)} requests that may take {limit:.0f} ms: half of them take {half:.0f} ms or less,"
            f" 95 % {most:.0f} ms, the slowest {medians[-1]:.0f} ms"
        )
    if options.json:
        figures = [
            {"service": m.case.service, "name": m.case.name, "median": m.median, "worst": m.worst} for m in measured
        ]
        options.json.write_text(
            json.dumps({"requests": figures, "exports": [str(line) for line in exported]}, indent=1)
        )
    if slow:
        sys.exit(f"{len(slow)} take longer than a person's patience")


if __name__ == "__main__":
    main()
