"""Fixtures for every suite: real servers, and on them databases and virtual hosts of the suite's own.

database, broker             one of each per test session, migrations not yet run
make_database, make_broker   further ones on demand
postgres_server, rabbitmq_server
"""

from collections.abc import Callable, Iterator

import pytest

from shared.testing import infra
from shared.testing.infra import PostgresServer, RabbitMQServer, TestBroker, TestDatabase


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with infra.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[RabbitMQServer]:
    with infra.rabbitmq() as server:
        yield server


@pytest.fixture(scope="session")
def make_database(postgres_server: PostgresServer) -> Iterator[Callable[[], TestDatabase]]:
    made: list[TestDatabase] = []

    def make() -> TestDatabase:
        made.append(postgres_server.create_database())
        return made[-1]

    yield make
    for database in made:
        database.drop()


@pytest.fixture(scope="session")
def make_broker(rabbitmq_server: RabbitMQServer) -> Iterator[Callable[[], TestBroker]]:
    made: list[TestBroker] = []

    def make() -> TestBroker:
        made.append(rabbitmq_server.create_broker())
        return made[-1]

    yield make
    for broker in made:
        broker.drop()


@pytest.fixture(scope="session")
def database(make_database: Callable[[], TestDatabase]) -> TestDatabase:
    return make_database()


@pytest.fixture(scope="session")
def broker(make_broker: Callable[[], TestBroker]) -> TestBroker:
    return make_broker()
