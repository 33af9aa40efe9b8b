"""What bootstrap.sql and the migrations give each role, and what they keep from it."""

from collections.abc import Callable

import psycopg
import pytest

from booking.settings import Settings as BookingSettings
from catalog.settings import Settings as CatalogSettings
from identity.settings import Settings as IdentitySettings
from shared.migrations import upgrade
from shared.testing.infra import SERVICES, TestDatabase, repository


@pytest.fixture(scope="module")
def prepared(database: TestDatabase) -> TestDatabase:
    """Each schema with one table, made by its owner as a migration would."""
    for service in SERVICES:
        with psycopg.connect(database.dsn(service, owner=True)) as connection:
            connection.execute(
                "CREATE TABLE kept (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text,"
                " span tstzrange, label uuid, EXCLUDE USING gist (label WITH =, span WITH &&))"
            )
            connection.execute("CREATE INDEX ON kept USING gin (name gin_trgm_ops)")
            connection.execute("CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql RETURN n * 2")
    return database


@pytest.mark.parametrize("service", SERVICES)
def test_run_time_role_works_on_rows_of_its_schema(prepared: TestDatabase, service: str) -> None:
    with psycopg.connect(prepared.dsn(service)) as connection:
        connection.execute("INSERT INTO kept (name) VALUES ('a')")
        connection.execute("UPDATE kept SET name = unaccent('é')")
        assert connection.execute("SELECT name, similarity(name, 'e'), twice(2) FROM kept").fetchone() == ("e", 1.0, 4)
        connection.execute("DELETE FROM kept")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE own (id int)",
        "CREATE TABLE public.other (id int)",
        "CREATE TEMPORARY TABLE passing (id int)",
        "CREATE SCHEMA another",
        "DROP TABLE kept",
        "ALTER TABLE kept ADD COLUMN more int",
        "TRUNCATE kept",
    ],
)
def test_run_time_role_changes_no_structure(prepared: TestDatabase, service: str, statement: str) -> None:
    with psycopg.connect(prepared.dsn(service)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


@pytest.mark.parametrize("owner", [False, True])
@pytest.mark.parametrize("service", SERVICES)
def test_no_role_gets_at_another_service(prepared: TestDatabase, service: str, owner: bool) -> None:
    for other in set(SERVICES) - {service}:
        for statement in (f"SELECT FROM {other}.kept", f"SELECT {other}.twice(1)", f"CREATE TABLE {other}.x (id int)"):
            with (
                psycopg.connect(prepared.dsn(service, owner=owner)) as connection,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                connection.execute(statement)


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_role_gets_at_another_database(prepared: TestDatabase, service: str) -> None:
    with psycopg.connect(prepared.server.dsn()) as superuser:
        powers = superuser.execute(
            "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls"
            " FROM pg_roles WHERE rolname IN (%s, %s)",
            [service, f"{service}_owner"],
        ).fetchall()
    assert powers == [(False,), (False,)]


def test_running_it_again_keeps_what_a_migration_took_back(prepared: TestDatabase) -> None:
    with psycopg.connect(prepared.dsn("booking", owner=True)) as owner:
        owner.execute("CREATE TABLE append_only (id int)")
        owner.execute("REVOKE UPDATE, DELETE ON append_only FROM booking")
    prepared.server.bootstrap(prepared.name)
    with psycopg.connect(prepared.dsn("booking")) as connection:
        connection.execute("INSERT INTO append_only VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM append_only")


def test_what_migrations_make_serves_its_own_service_alone(make_database: Callable[[], TestDatabase]) -> None:
    """Functions that run with the owner's rights are known by name and look nowhere else; nobody else calls them."""
    database = make_database()
    for settings in (IdentitySettings, CatalogSettings, BookingSettings):
        service = settings.service_name
        migrations = repository() / "services" / service / "migrations"
        upgrade(settings(**database.settings(service)), migrations)
    with psycopg.connect(database.dsn()) as superuser:
        functions = superuser.execute(
            """
            SELECT n.nspname, p.proname, p.prosecdef, p.proowner::regrole::text, coalesce(p.proconfig, '{}'),
                ARRAY(
                    SELECT DISTINCT coalesce(nullif(a.grantee, 0)::regrole::text, 'public')
                    FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a ORDER BY 1
                )
            FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = ANY (%s)
            """,
            [list(SERVICES)],
        ).fetchall()
    for service, name, powerful, owner, settings, callers in functions:
        assert owner == f"{service}_owner", name
        assert set(callers) <= {service, owner}, name
        assert not powerful or f"search_path={service}, pg_temp" in settings, name
    steps = {"begin", "read", "mark", "catch_up", "swap"}
    assert {name for _, name, powerful, *_ in functions if powerful} == {f"revenue_rebuild_{step}" for step in steps}
