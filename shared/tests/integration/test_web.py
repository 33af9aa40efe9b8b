"""What every service's app does alike, seen through a toy service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
import psycopg
import pytest
from fastapi import APIRouter, Query, Response
from shared.tests.integration.conftest import nobody_known
from sqlalchemy import text

from shared.app import create_app
from shared.auth import AdminUser, AuthUser, CreatorUser
from shared.db import SessionDep
from shared.logging import configure_logging
from shared.pagination import PageDep
from shared.schemas import Body
from shared.settings import ServiceSettings
from shared.testing.infra import TestDatabase
from shared.testing.tokens import TokenFactory, new_id

router = APIRouter()


class Note(Body):
    text: str


@router.get("/api/notes/")
async def list_notes(page: PageDep, response: Response, about: Annotated[str | None, Query()] = None) -> list[str]:
    response.headers.update(page.headers(55))
    return ["a note"]


@router.post("/api/notes/")
async def write_note(body: Note, user: AuthUser) -> dict[str, str]:
    return {"text": body.text, "role": user.role}


@router.get("/api/all/")
async def list_all(_admin: AdminUser) -> list[str]:
    return []


@router.get("/api/own/")
async def list_own(user: CreatorUser) -> str:
    return user.role


@router.get("/api/bug/")
async def stumble() -> None:
    password = "correct horse"
    raise RuntimeError(f"a bug, {len(password)}")


SECRET = "geheim"  # by its name in the code, which a traceback shows


@router.get("/api/row/")
async def refuse_a_row(session: SessionDep) -> None:
    await session.execute(text("INSERT INTO guarded VALUES (1, :secret)"), {"secret": SECRET})


@router.get("/api/shared/")
async def read_what_everybody_may(response: Response) -> list[str]:
    response.headers["Cache-Control"] = "public, max-age=60"
    return []


@asynccontextmanager
async def serving(settings: ServiceSettings, tokens: TokenFactory) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings, routers=[router], accounts=nobody_known, key_source=tokens.source)
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        client.headers.update(tokens.headers(new_id(), "creator"))
        yield client


@pytest.fixture
async def client(settings: ServiceSettings, tokens: TokenFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings, tokens) as client:
        yield client


async def test_links_repeat_only_what_the_path_knows(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/notes", params={"about": "é & co", "page": 2, "junk": "x" * 3000})
    links = answer.headers["link"]
    assert "junk" not in links
    assert '</api/notes/?about=%C3%A9+%26+co&page=3>; rel="next"' in links
    assert len(links) < 500


async def test_a_query_has_a_limit(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/notes/?junk=" + "x" * 5000)
    assert (answer.status_code, answer.json()["code"]) == (414, "address_too_long")


async def test_head_is_get_without_the_body(client: httpx.AsyncClient) -> None:
    got, head = await client.get("/api/notes/"), await client.head("/api/notes/")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


async def test_allow_names_every_method_of_the_path(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/api/notes/")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"


async def test_a_compressed_body_is_another_media_type(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/notes/", json={"text": "x"}, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415


async def test_every_problem_says_what_to_do(client: httpx.AsyncClient) -> None:
    answers = [
        await client.get("/api/nothing/"),
        await client.post("/api/notes/", json={"text": 1}),
        await client.post("/api/notes/", json={"text": "x"}, headers={"Authorization": "Bearer nonsense"}),
        await client.get("/api/bug/"),
    ]
    assert [answer.status_code for answer in answers] == [404, 400, 401, 500]
    for answer in answers:
        assert answer.json()["detail"]
        assert answer.headers["x-request-id"] == answer.json()["request_id"]


async def test_a_bugs_log_holds_no_values(client: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging("toy", "api", style="console")
    await client.get("/api/bug/")
    logged = capfd.readouterr().out
    assert "RuntimeError: a bug, 13" in logged
    assert "correct horse" not in logged.replace('password = "correct horse"', "")


async def test_an_admin_needs_no_second_factor_unless_the_settings_ask_for_it(
    client: httpx.AsyncClient, tokens: TokenFactory
) -> None:
    admin = tokens.headers(new_id(), "admin")
    assert (await client.get("/api/all/", headers=admin)).status_code == 200
    assert (await client.get("/api/own/", headers=admin)).json() == "admin"
    creator = await client.get("/api/all/")
    assert (creator.status_code, creator.json()["code"]) == (403, "forbidden")


async def test_an_admin_without_the_second_factor_counts_as_a_user(
    settings: ServiceSettings, tokens: TokenFactory
) -> None:
    settings.require_admin_second_factor = True
    admin = tokens.headers(new_id(), "admin", amr=["pwd"])
    async with serving(settings, tokens) as client:
        for path in ("/api/all/", "/api/own/"):
            answer = await client.get(path, headers=admin)
            assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
        written = await client.post("/api/notes/", json={"text": "x"}, headers=admin)
        assert written.json()["role"] == "user"
        creator = await client.get("/api/all/")
        assert (creator.status_code, creator.json()["code"]) == (403, "forbidden")
        assert (await client.get("/api/own/")).json() == "creator"
        strong = tokens.headers(new_id(), "admin", amr=["pwd", "otp", "mfa"])
        assert (await client.get("/api/all/", headers=strong)).status_code == 200
        assert (await client.get("/api/own/", headers=strong)).json() == "admin"


@pytest.mark.parametrize("amr", ["mfa", {"mfa": 1}, [1], [["mfa"]], None, 1])
async def test_methods_are_a_list_of_names(client: httpx.AsyncClient, tokens: TokenFactory, amr: object) -> None:
    headers = tokens.headers(new_id(), "admin", amr=amr)
    assert (await client.get("/api/all/", headers=headers)).status_code == 401


@pytest.mark.parametrize("style", ["json", "console"])
async def test_a_refused_row_is_logged_without_its_values(
    client: httpx.AsyncClient, database: TestDatabase, capfd: pytest.CaptureFixture[str], style: str
) -> None:
    with psycopg.connect(database.dsn("catalog", owner=True)) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS guarded (id int CHECK (id > 1), password_hash text)")
    configure_logging("toy", "api", style=style)
    assert (await client.get("/api/row/")).status_code == 500
    logged = capfd.readouterr().out
    assert "guarded_id_check" in logged
    assert "DETAIL:" in logged
    assert SECRET not in logged


async def test_nobody_keeps_an_answer_that_does_not_say_so(client: httpx.AsyncClient) -> None:
    for path in ("/api/notes/", "/api/nothing/", "/api/bug/"):
        assert (await client.get(path)).headers["cache-control"] == "no-store"
    assert (await client.get("/api/shared/")).headers["cache-control"] == "public, max-age=60"
