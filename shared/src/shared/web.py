"""Middleware and handlers that make every service answer alike."""

import ipaddress
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import psycopg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg_pool import PoolTimeout, TooManyRequests
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import errors, metrics, tracing
from shared.logging import get_logger

log = get_logger(__name__)

_BUG = errors.AppError()
MAX_JSON_BYTES = 1024 * 1024
MAX_QUERY_BYTES = 4096
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
_QUIET = ("/health/", "/metrics")
_MAX_USER_AGENT = 500


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


def problem_response(error: errors.AppError) -> ProblemResponse:
    return ProblemResponse(error.problem(tracing.correlation_id.get()), error.status, headers=error.headers)


def never_stored(response: Response) -> None:
    """A dependency of answers that hold personal data: they stay out of every cache."""
    response.headers["Cache-Control"] = "no-store"


class RequestContext:
    """Request id, access log, metrics, and what is refused before routing (pure ASGI: streams pass through).

    A path is the same with and without its trailing slash; a redirected POST would lose its body. Bodies are JSON of
    bounded length, but on the paths of `uploads`, which have a bound of their own and look at what comes themselves.
    """

    def __init__(self, app: ASGIApp, uploads: Mapping[str, int]) -> None:
        self.app = app
        self.uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        token = tracing.correlation_id.set(request_id)
        tracing.client.set(_client(scope, headers))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        scope["path"] = _canonical(scope["path"])
        # HEAD is GET without the body (RFC 9110, 9.3.2), on every path.
        is_head = scope["method"] == "HEAD"
        method = scope["method"]
        if is_head:
            # A copy: the server looks into its own, and sends a HEAD's answer without a body.
            scope = {**scope, "method": "GET", "is_head": True}
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answer = MutableHeaders(scope=message)
                answer["X-Request-ID"] = request_id
                # An answer that doesn't say who may keep it is nobody's to keep: most are about one person.
                answer.setdefault("Cache-Control", "no-store")
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        try:
            refusal = _refuse(scope, headers, self.uploads.get(scope["path"]))
            await (problem_response(refusal) if refusal else self.app)(scope, receive, send_with_id)
        except Exception as error:
            # Here rather than in a handler for Exception: Starlette calls that one outside of all middleware.
            log.error("unhandled error", exc_info=error)
            if status:
                raise
            await problem_response(_BUG)(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")
            if not scope["path"].startswith(_QUIET):
                metrics.HTTP_REQUESTS.labels(method, route, status).inc()
                metrics.HTTP_SECONDS.labels(method, route).observe(seconds)
                log.info(
                    "request",
                    method=method,
                    path=scope["path"],
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                )
            tracing.correlation_id.reset(token)


def _client(scope: Scope, headers: Headers) -> tracing.Client:
    # The gateway always says who asks it, and nobody else can ask us.
    peer = scope.get("client")
    given = headers.get("x-real-ip") or (peer[0] if peer else "")
    try:
        address = str(ipaddress.ip_address(given))
    except ValueError:
        address = ""
    program = headers.get("user-agent", "")[:_MAX_USER_AGENT]
    return tracing.Client(address, "".join(character for character in program if character.isprintable()))


def _canonical(path: str) -> str:
    # Paths are declared with a trailing slash, except those that name a file.
    last = path.rstrip("/").rsplit("/", 1)[-1]
    if "." in last:
        return path.removesuffix("/")
    return path if path.endswith("/") or path.startswith("/metrics") else path + "/"


def _refuse(scope: Scope, headers: Headers, upload_bytes: int | None) -> errors.AppError | None:
    if len(scope["query_string"]) > MAX_QUERY_BYTES:
        return errors.AddressTooLong()
    try:
        text = unquote_to_bytes(scope["query_string"]).decode() + scope["path"]
    except UnicodeDecodeError:
        return errors.BadRequest("The address isn't valid UTF-8.")
    if "\x00" in text:
        return errors.BadRequest("The address must not contain U+0000.")
    if scope["method"] in ("POST", "PUT", "PATCH"):
        length = headers.get("content-length", "")
        limit = upload_bytes or MAX_JSON_BYTES
        if length.isdigit() and int(length) > limit:
            return errors.TooLarge(f"Send at most {limit // 2**20} MiB.")
        has_body = (length and length != "0") or "transfer-encoding" in headers
        media_type = headers.get("content-type", "").split(";")[0].strip().lower()
        is_known = upload_bytes or media_type == "application/json" or media_type.endswith("+json")
        if has_body and (not is_known or headers.get("content-encoding", "identity") != "identity"):
            return errors.UnsupportedMediaType()
    return None


_FROM_STATUS: dict[int, type[errors.AppError]] = {
    error.status: error
    for error in (
        errors.BadRequest,
        errors.NotFound,
        errors.MethodNotAllowed,
        errors.TooLarge,
        errors.UnsupportedMediaType,
    )
}


def field_errors(found: list[Any]) -> dict[str, list[str]]:
    """pydantic's error list as messages per field; nested fields are joined with dots."""
    fields: dict[str, list[str]] = {}
    for error in found:
        place = [str(part) for part in error["loc"] if part not in ("body", "query", "path", "header")]
        message = error["msg"].removeprefix("Value error, ")
        fields.setdefault(".".join(place) or "body", []).append(message)
    return fields


async def _on_app_error(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, errors.AppError)
    if error.status >= 500:
        log.warning("unavailable", code=error.code, detail=error.detail)
    return problem_response(error)


async def _on_invalid(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    found = list(error.errors())
    if any(item["type"] == "json_invalid" for item in found):
        return problem_response(errors.BadRequest("The body isn't valid JSON."))
    return problem_response(errors.InvalidInput(errors=field_errors(found)))


async def _on_http(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    kind = _FROM_STATUS.get(error.status_code, errors.BadRequest)
    headers = dict(error.headers or {})
    if kind is errors.MethodNotAllowed:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return problem_response(kind(headers=headers))


def _methods(request: Request) -> set[str]:
    """All methods of a path: Starlette's own 405 tells those of the first route that matches."""
    found = {
        method
        for router in request.app.state.routers
        for route in router.routes
        if route.matches(request.scope)[0] != Match.NONE
        for method in getattr(route, "methods", None) or ()
    }
    return found | ({"HEAD"} if "GET" in found else set())


async def _on_database(_request: Request, error: Exception) -> ProblemResponse:
    """A database that is away or overloaded is a 503 with Retry-After; anything else is our own fault."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if is_infrastructure_error(cause):
        log.warning("database unavailable", error=str(cause))
        return problem_response(errors.Unavailable())
    log.error("database error", exc_info=error)
    return problem_response(_BUG)


def is_infrastructure_error(error: BaseException | None) -> bool:
    """Whether waiting may help: a connection, a pool, a lock, a server that shuts down; not a wrong statement."""
    if isinstance(error, DBAPIError):
        error = error.orig
    if isinstance(error, PoolTimeout | TooManyRequests | psycopg.InterfaceError | ConnectionError | TimeoutError):
        return True
    # Classes 08, 53, 57 and 58, lock timeouts, deadlocks and serialisation failures are OperationalErrors in psycopg.
    return isinstance(error, psycopg.OperationalError)


def install(app: FastAPI, *, uploads: Mapping[str, int] | None = None) -> None:
    """Give an app the handlers and the middleware. `uploads`: paths that take files, with their bounds in bytes."""
    app.add_exception_handler(errors.AppError, _on_app_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    for kind in (psycopg.Error, DBAPIError, TooManyRequests):
        app.add_exception_handler(kind, _on_database)
    app.add_middleware(RequestContext, uploads=uploads or {})
