"""What the admin lists' indexes cost those who book: bookings a second with all indexes, and without each of them.

Runs of pgbench with the one booking statement, 16 at a time, over 1,000,000 bookings; each run without an index has one
with all of them before and behind it, and what counts is the ratio. `python -m bench.indexes` runs it.
"""

import argparse
import re
import statistics
import subprocess
from pathlib import Path

import psycopg

from bench.admin import filled
from shared.testing.infra import TestDatabase

INDEXES = ("bookings_created", "bookings_date", "bookings_amount")
_SCRIPT = Path(__file__).parent / "indexes.sql"
_TABLES = """
    CREATE TABLE bench_people AS
    SELECT row_number() OVER () AS n, id FROM users WHERE role = 'user';
    CREATE TABLE bench_sessions AS
    SELECT row_number() OVER () AS n, id FROM (
        SELECT DISTINCT ON (creator_id) id FROM sessions WHERE status = 'active' AND deleted_at IS NULL
    ) AS one_of_each_creator;
    CREATE UNIQUE INDEX ON bench_people (n);
    CREATE UNIQUE INDEX ON bench_sessions (n);
"""


def book(database: TestDatabase, seconds: int, people: int, sessions: int) -> float:
    """How many requests a second."""
    dsn = f"{database.dsn()} options='-c search_path=booking,extensions'"
    options = ["-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", str(seconds)]
    variables = ["-D", f"people={people}", "-D", f"sessions={sessions}"]
    command = [_pgbench(), *options, *variables, "-f", str(_SCRIPT), dsn]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"^tps = ([\d.]+)", told, re.MULTILINE)
    assert found is not None, told
    return float(found[1])


def _pgbench() -> str:
    return str(max(Path("/usr/lib/postgresql").glob("[0-9]*/bin/pgbench"), key=lambda path: int(path.parts[-3])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=8, help="of each run")
    options = parser.parse_args()
    variants = {**{name: (name,) for name in INDEXES}, "all three": INDEXES}
    ratios: dict[str, list[float]] = {name: [] for name in variants}
    with filled() as database, psycopg.connect(database.dsn(), autocommit=True) as connection:
        connection.execute("SET search_path TO booking, extensions")
        connection.execute(_TABLES)
        rows = connection.execute(
            "SELECT (SELECT count(*) FROM bench_people), (SELECT count(*) FROM bench_sessions)"
        ).fetchone()
        assert rows is not None
        definitions: dict[str, str] = dict(
            connection.execute("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'booking'").fetchall()
        )
        before = book(database, options.seconds, *rows)
        for _ in range(options.rounds):
            for variant, names in variants.items():
                for name in names:
                    connection.execute(f"DROP INDEX {name}")
                without = book(database, options.seconds, *rows)
                for name in names:
                    connection.execute(definitions[name])
                after = book(database, options.seconds, *rows)
                ratios[variant].append((before + after) / 2 / without)
                before = after
    for variant, found in ratios.items():
        error = statistics.stdev(found) / len(found) ** 0.5
        print(f"with and without {variant}: {statistics.mean(found):.3f} ± {error:.3f} of the bookings a second")


if __name__ == "__main__":
    main()
