"""The gateway's own errors are problem documents; the services' pass as they are."""

import json
import re

import httpx
import pytest

from gateway_harness import Gateway, Make, Received, Reply, Stub, free_port, one_a_minute


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """Checks everything a problem document must have and gives it back."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, object] = answer.json()
    assert document["type"] == "about:blank"
    assert document["title"]
    assert document["status"] == status
    assert document["code"] == code
    assert document["request_id"] == answer.headers["x-request-id"]
    assert "nginx" not in answer.text
    assert "127.0.0.1" not in answer.text
    return document


def raw_problem(answer: bytes, status: int, code: str) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    problem(httpx.Response(int(first.split()[1]), headers=headers, content=body), status, code)


def test_400_not_http(gateway: Gateway) -> None:
    raw_problem(gateway.raw(b"GET /x y z HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400, "bad_request")
    raw_problem(gateway.raw(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400, "bad_request")
    raw_problem(gateway.raw(b"GET / HTTP/1.1\r\n\r\n"), 400, "bad_request")
    raw_problem(gateway.raw(b"get / HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400, "bad_request")
    raw_problem(gateway.raw(b"GET / HTTP/x\r\nHost: localhost\r\n\r\n"), 400, "bad_request")
    raw_problem(gateway.raw(b"GET / HTTP/1.1\r\nHost: local host\r\n\r\n"), 400, "bad_request")
    raw_problem(gateway.raw(b"\x16\x03\x01\x02\x00\x01\r\n\r\n"), 400, "bad_request")
    body = b"POST /api/users/ HTTP/1.1\r\nHost: localhost\r\n"
    raw_problem(gateway.raw(body + b"Content-Length: x\r\n\r\n"), 400, "bad_request")
    raw_problem(gateway.raw(body + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n"), 400, "bad_request")


@pytest.mark.parametrize("byte", ["\x01", "\x7f", "\x80", "\xc3\xa9", "\xff"])
@pytest.mark.parametrize("target", ["/api/sessions/?search={}", "/api/bookings/?{}=1", "/api/users/{}", "/nowhere{}"])
def test_400_for_what_is_not_ascii(gateway: Gateway, stubs: dict[str, Stub], target: str, byte: str) -> None:
    raw_problem(gateway.get_raw(target.format(byte)), 400, "bad_request")
    assert not any(stub.requests for stub in stubs.values())


def test_every_other_character_of_a_query_passes(gateway: Gateway, stubs: dict[str, Stub]) -> None:
    characters = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "#")
    target = f"/api/sessions/?search={characters}%FF"
    assert b" 200 " in gateway.get_raw(target).splitlines()[0]
    assert stubs["catalog"].last.path == target


def test_405_for_what_only_reads(client: httpx.Client) -> None:
    for path in ("/api/docs/", "/api/openapi.json", "/healthz", "/"):
        answer = client.post(path, content=b"x")
        problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD"
    answer = client.request("TRACE", "/api/sessions/")
    problem(answer, 405, "method_not_allowed")
    assert "TRACE" not in answer.headers["allow"]


@pytest.mark.parametrize("method", ["FOO", "TRACE", "TRACK", "CONNECT", "PROPFIND", "GETX", "XGET", "PURGE", "A-B"])
@pytest.mark.parametrize("path", ["/api/sessions/", "/api/users/", "/api/auth/login", "/api/docs/", "/"])
def test_405_for_methods_that_nothing_here_has(
    gateway: Gateway, stubs: dict[str, Stub], method: str, path: str
) -> None:
    answer = gateway.raw(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    raw_problem(answer, 405, "method_not_allowed")
    allowed = "GET, HEAD" if path in ("/", "/api/docs/") else "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    assert f"\r\nAllow: {allowed}\r\n".encode() in answer
    assert not any(stub.requests for stub in stubs.values())


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/docs/page.js", "/api/sessions/?cached"])
def test_412_for_another_version(client: httpx.Client, stubs: dict[str, Stub], path: str) -> None:
    headers = {"Cache-Control": "public, max-age=1", "ETag": '"one"'}
    stubs["catalog"].answer = lambda _request: Reply(headers=headers)
    assert client.get(path).status_code == 200
    problem(client.get(path, headers={"If-Match": '"other"'}), 412, "precondition_failed")


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/docs/page.js", "/api/sessions/?ranges"])
@pytest.mark.parametrize("wanted", ["bytes=100000000-", "bytes=0-1", "bytes=1-0", "nonsense"])
def test_no_416_since_ranges_are_ignored(client: httpx.Client, stubs: dict[str, Stub], path: str, wanted: str) -> None:
    headers = {"Cache-Control": "public, max-age=1", "ETag": '"one"'}
    stubs["catalog"].answer = lambda _request: Reply(headers=headers)
    whole = client.get(path)
    answer = client.get(path, headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (200, whole.content)
    assert "accept-ranges" not in answer.headers


def test_501_for_other_transfer_encodings(gateway: Gateway, stubs: dict[str, Stub]) -> None:
    for coding in (b"xchunked", b"gzip, chunked", b"identity"):
        request = b"POST /api/users/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: " + coding + b"\r\n\r\n"
        raw_problem(gateway.raw(request), 501, "not_implemented")
    assert not stubs["identity"].requests


def test_505_for_other_versions(gateway: Gateway) -> None:
    for version in (b"2.0", b"9.9"):
        raw_problem(
            gateway.raw(b"GET /api/users/ HTTP/" + version + b"\r\nHost: localhost\r\n\r\n"),
            505,
            "http_version_not_supported",
        )


def test_408_closes_the_connection_of_who_falls_silent(make_gateway: Make, stubs: dict[str, Stub]) -> None:
    made = make_gateway()
    made.change("limits.conf", "client_body_timeout 30s", "client_body_timeout 300ms")
    # nginx has no answer for a client that stops in the middle; no service has heard of it.
    with pytest.raises(ConnectionResetError):
        made.raw(b"POST /api/users/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf")
    assert not stubs["identity"].requests


MIB = 1024 * 1024


@pytest.mark.parametrize("chunked", [False, True])
def test_413_above_one_mebibyte(client: httpx.Client, stubs: dict[str, Stub], chunked: bool) -> None:
    def body(size: int) -> bytes | object:
        return iter([b"x" * size]) if chunked else b"x" * size

    answer = client.post("/api/sessions/", content=body(MIB))  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert len(stubs["catalog"].last.body) == MIB
    problem(client.post("/api/sessions/", content=body(MIB + 1)), 413, "too_large")  # type: ignore[arg-type]
    assert len(stubs["catalog"].requests) == 1


def test_avatars_may_be_ten_mebibytes(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    most = 10 * MIB + MIB // 16  # a form has more than its file
    assert client.post("/api/auth/avatar/", content=b"x" * most).status_code == 200
    assert len(stubs["identity"].last.body) == most
    problem(client.post("/api/auth/avatar/", content=b"x" * (most + 1)), 413, "too_large")


@pytest.mark.parametrize(
    "target",
    [
        "/api/sessions/?search=" + "x" * 4090,
        "/api/sessions/?search=" + "x" * 20_000,
        "/api/sessions/?" + "?" * 4097,
        "/api/sessions/" + "x" * 1011,
        "/" + "/" * 15_000,
    ],
)
def test_414_for_long_addresses(gateway: Gateway, stubs: dict[str, Stub], target: str) -> None:
    raw_problem(gateway.get_raw(target), 414, "uri_too_long")
    assert not any(stub.requests for stub in stubs.values())


def test_addresses_up_to_the_limit_pass(gateway: Gateway, stubs: dict[str, Stub]) -> None:
    target = "/api/sessions/" + "x" * 1010 + "?search=" + "x" * 4089
    assert b" 200 " in gateway.get_raw(target).splitlines()[0]
    assert stubs["catalog"].last.path == target


def test_431(gateway: Gateway) -> None:
    raw_problem(
        gateway.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\n"),
        431,
        "headers_too_large",
    )
    many = b"".join(b"X-%d: %s\r\n" % (n, b"x" * 12_000) for n in range(9))
    raw_problem(gateway.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + many + b"\r\n"), 431, "headers_too_large")


@pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "evil.test:8000", "example.com", "[::2]"])
def test_421_for_other_names(client: httpx.Client, stubs: dict[str, Stub], host: str) -> None:
    for path in ("/api/sessions/", "/api/docs/", "/nowhere", "/"):
        problem(client.get(path, headers={"Host": host}), 421, "misdirected_request")
    assert not stubs["catalog"].requests


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8000", "127.0.0.1:9", "example.org", "example.org:443", "a.b.example.org", "[::1]:8000"],
)
def test_allowed_names_with_and_without_port(client: httpx.Client, host: str) -> None:
    assert client.get("/api/sessions/", headers={"Host": host}).status_code == 200


def test_any_name_by_an_asterisk(make_gateway: Make) -> None:
    with make_gateway(ALLOWED_HOSTS="localhost,*").client(Host="whatever.test") as client:
        assert client.get("/api/sessions/").status_code == 200


def test_429_above_the_limit_and_nobody_else_pays(make_gateway: Make) -> None:
    made = make_gateway(RATE_LIMIT="1", RATE_LIMIT_BURST="5", TRUSTED_PROXIES="127.0.0.1")
    one_a_minute(made)
    with made.client(**{"X-Forwarded-For": "192.0.2.1"}) as client:
        statuses = [client.get("/api/sessions/?n=1").status_code for _ in range(12)]
        assert statuses[:6] == [200] * 6
        assert 429 in statuses
        answer = client.get("/api/users/")
        problem(answer, 429, "too_many_requests")
        assert int(answer.headers["retry-after"]) >= 1
    with made.client(**{"X-Forwarded-For": "192.0.2.2"}) as other:
        assert other.get("/api/sessions/").status_code == 200


def test_a_claimed_address_does_not_evade_the_limit(make_gateway: Make, stubs: dict[str, Stub]) -> None:
    made = make_gateway(RATE_LIMIT="1", RATE_LIMIT_BURST="5")
    one_a_minute(made)
    with made.client() as client:
        statuses = [
            client.get("/api/users/", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(12)
        ]
    assert 429 in statuses
    assert stubs["identity"].last.headers["x-forwarded-for"] == "127.0.0.1"
    assert stubs["identity"].last.headers["x-real-ip"] == "127.0.0.1"


def test_502_when_no_replica_answers_and_only_there(make_gateway: Make, stubs: dict[str, Stub]) -> None:
    made = make_gateway(BOOKING_UPSTREAM=f"127.0.0.1:{free_port()}")
    with made.client() as client:
        answer = client.get("/api/bookings/")
        problem(answer, 502, "bad_gateway")
        assert int(answer.headers["retry-after"]) >= 1
        assert client.get("/api/sessions/").status_code == 200


def test_504_when_a_replica_is_too_slow(make_gateway: Make, stubs: dict[str, Stub]) -> None:
    made = make_gateway()
    made.change("proxy.conf", "proxy_read_timeout 30s", "proxy_read_timeout 300ms")
    stubs["booking"].answer = lambda _request: Reply(pause=5.0)
    with made.client() as client:
        answer = client.post("/api/bookings/", content=b"{}")
        problem(answer, 504, "gateway_timeout")
        assert int(answer.headers["retry-after"]) >= 1
    assert len(stubs["booking"].requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 429, 500, 502, 503, 504])
def test_a_service_s_own_errors_pass_untouched(client: httpx.Client, stubs: dict[str, Stub], status: int) -> None:
    body = json.dumps({"title": "Mine", "status": status}).encode()
    headers = {"Content-Type": "application/problem+json", "Retry-After": "77", "WWW-Authenticate": "Bearer"}
    stubs["booking"].answer = lambda _request: Reply(status, body, headers)
    answer = client.get("/api/bookings/")
    assert (answer.status_code, answer.content) == (status, body)
    assert answer.headers.get_list("retry-after") == ["77"]
    assert answer.headers["www-authenticate"] == "Bearer"


def test_an_error_page_is_not_html_anywhere(gateway: Gateway) -> None:
    listed = (gateway.conf / "conf" / "errors.conf").read_text()
    codes = set(re.findall(r"return (\d{3}) ", listed))
    assert codes == {
        *("400", "404", "405", "412", "413", "414", "421", "429", "431"),
        *("500", "501", "502", "503", "504", "505"),
    }
    assert codes >= set(re.findall(r"error_page (\d{3}) [/@]", listed))
    for text in re.findall(r"return \d{3} '(.*)';", listed):
        json.loads(text.replace("\\'", "'"))


@pytest.mark.parametrize(("status", "code"), [(500, "internal_error"), (503, "unavailable")])
def test_errors_that_nginx_meets_only_in_trouble(make_gateway: Make, status: int, code: str) -> None:
    made = make_gateway()
    made.change("routes.conf", "# catalog\n", f"location = /api/trouble {{ return {status}; }}\n")
    with made.client() as client:
        answer = client.get("/api/trouble")
        problem(answer, status, code)
        assert ("retry-after" in answer.headers) == (status == 503)


def test_cut_connections_are_502(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    def hang_up(_request: Received) -> Reply:
        return Reply(hang_up=True)

    stubs["booking"].answer = hang_up
    problem(client.post("/api/bookings/", content=b"{}"), 502, "bad_gateway")
    # A booking that was sent is not sent again.
    assert len(stubs["booking"].requests) == 1
