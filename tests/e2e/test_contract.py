"""What holds for every path: forms of errors, slashes, request ids, lists, documents."""

from typing import Any

import httpx
import pytest

from tests.e2e.conftest import People, Person, a_start

PRIVATE = [
    "/api/auth/profile/",
    "/api/users/",
    "/api/users/stats/",
    "/api/bookings/",
    "/api/bookings/my_bookings/",
    "/api/bookings/creator_bookings/",
    "/api/bookings/creator_stats/",
    "/api/bookings/creator_revenue/ledger/",
    "/api/bookings/stats/",
]


def is_problem(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.headers
    problem: dict[str, Any] = answer.json()
    assert problem.keys() >= {"type", "title", "status", "code", "request_id"}
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    if code:
        assert problem["code"] == code
    return problem


@pytest.mark.parametrize("path", PRIVATE)
async def test_a_visitor_is_asked_to_log_in(visitor: httpx.AsyncClient, path: str) -> None:
    answer = await visitor.get(path)
    is_problem(answer, 401, "not_authenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    forged = await visitor.get(path, headers={"Authorization": "Bearer nonsense"})
    is_problem(forged, 401, "invalid_token")


@pytest.mark.parametrize("path", ["/api/users/", "/api/users/stats/", "/api/bookings/stats/"])
async def test_admin_paths_refuse_others(creator: Person, path: str) -> None:
    is_problem(await creator.get(path), 403, "forbidden")


@pytest.mark.parametrize("path", ["/api/bookings/creator_stats/", "/api/bookings/creator_bookings/"])
async def test_creator_paths_refuse_users(user: Person, path: str) -> None:
    is_problem(await user.get(path), 403, "forbidden")


@pytest.mark.parametrize("path", ["/api/sessions", "/api/sessions/", "/api/sessions/categories", "/healthz"])
async def test_either_slash_without_a_redirect(visitor: httpx.AsyncClient, path: str) -> None:
    assert (await visitor.get(path)).status_code == 200


async def test_a_post_without_slash_keeps_its_body(visitor: httpx.AsyncClient) -> None:
    problem = is_problem(
        await visitor.post("/api/auth/login", json={"email": "nobody@example.com", "password": "wrong-password"}),
        401,
        "invalid_credentials",
    )
    assert problem["title"]


@pytest.mark.parametrize("path", ["/api/internal/", "/api/nothing/"])
async def test_nothing_else_of_the_api_is_public(visitor: httpx.AsyncClient, path: str) -> None:
    is_problem(await visitor.get(path), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/internal/sessions/0192f0c1-7a10-7000-8000-00000000b001/",
        "/health/ready",
        "/metrics",
        "/_health",
        "/internal%2fx",
    ],
)
async def test_what_is_inside_is_no_page_either(visitor: httpx.AsyncClient, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_sane_request_id_comes_back(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/api/sessions/", headers={"X-Request-ID": "my-request-0001"})
    assert answer.headers["x-request-id"] == "my-request-0001"
    other = await visitor.get("/api/sessions/", headers={"X-Request-ID": "bad id\tx"})
    assert other.headers["x-request-id"] != "bad id\tx"


BAD_BODIES: list[Any] = [
    None,
    [],
    "text",
    1,
    {"title": None},
    {"title": "a\x00b"},
    {"price": "1.999"},
    {"price": "NaN"},
]


@pytest.mark.parametrize("body", BAD_BODIES)
@pytest.mark.parametrize("path", ["/api/sessions/", "/api/bookings/", "/api/auth/register/", "/api/auth/login/"])
async def test_bad_bodies_are_400(creator: Person, path: str, body: Any) -> None:
    is_problem(await creator.post(path, body), 400)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"nul", b"[" * 5000, b'{"a": 1e999}', b""])
async def test_what_is_no_json_is_400(creator: Person, content: bytes) -> None:
    answer = await creator.client.post("/api/bookings/", content=content, headers={"Content-Type": "application/json"})
    is_problem(answer, 400)


async def test_another_media_type_is_415_and_too_much_is_413(creator: Person) -> None:
    is_problem(await creator.client.post("/api/bookings/", content=b"a=b", headers={"Content-Type": "text/plain"}), 415)
    large = b'{"x": "' + b"x" * (1024 * 1024) + b'"}'
    headers = {"Content-Type": "application/json"}
    is_problem(await creator.client.post("/api/bookings/", content=large, headers=headers), 413)


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "page_size=101", "page_size=0", "ordering=height", "min_price=x", "status=gone",
     "search=%00", "cursor=garbage", "min_duration=-1x", "creator=nobody!"],
)  # fmt: skip
async def test_bad_filter_values_are_400(visitor: httpx.AsyncClient, query: str) -> None:
    is_problem(await visitor.get(f"/api/sessions/?{query}"), 400)


async def test_lists_are_arrays_with_their_counts_in_headers(people: People, creator: Person) -> None:
    for _ in range(3):
        await people.publish(creator)
    answer = await creator.get("/api/sessions/", my_sessions="true", page_size=2)
    assert len(answer.json()) == 2
    assert answer.headers["x-total-count"] == "3"
    assert 'rel="next"' in answer.headers["link"]
    assert "</api/sessions/?" in answer.headers["link"]
    second = await creator.client.get(answer.headers["link"].split('rel="next"')[0].rsplit("<", 1)[1].split(">")[0])
    assert len(second.json()) == 1
    assert {row["id"] for row in second.json()}.isdisjoint(row["id"] for row in answer.json())


async def test_naive_past_and_odd_times_are_refused(people: People, creator: Person, user: Person) -> None:
    session = await people.publish(creator)
    for bad in (
        "2030-01-01T10:00:00",
        "2020-01-01T10:00:00Z",
        "2030-01-01T10:00:30Z",
        "2099-01-01T10:00:00Z",
        17,
        "soon",
    ):
        answer = await user.post("/api/bookings/", {"session": session["id"], "booking_date": bad})
        problem = is_problem(answer, 400)
        assert "booking_date" in problem["errors"], (bad, problem)


async def test_nobody_books_their_own_session_or_twice(people: People, creator: Person, user: Person) -> None:
    session = await people.publish(creator)
    wanted = {"session": session["id"], "booking_date": a_start()}
    is_problem(await creator.post("/api/bookings/", wanted), 403, "own_session")
    assert (await user.post("/api/bookings/", wanted)).status_code == 201
    is_problem(await user.post("/api/bookings/", wanted), 409, "already_booked")
    other = await people.publish(creator)
    is_problem(
        await user.post("/api/bookings/", {"session": other["id"], "booking_date": wanted["booking_date"]}),
        409,
        "creator_busy",
    )
    unknown = {"session": "0192f0c1-7a10-7000-8000-00000000dead", "booking_date": a_start()}
    is_problem(await user.post("/api/bookings/", unknown), 404)


async def test_conditional_requests(people: People, creator: Person, visitor: httpx.AsyncClient) -> None:
    session = await people.publish(creator)
    path = f"/api/sessions/{session['id']}/"
    first = await visitor.get(path)
    again = await visitor.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    stale = await creator.patch(path, {"title": "Late"}, **{"If-Match": '"something-else"'})
    is_problem(stale, 412)


async def test_the_documents(visitor: httpx.AsyncClient) -> None:
    document = (await visitor.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert "/api/bookings/" in document["paths"]
    assert not any(path.startswith(("/internal", "/health/", "/metrics")) for path in document["paths"])
    codes = {
        code for path in document["paths"].values() for operation in path.values() for code in operation["responses"]
    }
    assert "400" in codes
    assert "422" not in codes
    page = await visitor.get("/api/docs/")
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
