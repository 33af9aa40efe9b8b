"""Server-sent events pass one by one, for as long as they last, and leave nothing behind."""

import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from gateway_harness import Make, Reply, Stub, eventually

STREAM = "/api/bookings/creator_stats/stream/"
ORDINARY = "/api/bookings/creator_stats/"
EVENTS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}


@pytest.mark.parametrize("path", [STREAM, STREAM[:-1]])
def test_each_event_passes_at_once(client: httpx.Client, stubs: dict[str, Stub], path: str) -> None:
    arrived = threading.Event()
    waited: list[bool] = []

    def pieces() -> Iterator[bytes]:
        yield b"data: 1\n\n"
        waited.append(arrived.wait(9))
        yield b"data: 2\n\n"

    stubs["booking"].answer = lambda _request: Reply(pieces=pieces(), headers=EVENTS)
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-type"] == EVENTS["Content-Type"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "x-request-id" in answer.headers
        assert "content-encoding" not in answer.headers
        body = b""
        for piece in answer.iter_raw():
            arrived.set()
            body += piece
    assert body == b"data: 1\n\ndata: 2\n\n"
    assert waited == [True]


def test_silence_is_borne_longer_than_elsewhere(make_gateway: Make, stubs: dict[str, Stub]) -> None:
    made = make_gateway()
    made.change("proxy.conf", "proxy_read_timeout 30s", "proxy_read_timeout 1s")
    # The second is long enough for a busy nginx to notice the first.
    stubs["booking"].answer = lambda request: Reply(pause=2 if request.path == STREAM else 5)
    with made.client() as client:
        assert client.get(STREAM).status_code == 200
        assert client.get(ORDINARY).status_code == 504


def test_connections_are_used_again_after_a_stream(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    stubs["booking"].answer = lambda _request: Reply(pieces=[b"data: 1\n\n"], headers=EVENTS)
    for _ in range(20):
        assert client.get(STREAM).status_code == 200
    # One per worker process at most, since requests come one after the other.
    assert len({request.connection for request in stubs["booking"].requests}) <= 2


def test_who_leaves_is_gone_for_the_service_too(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    gone = threading.Event()

    def pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b": still here\n\n"
                time.sleep(0.05)
        finally:
            gone.set()

    stubs["booking"].answer = lambda _request: Reply(pieces=pieces(), headers=EVENTS)
    with client.stream("GET", STREAM) as answer:
        next(answer.iter_raw())
        assert not gone.is_set()
    eventually("the service has noticed", gone.is_set)


def test_a_refused_stream_says_why(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    for status in (401, 403, 429, 503):
        stubs["booking"].answer = lambda _request, status=status: Reply(
            status, b'{"code":"mine"}', {"Content-Type": "application/problem+json", "Retry-After": "30"}
        )
        answer = client.get(STREAM)
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (status, "mine", "30")
