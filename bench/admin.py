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
from typing import Any

import httpx
import psycopg

from booking.revenue.rebuild import rebuild
from booking.settings import Settings as BookingSettings
from shared.migrations import upgrade
from shared.pagination import encode_cursor
from shared.settings import ServiceSettings
from shared.testing.infra import SERVICES, TestDatabase, postgres, repository

NOTICED = 100.0  # milliseconds; what takes longer is felt as a wait (Nielsen)
STATISTICS = 1000.0  # figures over everything, asked for once, keep a train of thought
EMAIL, PASSWORD = "bench@example.com", secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class Case:
    """One request, and how long it may take."""

    service: str
    name: str
    path: str
    limit: float = NOTICED


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
                "LOG_LEVEL": "WARNING",
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


def cases(database: TestDatabase) -> Iterator[Case]:
    """Every list in every order, its filters, and its deep pages."""
    with psycopg.connect(database.dsn(), autocommit=True) as connection:

        def one(query: str) -> Any:
            row = connection.execute(query).fetchone()
            assert row is not None
            return row[0] if len(row) == 1 else row

        def deep(query: str, ordering: str, id_column: str, column: str, depth: int) -> str:
            value, row_id = one(
                f"SELECT {column}, {id_column} FROM {query} ORDER BY {column} DESC, {id_column} DESC"
                f" OFFSET {depth} LIMIT 1"
            )
            value = value.isoformat() if hasattr(value, "isoformat") else str(value)
            return f"ordering=-{ordering}&cursor={encode_cursor([f'-{ordering}', value, str(row_id)])}"

        users, half = "/api/users/", "SELECT count(*) / 2 FROM"
        columns = {
            "created_at": "created_at",
            "updated_at": "updated_at",
            "email": 'lower(email) COLLATE "C"',
            "username": 'lower(username) COLLATE "C"',
            "name": "lower(last_name || ' ' || first_name) COLLATE \"C\"",
        }
        depth = one(f"{half} identity.users")
        for name, column in columns.items():
            yield Case("identity", f"ordered by {name}", f"{users}?ordering={name}")
            yield Case(
                "identity", f"{name}, row {depth}", f"{users}?{deep('identity.users', name, 'id', column, depth)}"
            )
        yield Case("identity", "page 500", f"{users}?page=500")
        for query in (
            *("role=admin", "role=creator&is_active=false", "email_verified=false&ordering=email", "search=lovelace"),
            *(
                "search=ada+zuse",
                "search=grace31",
                "search=nobody-at-all",
                "search=e",
                "search=zuse&ordering=-updated_at",
            ),
            "created_from=2026-01-01&created_to=2026-01-31&role=creator&ordering=name",
        ):
            yield Case("identity", query, f"{users}?{query}")

        sessions = "/api/admin/sessions/"
        columns = {
            "created_at": "created_at",
            "updated_at": "updated_at",
            "title": 'lower(title) COLLATE "C"',
            "price": "price",
            "duration": "duration",
        }
        depth = one(f"{half} catalog.sessions")
        for name, column in columns.items():
            where = f"{sessions}?status=all&{deep('catalog.sessions', name, 'id', column, depth)}"
            yield Case("catalog", f"ordered by {name}", f"{sessions}?ordering={name}")
            yield Case("catalog", f"{name}, row {depth}", where)
        where = deep("catalog.booking_counts", "popularity", "session_id", "confirmed", depth)
        yield Case("catalog", "ordered by -popularity", f"{sessions}?ordering=-popularity")
        yield Case("catalog", f"popularity, row {depth}", f"{sessions}?status=all&{where}")
        yield Case("catalog", "page 500", f"{sessions}?page=500")
        creator = one("SELECT creator_id FROM catalog.sessions GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
        for query in (
            *("status=inactive&ordering=price", "status=deleted", "status=completed&ordering=-popularity"),
            *(f"creator={creator}", f"creator={creator}&ordering=title", "category=music&ordering=-popularity"),
            *("min_price=249&ordering=-price", "search=poetical", "search=ada", "search=grace.31", "search=chess+9999"),
            *("search=nothing-like-it", "search=python&ordering=price&status=all"),
            "created_from=2026-01-01&created_to=2026-01-31&ordering=title",
        ):
            yield Case("catalog", query.replace(str(creator), "busiest"), f"{sessions}?{query}")

        bookings = "/api/bookings/"
        depth = one(f"{half} booking.bookings")
        for name, column in {"created_at": "id", "booking_date": "booking_date", "amount": "amount"}.items():
            for sign in ("", "-"):
                yield Case("booking", f"ordered by {sign}{name}", f"{bookings}?ordering={sign}{name}")
            where = deep("booking.bookings", name, "id", column, depth)
            yield Case("booking", f"{name}, row {depth}", f"{bookings}?{where}")
        yield Case("booking", "page 500", f"{bookings}?page=500")
        most = {
            name: one(f"SELECT {name} FROM booking.bookings GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
            for name in ("user_id", "creator_id", "session_id")
        }
        some = {name: one(f"SELECT {name} FROM booking.bookings OFFSET 4321 LIMIT 1") for name in most}
        for which, ids in (("busiest", most), ("any", some)):
            for name in ("user", "creator", "session"):
                for ordering in ("-created_at", "booking_date", "-amount"):
                    query = f"{name}={ids[f'{name}_id']}&ordering={ordering}"
                    yield Case("booking", f"{which} {name}, {ordering}", f"{bookings}?{query}")
        for query in (
            *(
                "status=cancelled",
                "status=cancelled&ordering=-amount",
                "when=upcoming",
                "when=upcoming&ordering=booking_date",
            ),
            *("when=past&ordering=-booking_date&status=confirmed", "currency=GBP", "currency=CHF", "min_amount=250"),
            *("max_amount=6&ordering=created_at", "search=ada", "search=grace31", "search=nobody-at-all"),
            *("search=zuse&ordering=booking_date", "created_from=2026-01-01&created_to=2026-01-31"),
            *("created_to=2025-06-30&ordering=-created_at", "date_from=2026-05-01&date_to=2026-05-07"),
            *(
                "date_from=2026-05-01&date_to=2026-05-07&ordering=-amount",
                "cancelled_from=2026-05-01&cancelled_to=2026-05-01",
            ),
            "created_from=2026-01-01&created_to=2026-12-31&currency=EUR&status=cancelled&ordering=-amount",
        ):
            yield Case("booking", query, f"{bookings}?{query}")
        preview = "/api/admin/bookings/preview/"
        yield Case("booking", "preview of the busiest session", f"{preview}?session={most['session_id']}")
        yield Case("booking", "preview of the busiest creator", f"{preview}?creator={most['creator_id']}")
        for service, path in (
            ("identity", "/api/users/stats/"),
            ("catalog", "/api/admin/sessions/stats/"),
            ("booking", "/api/bookings/stats/"),
            ("booking", "/api/bookings/stats/?from=2026-05-01&to=2026-05-31"),
        ):
            yield Case(service, path.removeprefix("/api/"), path, STATISTICS)


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
            size, rows = size + len(chunk), rows + chunk.count(b"\r\n")
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
    with postgres() as server:
        database = server.create_database()
        try:
            started = time.perf_counter()
            for service in SERVICES:
                settings = type("Settings", (ServiceSettings,), {"service_name": service})
                upgrade(settings(**database.settings(service)), repository() / f"services/{service}/migrations")
            fill(database, options.users, options.sessions, options.bookings)
            print(f"filled in {time.perf_counter() - started:.0f} s\n")
            measured, exported = asyncio.run(run(database, options.times))
        finally:
            database.drop()
    for line in exported:
        print(line)
    slow = [found for found in measured if found.is_slow]
    worst = max((found for found in measured if found.case.limit == NOTICED), key=lambda found: found.median)
    print(
        f"\n{len(measured)} requests; the slowest list: {worst.median:.0f} ms ({worst.case.service} {worst.case.name})"
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
