"""One gateway with stub services for most tests; those that need other settings start their own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateway_harness import UPSTREAMS, Gateway, Make, Stub


@pytest.fixture(scope="session")
def all_stubs() -> Iterator[dict[str, Stub]]:
    stubs = {name: Stub(name).start() for name in UPSTREAMS}
    yield stubs
    for stub in stubs.values():
        stub.stop()


@pytest.fixture(scope="session")
def gateway(all_stubs: dict[str, Stub], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    running = Gateway(
        tmp_path_factory.mktemp("gateway"),
        all_stubs,
        ALLOWED_HOSTS="localhost,127.0.0.1,.example.org,[::1]",
        CORS_ALLOWED_ORIGINS="https://app.example.org, http://localhost:3000",
    ).start()
    yield running
    running.stop()


@pytest.fixture
def stubs(all_stubs: dict[str, Stub]) -> dict[str, Stub]:
    for stub in all_stubs.values():
        stub.reset()
    return all_stubs


@pytest.fixture
def client(gateway: Gateway, stubs: dict[str, Stub]) -> Iterator[httpx.Client]:
    with gateway.client() as http:
        yield http


@pytest.fixture
def make_gateway(tmp_path: Path, stubs: dict[str, Stub]) -> Iterator[Make]:
    """Starts further gateways with settings of their own."""
    running: list[Gateway] = []

    def make(*, watch: bool = False, services: dict[str, Stub] | None = None, **settings: str) -> Gateway:
        folder = tmp_path / f"gateway-{len(running)}"
        folder.mkdir()
        made = Gateway(folder, stubs if services is None else services, **settings)
        running.append(made)
        return made.start(watch=watch)

    yield make
    for made in running:
        made.stop()
