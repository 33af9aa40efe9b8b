"""Every public path reaches its service as it was sent, and nothing else is reached."""

import httpx
import pytest

from gateway_harness import SERVICES, Gateway, Stub

ID = "0190163d-8694-739b-aea5-966c26f8ad91"
PICTURE = f"/api/auth/avatars/{'0f' * 16}.webp"
OPERATIONS = (
    "operations",
    "jobs",
    f"jobs/{ID}",
    "dead-letters",
    f"dead-letters/{ID}",
    "dead-letters/resend",
    "replicas/check",
    "replicas/resync",
)
ROUTES = {
    "identity": [
        *(
            f"/api/auth/{path}"
            for path in (
                "register",
                "login",
                "refresh",
                "token/refresh",
                "logout",
                "logout/all",
                "devices",
                f"devices/{ID}",
                "profile",
                "avatar",
                "export",
                "delete",
                "password/change",
                "become-creator",
                "email/verify",
                "email/resend",
                "email/change",
                "email/change/confirm",
                "password/reset",
                "password/reset/confirm",
                ".well-known/jwks.json",
                "login/second-factor",
                "second-factors",
                "second-factors/totp",
                "second-factors/totp/confirm",
                "second-factors/totp/disable",
                "second-factors/recovery-codes",
                "passkeys",
                "passkeys/options",
                "passkeys/login",
                "passkeys/login/options",
                f"passkeys/{ID}",
                f"passkeys/{ID}/remove",
                "oauth/providers",
                "oauth/google/login",
                "oauth/github/link",
                "oauth/accounts",
                "oauth/accounts/google/unlink",
                "oauth/apps",
                "oauth/apps/github",
            )
        ),
        PICTURE,
        "/accounts/google/login/callback",
        "/accounts/github/login/callback",
        "/api/users",
        "/api/users/stats",
        "/api/admin/identity/audit",
        f"/api/users/{ID}",
        f"/api/users/{ID}/audit",
        f"/api/users/{ID}/logout-all",
        f"/api/users/{ID}/devices",
        f"/api/users/{ID}/linked-accounts",
        f"/api/users/{ID}/second-factors",
        f"/api/users/{ID}/second-factors/reset",
        *(f"/api/admin/identity/{path}" for path in ("operations", "jobs", f"jobs/{ID}")),
    ],
    "catalog": [
        "/api/sessions",
        "/api/sessions/categories",
        "/api/sessions/export",
        f"/api/sessions/{ID}",
        f"/api/creators/{ID}",
        *(f"/api/admin/catalog/{path}" for path in OPERATIONS),
        "/api/admin/sessions",
        f"/api/admin/sessions/{ID}",
        "/api/admin/sessions/export.csv",
        "/api/admin/sessions/bulk",
        "/api/admin/sessions/stats",
        f"/api/admin/sessions/{ID}/audit",
        "/api/admin/catalog/audit",
    ],
    "booking": [
        *(
            f"/api/bookings{path}"
            for path in (
                "",
                "/my_bookings",
                "/creator_bookings",
                "/export",
                "/availability",
                "/creator_stats",
                "/creator_stats/stream",
                "/creator_revenue/ledger",
                "/stats",
                f"/{ID}",
                "/export.csv",
            )
        ),
        *(f"/api/admin/booking/{path}" for path in (*OPERATIONS, "revenue/check", "revenue/rebuild")),
        "/api/admin/bookings/bulk",
        "/api/admin/bookings/preview",
        f"/api/admin/bookings/{ID}/audit",
        "/api/admin/booking/audit",
    ],
}
PAIRS = [(service, path) for service, paths in ROUTES.items() for path in paths]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("service", "path"), PAIRS)
def test_public_path_reaches_its_service_with_its_body(
    client: httpx.Client, stubs: dict[str, Stub], service: str, path: str, slash: str
) -> None:
    answer = client.post(
        f"{path}{slash}?a=b%20c&d=%2F", content=b'{"x": 1}', headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200
    assert answer.json() == {"service": service}
    received = stubs[service].last
    assert (received.method, received.path) == ("POST", f"{path}{slash}?a=b%20c&d=%2F")
    assert received.body == b'{"x": 1}'
    assert sum(len(stub.requests) for stub in stubs.values()) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_methods_pass(client: httpx.Client, stubs: dict[str, Stub], method: str) -> None:
    assert client.request(method, f"/api/bookings/{ID}/").status_code == 200
    assert stubs["booking"].last.method == method


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/internal/",
        "/api/auth/",
        "/api/auth/internal/",
        "/api/auth/xyz/",
        "/api/auth/login/more/",
        "/api/auth/avatars/",
        "/api/auth/avatars/x",
        f"/api/auth/avatars/{'0f' * 16}.png",
        f"/api/auth/avatars/{'0F' * 16}.webp",
        f"/api/auth/avatars/{'0f' * 16}.webp/more",
        "/api/auth/loginx",
        "/api/auth/oauth/",
        "/api/auth/oauth/facebook/login/",
        "/api/auth/oauth/google/",
        "/api/auth/oauth/accounts/unlink/",
        f"/api/users/{ID}/internal/",
        f"/api/users/{ID}/second-factors/other/",
        "/api/auth/second-factors/other/",
        f"/api/auth/passkeys/{ID}/other/",
        "/api/creators/",
        "/api/admin/",
        "/api/admin/booking/",
        "/api/admin/booking/revenue/",
        "/api/admin/catalog/revenue/check/",
        "/api/admin/identity/dead-letters/",
        f"/api/admin/booking/jobs/{ID}/x/",
        f"/api/sessions/{ID}/x/",
        f"/api/bookings/{ID}/x/",
        "/api/bookings/creator_revenue/other/",
        "/api/bookings/creator_stats/other/",
        "/api/bookings/creator_stats/stream/more/",
        "/api/openapi.json/x",
        "/api/docs/.built",
        "/api/docs/LICENSE",
        "/_error/400",
        "/_next/image",
        "/_next",
    ],
)
def test_nothing_else_of_the_api_passes(client: httpx.Client, stubs: dict[str, Stub], path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert not any(stub.requests for stub in stubs.values())


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/login",
        "/accounts/facebook/login/callback/",
        "/accounts/google/login/callback/more/",
        f"/sessions/{ID}",
        f"/sessions/{ID}/opengraph-image-abc?1",
        "/internal/sessions/1/",
        "/internal/sessions/",
        "/internal/users/",
        "/internal/bookings/",
        "/health/ready/",
        "/metrics",
        "/xapi/sessions/",
        "/API/sessions/",
        "/docs/index.html",
        "/_next/static/chunks/0-e7gk_gd~1.js",
        f"/media/sessions/{ID}?w=400",
    ],
)
def test_all_other_addresses_are_the_web_app_s(client: httpx.Client, stubs: dict[str, Stub], path: str) -> None:
    assert client.get(path).json() == {"service": "frontend"}
    assert stubs["frontend"].last.path == path
    assert not any(stubs[name].requests for name in SERVICES)


