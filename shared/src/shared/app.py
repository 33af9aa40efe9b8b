"""The one way to make a service's FastAPI app: errors, request ids, health, metrics, documents, lifespan."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared import web
from shared.auth import AccountLookup, KeySource, TokenVerifier, http_key_source
from shared.clock import utcnow
from shared.csv import Exports
from shared.db import Database
from shared.errors import Problem
from shared.settings import ServiceSettings

Hook = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    settings: ServiceSettings,
    *,
    routers: Sequence[APIRouter],
    accounts: AccountLookup,
    key_source: KeySource | None = None,
    hooks: Sequence[Hook] = (),
    uploads: Mapping[str, int] | None = None,
) -> FastAPI:
    """A service's app. No I/O happens before its lifespan, so it can be made just to read its OpenAPI document.

    `accounts` tells what the service itself knows of the caller. `key_source` replaces fetching identity's public
    keys (identity reads its own). `hooks` are contexts entered in the lifespan once the database is open. `uploads` are
    the paths that take files instead of JSON, with the bytes that may come.
    """
    database = Database(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await database.open()
            stack.push_async_callback(database.close)
            if key_source is None:
                # A replica that is added or replaced gets its share of requests at once.
                await app.state.verifier.warm()
            for hook in hooks:
                await stack.enter_async_context(hook(app))
            yield

    app = FastAPI(
        title=settings.service_name.capitalize(),
        version="1.0.0",
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.accounts = accounts
    app.state.clock = utcnow
    app.state.exports = Exports()
    if key_source is None:
        app.state.verifier = TokenVerifier(settings, http_key_source(settings))
    else:
        app.state.verifier = TokenVerifier(settings, key_source, refetch_seconds=0)
    app.state.routers = routers
    for router in routers:
        app.include_router(router)
    app.include_router(probes(database.ping))
    web.install(app, uploads=uploads)
    make_document = app.openapi
    app.openapi = lambda: _with_400(make_document())  # type: ignore[method-assign]
    return app


def probes(ping: Callable[[], Any]) -> APIRouter:
    """Health and metrics, for the process manager and the scraper; the gateway doesn't route them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live/")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/health/ready/")
    async def ready() -> Response:
        try:
            async with asyncio.timeout(2):
                await ping()
        except Exception as error:
            return JSONResponse({"status": "unavailable", "reason": type(error).__name__}, 503)
        return JSONResponse({"status": "ok"})

    @router.get("/metrics")
    async def scrape() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def _with_400(document: dict[str, Any]) -> dict[str, Any]:
    """Bad input is 400 here: FastAPI's automatic 422 goes, 400 with a problem document comes."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas.setdefault("Problem", Problem.model_json_schema())
    for path in document["paths"].values():
        for operation in path.values():
            automatic = operation["responses"].pop("422", None)
            if automatic is not None:
                operation["responses"].setdefault(
                    "400",
                    {
                        "description": "`invalid_input`: some of the input isn't valid; `errors` says which",
                        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                    },
                )
            if operation.get("security"):
                operation["responses"].setdefault(
                    "401",
                    {
                        "description": "`not_authenticated`, `invalid_token`: log in, or refresh the access token",
                        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                    },
                )
    return document
