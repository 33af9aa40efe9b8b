"""One second of anonymous catalogue reads: never personal, never other than 200, never another's request id."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import httpx
import pytest

from gateway_harness import Gateway, Received, Reply, Stub

PUBLIC = "public, max-age=%d, stale-while-revalidate=2, stale-if-error=600"
LONG = PUBLIC % 60  # for tests that don't wait for the end of it: nothing they do takes so long
PATHS = ["/api/sessions/", "/api/sessions/1/", "/api/sessions/categories/", "/api/creators/1/"]
# nginx counts in whole seconds: what may live for one is gone after two at the latest.
EXPIRED = 2.05
numbers = count()


@pytest.fixture
def path(request: pytest.FixtureRequest) -> str:
    """An address that no other test has put into the cache."""
    return f"{getattr(request, 'param', '/api/sessions/')}?test={next(numbers)}"


def counting(control: str) -> Callable[[Received], Reply]:
    """Counts up with every answer and lets the gateway keep it."""
    answers = count(1)

    def answer(_request: Received) -> Reply:
        number = next(answers)
        return Reply(
            body=str(number).encode(),
            headers={"Cache-Control": control, "ETag": f'"{number}"', "X-Request-ID": f"upstream-{number}"},
        )

    return answer


@pytest.fixture
def catalog(stubs: dict[str, Stub]) -> Stub:
    stub = stubs["catalog"]
    stub.answer = counting(LONG)
    return stub


@pytest.fixture
def short_lived(catalog: Stub) -> Stub:
    """As the catalogue says it: a second."""
    catalog.answer = counting(PUBLIC % 1)
    return catalog


@pytest.mark.parametrize("path", PATHS, indirect=True)
def test_kept(client: httpx.Client, catalog: Stub, path: str) -> None:
    assert [client.get(path).text for _ in range(5)] == ["1"] * 5
    assert len(catalog.requests) == 1


@pytest.mark.parametrize("path", PATHS, indirect=True)
def test_not_kept_for_longer_than_a_second(client: httpx.Client, short_lived: Stub, path: str) -> None:
    assert client.get(path).text == "1"
    time.sleep(EXPIRED)
    # Not the old one first: a sequence of requests never sees what is older than the second.
    assert client.get(path).text == "2"


def test_every_hit_has_a_request_id_of_its_own(client: httpx.Client, catalog: Stub, path: str) -> None:
    ids = [client.get(path).headers.get_list("x-request-id") for _ in range(5)]
    assert all(len(given) == 1 for given in ids)
    assert len({given[0] for given in ids}) == 5
    assert client.get(path, headers={"X-Request-ID": "my-own-id"}).headers["x-request-id"] == "my-own-id"
    assert len(catalog.requests) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer abc"},
        {"Cookie": "refresh=abc"},
        {"Cookie": "signed_in=1; __Secure-refresh=abc"},
        {"Cookie": "a=1; signed_in=1"},
    ],
)
def test_credentials_neither_read_nor_fill_it(
    client: httpx.Client, catalog: Stub, path: str, headers: dict[str, str]
) -> None:
    assert client.get(path, headers=headers).text == "1"
    assert client.get(path).text == "2"
    assert client.get(path, headers=headers).text == "3"
    assert client.get(path).text == "2"


def test_the_hint_cookie_is_no_credential(client: httpx.Client, catalog: Stub, path: str) -> None:
    assert client.get(path).text == "1"
    assert client.get(path, headers={"Cookie": "signed_in=1"}).text == "1"


def test_conditional_requests_by_visitors_are_answered_here(client: httpx.Client, catalog: Stub, path: str) -> None:
    etag = client.get(path).headers["etag"]
    for given in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        answer = client.get(path, headers={"If-None-Match": given})
        assert answer.status_code == 304
        assert answer.headers["etag"] == etag
        assert answer.headers["x-request-id"]
    assert client.get(path, headers={"If-None-Match": '"x"'}).status_code == 200
    assert len(catalog.requests) == 1


def test_a_first_conditional_request_fills_the_cache_whole(client: httpx.Client, catalog: Stub, path: str) -> None:
    assert client.get(path, headers={"If-None-Match": '"1"'}).status_code == 304
    assert "if-none-match" not in catalog.last.headers
    assert client.get(path).text == "1"


def test_conditional_requests_with_a_token_are_the_service_s(client: httpx.Client, catalog: Stub, path: str) -> None:
    catalog.answer = lambda request: Reply(304 if request.headers.get("if-none-match") == '"9"' else 200, b"")
    headers = {"Authorization": "Bearer abc", "If-None-Match": '"9"'}
    assert client.get(path, headers=headers).status_code == 304


@pytest.mark.parametrize("status", [201, 204, 301, 400, 401, 403, 404, 410, 500, 503])
def test_only_200_is_kept(client: httpx.Client, catalog: Stub, path: str, status: int) -> None:
    catalog.answer = lambda _request: Reply(status, b"", {"Cache-Control": LONG, "Location": "/x"})
    for _ in range(3):
        assert client.get(path, follow_redirects=False).status_code == status
    assert len(catalog.requests) == 3


@pytest.mark.parametrize("control", ["private, max-age=60", "no-store", "no-cache", "max-age=0", None])
def test_the_service_decides(client: httpx.Client, catalog: Stub, path: str, control: str | None) -> None:
    catalog.answer = lambda _request: Reply(headers={"Cache-Control": control} if control else {})
    for _ in range(3):
        client.get(path)
    assert len(catalog.requests) == 3


def test_what_sets_a_cookie_is_not_kept(client: httpx.Client, catalog: Stub, path: str) -> None:
    catalog.answer = lambda _request: Reply(headers={"Cache-Control": LONG, "Set-Cookie": "a=1"})
    for _ in range(3):
        client.get(path)
    assert len(catalog.requests) == 3


def test_writes_pass(client: httpx.Client, catalog: Stub, path: str) -> None:
    for _ in range(3):
        client.post(path, content=b"{}")
    assert len(catalog.requests) == 3
    assert client.get(path).text == "4"


def test_queries_are_apart_and_head_shares_with_get(client: httpx.Client, catalog: Stub, path: str) -> None:
    assert client.get(path).text == "1"
    assert client.get(f"{path}&page=2").text == "2"
    head = client.head(path)
    assert (head.headers["etag"], head.content) == ('"1"', b"")
    assert len(catalog.requests) == 2


def test_origins_share_the_body_and_not_the_headers(client: httpx.Client, catalog: Stub, path: str) -> None:
    origins = ["https://app.example.org", "https://evil.test", "http://localhost:3000", None]
    allowed = [
        client.get(path, headers={"Origin": origin} if origin else {}).headers.get("access-control-allow-origin")
        for origin in origins
    ]
    assert allowed == ["https://app.example.org", None, "http://localhost:3000", None]
    assert len(catalog.requests) == 1


def test_many_at_once_make_one_request(gateway: Gateway, catalog: Stub, path: str) -> None:
    counted = catalog.answer

    def slow(request: Received) -> Reply:
        time.sleep(0.3)
        return counted(request)

    catalog.answer = slow
    with gateway.client() as client, ThreadPoolExecutor(20) as pool:
        texts = list(pool.map(lambda _: client.get(path).text, range(20)))
    assert texts == ["1"] * 20
    assert len(catalog.requests) == 1


def test_an_old_answer_stands_in_while_the_service_fails(client: httpx.Client, short_lived: Stub, path: str) -> None:
    catalog = short_lived
    assert client.get(path).text == "1"
    time.sleep(EXPIRED)
    for status in (502, 503, 504):
        catalog.answer = lambda _request, status=status: Reply(status, b"")  # type: ignore[misc]
        assert client.get(path).text == "1"
    catalog.stop()
    try:
        assert client.get(path).text == "1"
        # It has nothing to do with a caller whose answer is personal.
        assert client.get(path, headers={"Authorization": "Bearer abc"}).status_code == 502
    finally:
        catalog.start()


@pytest.mark.parametrize("status", [404, 403, 401, 400, 410, 429, 500])
def test_an_old_answer_does_not_outlive_what_it_shows(
    client: httpx.Client, short_lived: Stub, path: str, status: int
) -> None:
    assert client.get(path).text == "1"
    short_lived.answer = lambda _request: Reply(status, b"gone")
    time.sleep(EXPIRED)
    assert client.get(path).status_code == status


def test_a_stored_picture_is_kept_for_everybody_whoever_asks(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    """For ten minutes, whatever the service says to browsers: its owner may take it away."""
    safe = {
        "Content-Type": "image/webp",
        "Content-Disposition": 'inline; filename="avatar.webp"',
        "Content-Security-Policy": "default-src *",
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": '"1"',
    }
    stubs["identity"].answer = lambda _request: Reply(body=b"a picture", headers=safe)
    address = f"/api/auth/avatars/{next(numbers):032x}.webp"
    for headers in ({}, {"Authorization": "Bearer x"}, {"Cookie": "signed_in=1"}):
        answer = client.get(f"{address}?{next(numbers)}", headers=headers)
        assert (answer.status_code, answer.content) == (200, b"a picture")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        # The gateway's own word, once: nothing in it runs, and nobody frames it.
        policy = "default-src 'none'; sandbox; frame-ancestors 'none'"
        assert answer.headers.get_list("content-security-policy") == [policy]
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert client.get(address, headers={"If-None-Match": '"1"'}).status_code == 304
    assert len(stubs["identity"].requests) == 1


def test_a_picture_that_is_missing_is_asked_for_again(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    address = f"/api/auth/avatars/{next(numbers):032x}.webp"
    stubs["identity"].answer = lambda _request: Reply(status=404, headers={"Cache-Control": "max-age=600"})
    assert [client.get(address).status_code for _ in range(2)] == [404, 404]
    assert len(stubs["identity"].requests) == 2
