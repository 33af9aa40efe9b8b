"""The web app's pages: a nonce for each answer, one copy for everybody, no credentials, errors that people can read."""

import re
import time
from collections.abc import Callable
from itertools import count

import httpx
import pytest

from gateway_harness import Gateway, Make, Received, Reply, Stub, one_a_minute

# For so long that no test sees the end of it, but for those that ask for a second.
NEXT = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "public, max-age=60, stale-while-revalidate=2, stale-if-error=600",
}
SECOND = {"Cache-Control": "public, max-age=1, stale-while-revalidate=2, stale-if-error=600"}
EXPIRED = 2.05  # as in test_cache.py
numbers = count()


@pytest.fixture
def path() -> str:
    """An address that no other test has put into the cache."""
    return f"/?test={next(numbers)}"


@pytest.fixture
def frontend(stubs: dict[str, Stub]) -> Stub:
    """Renders as the web app does: the nonce that the request's policy names stands on every script."""
    stub = stubs["frontend"]
    renderings = count(1)

    def answer(request: Received) -> Reply:
        policy = request.headers.get("content-security-policy", "")
        nonce = re.search("'nonce-([^']+)'", policy)
        assert nonce, "no nonce to render with"
        kind = {"Content-Type": "text/x-component"} if "rsc" in request.headers else {}
        script = f'<script nonce="{nonce[1]}"></script>'
        life = SECOND if "second" in request.path else {}
        return Reply(body=f"{next(renderings)} {script * 3}".encode(), headers=NEXT | kind | life)

    stub.answer = answer
    return stub


def nonces(answer: httpx.Response) -> set[str]:
    return set(re.findall('nonce="([^"]+)"', answer.text))


def test_each_answer_has_its_own_nonce_in_page_and_policy(client: httpx.Client, frontend: Stub, path: str) -> None:
    answers = [client.get(path) for _ in range(4)]
    for answer in answers:
        (policy,) = answer.headers.get_list("content-security-policy")
        (nonce,) = nonces(answer)
        assert f"script-src 'nonce-{nonce}' 'strict-dynamic';" in policy
        assert "unsafe-eval" not in policy
        assert re.fullmatch("[0-9a-f]{32}", nonce)
    assert len({answer.headers["content-security-policy"] for answer in answers}) == 4
    assert len(frontend.requests) == 1, "all of them are one copy"


def test_what_is_rendered_with_never_gets_out(
    client: httpx.Client, gateway: Gateway, frontend: Stub, path: str
) -> None:
    secret = (gateway.state / "nonce-placeholder").read_text()
    assert secret in frontend_policy(client, frontend, path)
    for headers in ({}, {"RSC": "1"}):
        answer = client.get(path, headers=headers)
        assert secret not in answer.text
        assert secret not in str(answer.headers)
        assert nonces(answer)


def frontend_policy(client: httpx.Client, frontend: Stub, path: str) -> str:
    client.get(path)
    return frontend.last.headers["content-security-policy"]


def test_a_client_can_t_choose_the_nonce(client: httpx.Client, frontend: Stub, path: str) -> None:
    headers = {"Content-Security-Policy": "script-src 'nonce-mine'", "X-Request-ID": "mine-mine-mine"}
    answer = client.get(path, headers=headers)
    assert "mine" not in str(nonces(answer)) + answer.headers["content-security-policy"]


