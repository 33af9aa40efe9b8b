"""Replicas: connections kept, dead ones avoided, added and moved ones used without a hand."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from gateway_harness import Gateway, Make, Received, Reply, Stub, eventually, free_port

URL = "/api/bookings/"


@pytest.fixture
def replicas() -> list[Stub]:
    return [Stub(f"booking-{n}").start() for n in range(3)]


def test_connections_to_services_are_kept(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    for _ in range(50):
        assert client.get(URL).status_code == 200
    # One per worker process at most, since requests come one after the other.
    assert len({request.connection for request in stubs["booking"].requests}) <= 2


def test_load_is_spread(make_gateway: Make, replicas: list[Stub]) -> None:
    made = make_gateway(BOOKING_UPSTREAM=" ".join(stub.address for stub in replicas))
    with made.client() as client:
        for _ in range(90):
            client.get(URL)
    assert all(len(stub.requests) >= 20 for stub in replicas)


def test_one_dead_replica_costs_no_request(make_gateway: Make, replicas: list[Stub]) -> None:
    made = make_gateway(BOOKING_UPSTREAM=" ".join(stub.address for stub in replicas))
    with made.client() as client:
        for _ in range(20):
            client.post(URL, content=b"{}")
        replicas[0].stop()
        statuses = {client.post(URL, content=b"{}").status_code for _ in range(60)}
    assert statuses == {200}


def test_reads_are_tried_elsewhere_and_bookings_are_not_sent_twice(make_gateway: Make, replicas: list[Stub]) -> None:
    made = make_gateway(BOOKING_UPSTREAM=" ".join(stub.address for stub in replicas))
    for stub in replicas[:2]:
        stub.answer = lambda _request: Reply(hang_up=True)
    with made.client() as client:
        assert client.get(URL).status_code == 200
    for stub in replicas:
        stub.requests.clear()
    with made.client() as client:
        statuses = [client.post(URL, content=b"{}").status_code for _ in range(3)]
    assert 502 in statuses
    assert sum(len(stub.requests) for stub in replicas) == 3


@pytest.mark.parametrize("count", [1, 3])
def test_bad_answers_take_no_replica_away(make_gateway: Make, replicas: list[Stub], count: int) -> None:
    some = replicas[:count]
    made = make_gateway(BOOKING_UPSTREAM=" ".join(stub.address for stub in some))
    for stub in some:

        def answer(request: Received, introduce: Callable[[Received], Reply] = stub.answer) -> Reply:
            if "bad=header" in request.path:
                return Reply(headers={"Link": "x" * 60_000})
            return Reply(hang_up=True) if "bad=end" in request.path else introduce(request)

        stub.answer = answer
    with made.client() as client:
        for bad in ("header", "end"):
            for send in (client.get, client.post):
                assert {send(f"{URL}?bad={bad}").status_code for _ in range(10)} == {502}
                for stub in some:
                    stub.requests.clear()
                # Not one of the next requests pays for it, and every replica has its share of them.
                assert {client.get(URL).status_code for _ in range(30)} == {200}
                assert all(len(stub.requests) >= 5 for stub in some)


def test_a_bad_answer_is_not_asked_for_again(make_gateway: Make, replicas: list[Stub]) -> None:
    made = make_gateway(BOOKING_UPSTREAM=" ".join(stub.address for stub in replicas))
    for stub in replicas:
        stub.answer = lambda _request: Reply(headers={"Link": "x" * 60_000})
    with made.client() as client:
        assert client.get(URL).status_code == 502
    assert sum(len(stub.requests) for stub in replicas) == 1


def test_large_headers_of_answers_pass(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    stubs["booking"].answer = lambda _request: Reply(headers={"Link": "x" * 30_000})
    answer = client.get(URL)
    assert (answer.status_code, len(answer.headers["link"])) == (200, 30_000)


class Load:
    """Requests one after the other on connections of their own, as long as the block lasts."""

    def __init__(self, made: Gateway, *methods: str) -> None:
        self.made = made
        self.methods = methods
        self.statuses: list[int] = []
        self._stop = False
        self._pool = ThreadPoolExecutor(len(methods))

    def _run(self, method: str) -> None:
        while not self._stop:
            try:
                # There is no TLS here, and to read all certificates takes longer than the request.
                answer = httpx.request(method, f"{self.made.url}{URL}", timeout=10, trust_env=False, verify=False)
                status = answer.status_code
            except httpx.TransportError:
                status = 0
            self.statuses.append(status)

    def __enter__(self) -> "Load":
        self._runs = [self._pool.submit(self._run, method) for method in self.methods]
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop = True
        self._pool.shutdown()
        for run in self._runs:
            run.result()


@pytest.fixture
def slow_replicas(replicas: list[Stub]) -> list[Stub]:
    """So slow that requests are in hand at any moment."""
    for stub in replicas:

        def slowly(request: Received, introduce: Callable[[Received], Reply] = stub.answer) -> Reply:
            time.sleep(0.02)
            return introduce(request)

        stub.answer = slowly
    return replicas


def test_added_and_moved_replicas_without_a_failed_request(
    make_gateway: Make, slow_replicas: list[Stub], tmp_path: Path
) -> None:
    first, second, third = slow_replicas
    listed = tmp_path / "booking.list"
    listed.write_text(first.address)
    made = make_gateway(watch=True, BOOKING_UPSTREAM=f"@{listed}")
    with Load(made, "GET", "POST", "POST") as load:
        eventually("the first replica answers", lambda: len(first.requests) > 20)
        listed.write_text(f"{first.address}\n{second.address}\n")
        eventually("the added replica is used", lambda: len(second.requests) > 0)
        # The first comes back as the third, under another address.
        before = made.workers()
        listed.write_text(f"{third.address} {second.address}")
        eventually("the new address is used", lambda: len(third.requests) > 0)
        eventually("the workers that know the old address are gone", lambda: not before & made.workers())
        first.stop()
        first.requests.clear()
        seen = len(load.statuses)
        eventually("requests go on", lambda: len(load.statuses) > seen + 50)
    assert set(load.statuses) == {200}
    assert not first.requests


def test_a_replica_that_is_gone_without_a_word_costs_no_read(
    make_gateway: Make, slow_replicas: list[Stub], tmp_path: Path
) -> None:
    first, second, _ = slow_replicas
    listed = tmp_path / "booking.list"
    listed.write_text(f"{first.address} {second.address}")
    made = make_gateway(watch=True, BOOKING_UPSTREAM=f"@{listed}")
    # Reads only: a POST that meets a connection as it closes may have arrived, so it gets a 502 and never sent again.
    with Load(made, "GET", "GET", "GET") as load:
        eventually("both are used", lambda: bool(first.requests and second.requests))
        # The list still has it for a moment.
        second.stop()
        seen = len(load.statuses)
        eventually("requests go on", lambda: len(load.statuses) > seen + 100)
        listed.write_text(first.address)
        eventually("the list has one", lambda: second.address not in made.upstreams.read_text())
        seen = len(load.statuses)
        eventually("requests go on with the new list", lambda: len(load.statuses) > seen + 20)
    assert set(load.statuses) == {200}


def test_a_service_that_was_never_there_comes_up(make_gateway: Make, tmp_path: Path) -> None:
    listed = tmp_path / "booking.list"
    made = make_gateway(watch=True, BOOKING_UPSTREAM=f"@{listed}")
    with made.client() as client:
        assert client.get(URL).status_code == 502
        assert client.get("/api/sessions/?up").status_code == 200
        stub = Stub("booking").start()
        listed.write_text(stub.address)
        eventually("the service is found", lambda: client.get(URL).status_code == 200)
        stub.stop()


def test_names_are_resolved_and_a_silent_resolver_changes_nothing(make_gateway: Make, stubs: dict[str, Stub]) -> None:
    entry = f"localhost:{stubs['booking'].port}"
    made = make_gateway(BOOKING_UPSTREAM=f"{entry} nowhere.invalid:8000")
    text = made.upstreams.read_text()
    assert f"server {stubs['booking'].address} max_fails=0; # {entry}" in text
    assert ":8000" not in text
    with made.client() as client:
        assert client.get(URL).status_code == 200
    # The names it knew don't resolve any more: the addresses they had stay.
    known = text.replace(f"# {entry}", "# gone.invalid:8000")
    made.upstreams.write_text(known)
    made.settings["BOOKING_UPSTREAM"] = "gone.invalid:8000"
    assert made.script("upstreams.sh", "once", str(made.upstreams)).returncode == 0
    assert made.upstreams.read_text() == known


def test_a_list_that_nginx_refuses_is_taken_back(make_gateway: Make, stubs: dict[str, Stub], tmp_path: Path) -> None:
    listed = tmp_path / "booking.list"
    listed.write_text(stubs["booking"].address)
    made = make_gateway(watch=True, BOOKING_UPSTREAM=f"@{listed}")
    good = made.upstreams.read_text()
    listed.write_text("127.0.0.1:99999999")
    eventually("the watcher complains", lambda: "the new list is not taken" in made.output)
    # It is tried again every time, and taken back every time.
    eventually("the list before is back", lambda: made.upstreams.read_text() == good)
    listed.write_text("evil;}\n$(touch /tmp/x):80 127.0.0.1:1/../ noport")
    eventually("the watcher complains", lambda: "isn't host:port" in made.output)
    with made.client() as client:
        listed.write_text(stubs["booking"].address)
        eventually("all is as before", lambda: client.get(URL).status_code == 200)


def test_the_watcher_leaves_an_unchanged_list_alone(make_gateway: Make) -> None:
    made = make_gateway(watch=True)
    workers, written = made.workers(), made.upstreams.stat().st_mtime_ns
    time.sleep(1)
    # All of them live: nginx may have been about to start more when it answered.
    assert workers <= made.workers()
    assert made.upstreams.stat().st_mtime_ns == written


def test_the_watcher_ends_at_once_when_told(make_gateway: Make) -> None:
    made = make_gateway(watch=True, UPSTREAMS_INTERVAL="60", BOOKING_UPSTREAM=f"127.0.0.1:{free_port()}")
    started = time.monotonic()
    made.stop()
    assert time.monotonic() - started < 30
