"""What a caller is refused for who they are, over all doors of a service."""

import re

import httpx
from fastapi import FastAPI

from shared.testing.tokens import new_id


async def refusals(app: FastAPI, client: httpx.AsyncClient, *places: str) -> dict[tuple[str, str], str]:
    """The code of every 403 below these places: by method and path, with an id of nothing and an empty body."""
    found: dict[tuple[str, str], str] = {}
    for path, operations in app.openapi()["paths"].items():
        if not path.startswith(places):
            continue
        for method in operations:
            answer = await client.request(method, re.sub(r"{\w+}", str(new_id()), path), json={})
            if answer.status_code == 403:
                found[method, path] = answer.json()["code"]
    return found
