"""Every operation of the public document, as everybody: what the table says, and nothing that it doesn't name."""

import httpx
import pytest

from tests.e2e.security.cast import Cast
from tests.e2e.security.matrix import ask, rows, unlike

ROWS = rows()


async def test_every_operation_has_a_row_and_every_row_an_operation(visitor: httpx.AsyncClient) -> None:
    document = (await visitor.get("/api/openapi.json")).json()
    assert unlike(document) == set()


async def test_an_operation_without_a_row_is_noticed(visitor: httpx.AsyncClient) -> None:
    document = (await visitor.get("/api/openapi.json")).json()
    document["paths"]["/api/users/"]["trace"] = document["paths"].pop("/healthz")["get"]
    assert unlike(document) == {"TRACE /api/users/", "GET /healthz"}


@pytest.mark.parametrize("operation", ROWS)
async def test_as_written(cast: Cast, operation: str) -> None:
    answers = {kind: await ask(cast, operation, kind) for kind in ROWS[operation]}
    assert {kind: answer.status_code for kind, answer in answers.items()} == ROWS[operation]
    # What a visitor doesn't get is one person's, and nobody's to keep.
    if ROWS[operation]["visitor"] == 401:
        kept = {kind for kind, answer in answers.items() if "no-store" not in answer.headers.get("Cache-Control", "")}
        assert kept == set()
