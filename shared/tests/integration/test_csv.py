"""Lists as files: whole, neutral, and no more at once than a process can bear."""

import csv
import io
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import Integer, String, column, select, text

from shared.app import create_app
from shared.csv import CsvResponse, ExportDep, cell
from shared.settings import ServiceSettings
from shared.testing.tokens import TokenFactory

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1"]
HARMLESS = [
    "",
    "a=1",
    " =1",
    "1-1",
    'say "hello", twice',
    "two\r\nlines",
    "naïve ☃",
    "100%",
    "%(x)s",
    "\\N",
    "'quoted'",
]
router = APIRouter()
_given = text("SELECT word, n FROM unnest(CAST(:words AS text[])) WITH ORDINALITY AS g (word, n)")


@router.get("/api/words.csv")
async def words(export: ExportDep) -> CsvResponse:
    source = _given.bindparams(words=[*DANGEROUS, *HARMLESS, None]).columns(
        column("word", String), column("n", Integer)
    )
    rows = source.subquery()
    return await export.answer("words", select(cell(rows.c.word, "word"), rows.c.n).order_by(rows.c.n))


@router.get("/api/broken.csv")
async def broken(export: ExportDep) -> CsvResponse:
    return await export.answer("broken", select(text("1 / 0")))


@pytest.fixture
async def app(settings: ServiceSettings) -> AsyncIterator[FastAPI]:
    async def nobody(*_: object) -> None:
        return None

    app = create_app(settings, routers=[router], accounts=nobody, key_source=TokenFactory().source)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        yield client


async def test_no_cell_is_a_formula_and_every_other_is_as_it_was(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/words.csv")
    assert answer.status_code == 200, answer.text
    found = [row["word"] for row in csv.DictReader(io.StringIO(answer.text, newline=""))]
    assert found == [*(f"'{word}" for word in DANGEROUS), *HARMLESS, ""]


async def test_a_third_at_once_waits_and_a_failed_one_gives_its_place_back(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    for _ in range(3):
        assert (await client.get("/api/broken.csv")).status_code == 500
    exports = app.state.exports
    assert exports.running == 0
    exports.running = 2
    refused = await client.get("/api/words.csv")
    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (
        429,
        "too_many_exports",
        "10",
    )
    exports.running = 0
    for _ in range(9):
        # More often than there are connections.
        assert (await client.get("/api/words.csv")).status_code == 200
    assert exports.running == 0
