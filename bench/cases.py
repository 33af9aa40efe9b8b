"""What an admin asks for: the lists in every order, filters alone and in pairs, deep pages, figures, the operations."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from shared.pagination import encode_cursor
from shared.testing.infra import SERVICES, TestDatabase

NOTICED = 100.0  # milliseconds; what takes longer is felt as a wait (Nielsen)
READ = 400.0  # what no index answers: bookings are read until it is known
STATISTICS = 1000.0  # figures over everything, asked for once, keep a train of thought


@dataclass(frozen=True, slots=True)
class Case:
    """One request, and how long it may take."""

    service: str
    name: str
    path: str
    limit: float = NOTICED


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
            *("role=admin", "role=user&is_active=false", "email_verified=false&ordering=email", "search=lovelace"),
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
            *("min_price=245&ordering=-price", "search=poetical", "search=ada", "search=grace.31", "search=chess+9999"),
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
        some = {
            name: one(f"SELECT {name} FROM booking.bookings WHERE {name} <> '{busiest}' OFFSET {depth} LIMIT 1")
            for name, busiest in most.items()
        }
        orderings = [f"{sign}{name}" for name in ("created_at", "booking_date", "amount") for sign in ("", "-")]
        whose = {
            f"{which} {name}": f"{name}={ids[f'{name}_id']}"
            for which, ids in (("busiest", most), ("any", some))
            for name in ("user", "creator", "session")
        }
        indexed = (
            *("status=cancelled", "when=upcoming", "when=past", "min_amount=240", "max_amount=6"),
            *("created_from=2026-01-01&created_to=2026-01-31", "date_from=2026-05-01&date_to=2026-05-07"),
            *("cancelled_from=2026-05-01&cancelled_to=2026-05-31", "search=grace31", "search=nobody-at-all"),
        )
        read = ("currency=GBP", "currency=CHF", "search=ada")
        for filters, limit in ((whose, NOTICED), (_each(indexed), NOTICED), (_each(read), READ)):
            for (name, query), ordering in itertools.product(filters.items(), orderings):
                yield Case("booking", f"{name}, {ordering}", f"{bookings}?{query}&ordering={ordering}", limit)
        chosen = whose | _each((*indexed, *read))
        for (one_name, one_query), (other_name, other_query) in itertools.combinations(chosen.items(), 2):
            if one_query.partition("=")[0] != other_query.partition("=")[0]:
                for ordering in ("booking_date", "-amount"):
                    path = f"{bookings}?{one_query}&{other_query}&ordering={ordering}"
                    yield Case("booking", f"{one_name} & {other_name}, {ordering}", path, READ)
        preview = "/api/admin/bookings/preview/"
        yield Case("booking", "preview of the busiest session", f"{preview}?session={most['session_id']}")
        yield Case("booking", "preview of the busiest creator", f"{preview}?creator={most['creator_id']}")
        for service, path in (
            ("identity", "/api/users/stats/"),
            ("catalog", "/api/admin/sessions/stats/"),
            ("booking", "/api/bookings/stats/"),
            ("booking", "/api/bookings/stats/?from=2026-05-01&to=2026-05-31"),
            *((service, f"/api/admin/{service}/operations/") for service in SERVICES),
        ):
            yield Case(service, path.removeprefix("/api/"), path, STATISTICS)


def _each(queries: Iterable[str]) -> dict[str, str]:
    return {query: query for query in queries}
