"""Request ids, security headers, CORS, compression: on answers of the services and of the gateway alike."""

import gzip
import json
import re

import httpx
import pytest

from gateway_harness import Gateway, Make, Reply, Stub, eventually

APP = "https://app.example.org"
# A service's answer, a missing path, a page, a refusal, a redirect, one that no service answers.
ANSWERS = ["/api/sessions/", "/api/nowhere", "/api/docs/", "/api/openapi.json", "/healthz", "/media/sessions/1"]


@pytest.mark.parametrize("path", ANSWERS)
def test_a_sane_request_id_is_kept(client: httpx.Client, stubs: dict[str, Stub], path: str) -> None:
    stubs["catalog"].answer = lambda _request: Reply(headers={"X-Request-ID": "of-the-service"})
    for given in ("12345678", "A.b_c-" + "9" * 122):
        answer = client.get(path, headers={"X-Request-ID": given})
        assert answer.headers.get_list("x-request-id") == [given]
        if path == "/api/sessions/":
            assert stubs["catalog"].last.headers["x-request-id"] == given


@pytest.mark.parametrize(
    "given", ["short", "x" * 129, "white space", "inj\tected", '"quoted"', "ünïcödé-id", "{}{}{}{}", None]
)
def test_anything_else_gets_a_new_one(client: httpx.Client, stubs: dict[str, Stub], given: str | None) -> None:
    headers = httpx.Headers([] if given is None else [(b"X-Request-ID", given.encode())])
    ids = [client.get("/api/users/", headers=headers).headers["x-request-id"] for _ in range(2)]
    assert all(re.fullmatch(r"[0-9a-f]{32}", value) for value in ids)
    assert ids[0] != ids[1]
    assert [request.headers["x-request-id"] for request in stubs["identity"].requests] == ids


SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "server": "nginx",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.mark.parametrize("path", ANSWERS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_security_headers_once_on_everything(
    client: httpx.Client, stubs: dict[str, Stub], path: str, method: str
) -> None:
    doubled = {
        "X-Powered-By": "Python/3.11.7",
        "Server": "uvicorn/1.0",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Content-Security-Policy": "default-src *",
        "Referrer-Policy": "unsafe-url",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Credentials": "true",
    }
    stubs["catalog"].answer = lambda _request: Reply(headers=doubled)
    answer = client.request(method, path)
    for name, value in SECURITY.items():
        assert answer.headers.get_list(name) == [value]
    policies = answer.headers.get_list("content-security-policy")
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in policies[0]
    scripts = "script-src 'self';" if path == "/api/docs/" else None
    assert ("script-src" in policies[0]) == bool(scripts)
    assert not scripts or scripts in policies[0]
    assert "unsafe" not in policies[0]
    assert "camera=()" in answer.headers["permissions-policy"]
    for name in ("x-powered-by", "strict-transport-security", "access-control-allow-origin"):
        assert name not in answer.headers
    assert "access-control-allow-credentials" not in answer.headers


def test_what_is_told_to_a_service(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    client.get(
        "/api/users/",
        headers={
            "Authorization": "Bearer abc",
            "If-Match": '"1"',
            "Idempotency-Key": "k",
            "X-Forwarded-For": "10.0.0.1",
            "X-Real-IP": "10.0.0.1",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "evil.test",
            "Forwarded": "for=10.0.0.1",
            "Proxy": "evil.test",
            "X_Real_IP": "10.0.0.1",
        },
    )
    told = stubs["identity"].last.headers
    assert told["host"] == "127.0.0.1"
    assert (told["x-real-ip"], told["x-forwarded-for"], told["x-forwarded-proto"]) == ("127.0.0.1", "127.0.0.1", "http")
    assert (told["authorization"], told["if-match"], told["idempotency-key"]) == ("Bearer abc", '"1"', "k")
    # Host has no port; this one says what the browser calls the site.
    assert told["x-forwarded-host"] == f"127.0.0.1:{client.base_url.port}"
    for name in ("forwarded", "proxy", "x_real_ip", "accept-encoding", "connection"):
        assert name not in told


def test_a_trusted_proxy_is_believed(make_gateway: Make, stubs: dict[str, Stub]) -> None:
    made = make_gateway(TRUSTED_PROXIES="127.0.0.0/8, 10.0.0.0/8")
    chain = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7, 10.1.1.1", "X-Forwarded-Proto": "https"}
    with made.client(**chain) as client:
        answer = client.get("/api/users/")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    told = stubs["identity"].last.headers
    # What stands left of the last address that isn't ours was written by the client itself.
    assert told["x-forwarded-for"] == "198.51.100.7"
    assert told["x-forwarded-proto"] == "https"


PREFLIGHT = {
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization,idempotency-key",
}


@pytest.mark.parametrize("origin", [APP, "http://localhost:3000"])
def test_cors_for_configured_origins(client: httpx.Client, stubs: dict[str, Stub], origin: str) -> None:
    preflight = client.options("/api/bookings/1/", headers={"Origin": origin, **PREFLIGHT})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == origin
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    allowed = {name.strip() for name in preflight.headers["access-control-allow-headers"].split(",")}
    assert allowed == {
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "If-Match",
        "If-None-Match",
        "X-Request-ID",
        "X-Auth-Mode",
    }
    assert int(preflight.headers["access-control-max-age"]) > 0
    assert not stubs["booking"].requests
    for path in ("/api/bookings/", "/nowhere", "/api/openapi.json"):
        answer = client.get(path, headers={"Origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin
        exposed = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
        assert exposed == {"X-Request-ID", "X-Total-Count", "X-Total-Count-Capped", "Link", "ETag", "Retry-After"}
        assert "access-control-allow-credentials" not in answer.headers
        assert "access-control-allow-methods" not in answer.headers
        assert "Origin" in answer.headers.get_list("vary")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.test",
        "null",
        "https://app.example.org.evil.test",
        "http://app.example.org",
        "https://app.example.org:444",
    ],
)
def test_cors_for_nobody_else(client: httpx.Client, stubs: dict[str, Stub], origin: str) -> None:
    preflight = client.options("/api/bookings/", headers={"Origin": origin, **PREFLIGHT})
    assert preflight.status_code == 204
    answer = client.get("/api/bookings/", headers={"Origin": origin})
    assert answer.status_code == 200
    for got in (preflight, answer):
        assert not [name for name in got.headers if name.startswith("access-control")]
        assert "Origin" in got.headers.get_list("vary")
    assert [request.method for request in stubs["booking"].requests] == ["GET"]


def test_cors_is_off_unless_configured(make_gateway: Make) -> None:
    with make_gateway().client(Origin=APP) as client:
        assert "access-control-allow-origin" not in client.get("/api/sessions/").headers


def test_json_is_compressed_on_demand(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    body = b'{"text": "' + b"abc " * 1000 + b'"}'
    for service, path in (("booking", "/api/bookings/"), ("catalog", "/api/sessions/?gzip=1")):
        stubs[service].answer = lambda _request: Reply(
            body=body, headers={"ETag": '"7"', "Cache-Control": "max-age=60"}
        )
        with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["content-encoding"] == "gzip"
            assert "Accept-Encoding" in ",".join(answer.headers.get_list("vary"))
            assert gzip.decompress(b"".join(answer.iter_raw())) == body
        plain = client.get(path, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == body
        assert "accept-encoding" not in stubs[service].last.headers


def test_answers_with_tokens_are_not_compressed(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    stubs["identity"].answer = lambda _request: Reply(body=b'{"access": "' + b"abc " * 1000 + b'"}')
    answer = client.post("/api/auth/login/", content=b"{}", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers


def test_cookies_pass_as_they_are(client: httpx.Client, stubs: dict[str, Stub]) -> None:
    token = "refresh_token=abc; HttpOnly; Path=/api/auth/; SameSite=strict"
    stubs["identity"].answer = lambda _request: Reply(headers={"Set-Cookie": token})
    headers = {"Cookie": "refresh_token=old; signed_in=1", "X-Auth-Mode": "cookie", "Sec-Fetch-Site": "same-origin"}
    answer = client.post("/api/auth/refresh/", headers={**headers, "Origin": "http://127.0.0.1:3000"})
    assert answer.headers.get_list("set-cookie") == [token]
    told = stubs["identity"].last.headers
    for name, value in headers.items():
        assert told[name.lower()] == value
    assert told["origin"] == "http://127.0.0.1:3000"


def test_logs_are_json_and_hold_no_query(gateway: Gateway, client: httpx.Client) -> None:
    client.get("/api/sessions/?token=geheim", headers={"X-Request-ID": "to-be-found-again"})
    log = gateway.state / "logs" / "access.log"
    eventually("it is logged", lambda: '"to-be-found-again"' in log.read_text())
    lines = log.read_text().splitlines()
    entry = next(json.loads(line) for line in lines if "to-be-found-again" in line)
    assert (entry["path"], entry["status"], entry["method"]) == ("/api/sessions/", "200", "GET")
    assert float(entry["upstream_seconds"]) >= 0
    assert "geheim" not in log.read_text()


def test_logs_stay_text_whatever_is_sent(gateway: Gateway) -> None:
    marker = b"X-Request-ID: bytes-that-are-no-text\r\nConnection: close\r\n\r\n"
    gateway.raw(b"GET /api/\xff?x HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a\xff\r\n" + marker)
    gateway.raw(b"GET /api/ HTTP/1.1\r\nHost: local\xffhost\r\n" + marker)
    log = gateway.state / "logs" / "access.log"

    def written() -> list[bytes]:
        return [line for line in log.read_bytes().splitlines() if b"bytes-that-are-no-text" in line]

    eventually("both are logged", lambda: len(written()) == 2)
    # In no order: each of nginx's workers writes its lines when it gets to it.
    lines = {line["status"]: line for line in map(json.loads, written())}
    assert (lines["400"]["path"], lines["400"]["user_agent"]) == ("(not ASCII)", "(not ASCII)")
    assert (lines["421"]["path"], lines["421"]["host"]) == ("/api/", "(not ASCII)")