@pytest.mark.parametrize("path", ["/_health", "/_health/"])
def test_the_web_app_s_own_check_is_not_public(client: httpx.Client, stubs: dict[str, Stub], path: str) -> None:
    assert client.get(path).status_code == 404
    assert not stubs["frontend"].requests


TRICKS = [
    "/api/sessions/../../internal/x",
    "/api/sessions/..%2f..%2finternal/x",
    "/api/sessions/%2e%2e/%2e%2e/internal/x",
    "/api/sessions/%2E%2E%2F%2E%2E%2Finternal",
    "/api/sessions/..%5c..%5cinternal",
    "/api/sessions/..\\..\\internal",
    "/api/sessions/;/../internal",
    "/api/sessions/..;/internal",
    "/api/sessions/%00",
    "/api/sessions/x%0d%0aX-Injected:1",
    "/internal%2f..%2fapi/sessions/",
    "/internal/../api/sessions/",
    "/internal/%2e%2e/api/sessions/",
    "/./internal/",
    "/api/./sessions/",
    "/api/sessions/.",
    "/api/sessions/..",
    "/api/sessions/../users",
    "//internal/",
    "//api/sessions/",
    "/api//sessions/",
    "/api/sessions//",
    "/%61pi/sessions/",
    "/api/sessions%2finternal",
    "/%69nternal/",
    "/internal%00/api/sessions/",
    "/api/sessions/%c0%ae%c0%ae/internal",
    "/api/docs/../../conf/nginx.conf",
    "/api/docs/%2e%2e/openapi.json",
    "/api/docs/..%2fopenapi.json",
]


@pytest.mark.parametrize("target", TRICKS)
def test_path_tricks_reach_no_service(gateway: Gateway, stubs: dict[str, Stub], target: str) -> None:
    status = gateway.get_raw(target).split(b" ", 2)[1]
    assert status in (b"404", b"400")
    assert not any(stub.requests for stub in stubs.values())


def test_absolute_targets_are_checked_like_all(gateway: Gateway, stubs: dict[str, Stub]) -> None:
    assert b" 404 " in gateway.get_raw("http://localhost/api/internal/").splitlines()[0]
    assert b" 421 " in gateway.get_raw("http://evil.test/api/sessions/").splitlines()[0]
    assert not any(stub.requests for stub in stubs.values())
    assert b" 200 " in gateway.get_raw("http://localhost/api/users/?x=1").splitlines()[0]
    assert stubs["identity"].last.path == "/api/users/?x=1"


def test_a_second_request_hidden_in_a_body_is_not_seen_as_one(gateway: Gateway, stubs: dict[str, Stub]) -> None:
    hidden = b"GET /internal/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = gateway.raw(
        b"POST /api/users/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden
    )
    assert b" 400 " in answer.splitlines()[0]
    assert not any(stub.requests for stub in stubs.values())


def test_the_documentation(client: httpx.Client) -> None:
    for path in ("/api/docs", "/api/docs/"):
        page = client.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
    script = client.get("/api/docs/page.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/openapi.json/"])
def test_the_document_is_served_and_revalidated(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/healthz", "/healthz/"])
def test_health_for_any_host_name(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Host": "10.1.2.3:8000"})
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
    assert answer.headers["content-type"] == "application/json"