def test_only_pages_are_told_a_nonce(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    for target in ("/api/sessions/?x", "/_next/static/a.js", "/media/sessions/1"):
        client.get(target)
    for name in ("catalog", "frontend"):
        assert all("content-security-policy" not in request.headers for request in stubs[name].requests)


def test_the_web_app_gets_no_credentials(client: httpx.Client, frontend: Stub, path: str) -> None:
    client.get(path, headers={"Authorization": "Bearer abc", "Cookie": "refresh_token=abc"})
    assert not {"authorization", "cookie"} & frontend.last.headers.keys()


@pytest.mark.parametrize("cookie", [None, "signed_in=1"])
def test_kept_as_long_as_it_says(client: httpx.Client, frontend: Stub, path: str, cookie: str | None) -> None:
    headers = {"Cookie": cookie} if cookie else {}
    assert {client.get(path, headers=headers).text[0] for _ in range(4)} == {"1"}
    assert client.get(f"{path}&second", headers=headers).text[0] == "2"
    time.sleep(EXPIRED)
    assert client.get(f"{path}&second", headers=headers).text[0] == "3"
    assert client.get(path, headers=headers).text[0] == "1"


@pytest.mark.parametrize(
    "headers", [{"RSC": "1"}, {"Authorization": "Bearer abc"}, {"Cookie": "refresh_token=abc"}], ids=str
)
def test_neither_read_nor_kept(client: httpx.Client, frontend: Stub, path: str, headers: dict[str, str]) -> None:
    assert [client.get(path, headers=headers).text[0] for _ in range(2)] == ["1", "2"]
    assert client.get(path).text[0] == "3"
    assert client.get(path, headers=headers).text[0] == "4"


def test_a_browser_keeps_no_page_but_may_go_back_to_it(client: httpx.Client, frontend: Stub, path: str) -> None:
    assert client.get(path).headers.get_list("cache-control") == ["no-cache"]


def test_pages_are_read_only(client: httpx.Client, stubs: dict[str, Stub], path: str) -> None:
    answer = client.post(path, content=b"x")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert not stubs["frontend"].requests


def stop_answering(status: int) -> Callable[[Received], Reply]:
    return lambda _request: Reply(status, hang_up=status == 502)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_while_the_web_app_can_t_answer_its_last_page_stands_in(
    client: httpx.Client, frontend: Stub, path: str, status: int
) -> None:
    path += "&second"
    assert client.get(path).text[0] == "1"
    time.sleep(EXPIRED)
    frontend.answer = stop_answering(status)
    again = client.get(path)
    assert (again.status_code, again.text[0]) == (200, "1")


def test_its_own_error_pages_pass(client: httpx.Client, frontend: Stub, path: str) -> None:
    frontend.answer = lambda _request: Reply(404, b"<h1>No such session</h1>", NEXT)
    assert client.get(path).text == "<h1>No such session</h1>"


def test_a_person_who_meets_an_error_gets_a_page(client: httpx.Client, stubs: dict[str, Stub], path: str) -> None:
    stubs["frontend"].answer = stop_answering(502)
    answer = client.get(path, headers={"X-Request-ID": "find-me-later"})
    assert (answer.status_code, answer.headers["retry-after"]) == (502, "3")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Request find-me-later" in answer.text
    assert "script-src 'nonce-" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("target", ["/a%20b", "/sessions//1", "/sessions/%2e%2e/"])
def test_addresses_that_can_t_be_pages(client: httpx.Client, gateway: Gateway, target: str) -> None:
    head, _, body = gateway.get_raw(target).partition(b"\r\n\r\n")
    assert b" 404 " in head.splitlines()[0]
    assert b"<h1>Nothing here</h1>" in body


def test_too_many_pages(make_gateway: Make) -> None:
    made = make_gateway(RATE_LIMIT="1", RATE_LIMIT_BURST="1")
    one_a_minute(made)
    with made.client() as client:
        statuses = {answer.status_code: answer for answer in (client.get("/") for _ in range(6))}
    assert statuses[429].headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>One moment, please</h1>" in statuses[429].text


def test_files_that_never_change_are_kept_past_their_release(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    immutable = {"Content-Type": "application/javascript", "Cache-Control": "public, max-age=31536000, immutable"}
    stubs["frontend"].answer = lambda _request: Reply(body=b"1", headers=immutable)
    target = "/_next/static/chunks/kept.js"
    assert client.get(target).text == "1"
    stubs["frontend"].answer = lambda _request: Reply(404)
    again = client.get(target)
    assert (again.status_code, again.headers["cache-control"]) == (200, immutable["Cache-Control"])
    # What isn't there is asked for each time: the next replica may be of the newer release.
    assert client.get("/_next/static/chunks/missing.js").status_code == 404
    stubs["frontend"].answer = lambda _request: Reply(body=b"2", headers=immutable)
    assert client.get("/_next/static/chunks/missing.js").text == "2"


def test_pictures_are_kept_by_what_they_depend_on(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    headers = {"Content-Type": "image/webp", "Cache-Control": "public, max-age=300", "Vary": "rsc"}
    stubs["frontend"].answer = lambda _request: Reply(body=b"webp", headers=headers)
    for more in ("", "&x=1", "&x=2"):
        assert client.get(f"/media/sessions/1?w=400&v=a{more}").status_code == 200
    assert len(stubs["frontend"].requests) == 1
    client.get("/media/sessions/1?w=800&v=a")
    client.get("/media/sessions/1?w=400&v=b")
    assert len(stubs["frontend"].requests) == 3


def test_a_preview_picture_is_kept_a_while(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    stubs["frontend"].answer = lambda _request: Reply(body=b"png", headers={"Content-Type": "image/png"})
    answers = [client.get("/sessions/1/opengraph-image-x?1") for _ in range(3)]
    assert [answer.headers["cache-control"] for answer in answers] == ["max-age=300"] * 3
    assert len(stubs["frontend"].requests) == 1


# --- the listener for the web app's own server


@pytest.fixture
def inside(gateway: Gateway, stubs: dict[str, Stub]) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{gateway.internal_port}", trust_env=False)


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/sessions/?page=2", "catalog"),
        ("/api/sessions/1/", "catalog"),
        ("/api/creators/1/", "catalog"),
        ("/internal/avatars/1/", "identity"),
        (f"/api/auth/avatars/{'0f' * 16}.webp", "identity"),
        ("/api/auth/oauth/providers/", "identity"),
        ("/internal/sessions/1/", "catalog"),
        ("/internal/sessions/?limit=2", "catalog"),
    ],
)
def test_inside_reads(inside: httpx.Client, stubs: dict[str, Stub], path: str, service: str) -> None:
    assert inside.get(path).json() == {"service": service}
    assert stubs[service].last.path == path


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/users/",
        "/api/auth/login/",
        "/api/bookings/",
        "/internal/users/",
        "/internal/sessions/1/edit/",
        "/api/auth/avatars/1",
    ],
)
def test_inside_nothing_else_is_to_be_had(inside: httpx.Client, stubs: dict[str, Stub], path: str) -> None:
    assert inside.get(path).status_code == 404
    assert not any(stub.requests for stub in stubs.values())


@pytest.mark.parametrize(
    "path", ["/api/sessions/", "/api/auth/oauth/providers/", "/internal/avatars/1/", "/internal/sessions/1/"]
)
def test_inside_nothing_is_written(inside: httpx.Client, stubs: dict[str, Stub], path: str) -> None:
    assert inside.post(path, content=b"{}").status_code == 404
    assert not any(stub.requests for stub in stubs.values())


def test_inside_there_are_no_limits_per_address(make_gateway: Make, stubs: dict[str, Stub]) -> None:
    made = make_gateway(RATE_LIMIT="1", RATE_LIMIT_BURST="1")
    one_a_minute(made)
    with httpx.Client(base_url=f"http://127.0.0.1:{made.internal_port}", trust_env=False) as inside:
        assert {inside.get(f"/api/sessions/?{n}").status_code for n in range(10)} == {200}
