"""How public reads answer: bytes from the read model, ETags, and who may keep a copy for how long."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

# One second fresh; the gateway may serve it two seconds longer while it fetches anew, ten minutes while we are away.
PUBLIC = {
    "Cache-Control": "public, max-age=1, stale-while-revalidate=2, stale-if-error=600",
    # A caller with a token sees more than a visitor.
    "Vary": "Authorization",
}
PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Authorization"}


# In the document: a token may be shown, but needn't.
OPTIONAL_TOKEN: dict[str, Any] = {"security": [{}]}


def operation_id(route: APIRoute) -> str:
    """Operations are called as their functions are; each name exists once in the service."""
    return route.name


def answer(request: Request, body: bytes, etag: str, headers: dict[str, str], *, public: bool) -> Response:
    """200 with the JSON, or 304 when the client has this already. `etag` comes with its quotes."""
    headers = {"ETag": etag, **(PUBLIC if public else PRIVATE), **headers}
    known = request.headers.get("if-none-match")
    # Weak comparison, RFC 9110 section 13.1.2: a proxy that compresses has put W/ in front.
    if known is not None and any(
        tag.strip().removeprefix("W/") in ("*", etag.removeprefix("W/")) for tag in known.split(",")
    ):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def visitors(handler: Callable[[Request], Awaitable[Response]]) -> type[APIRoute]:
    """A route whose requests without a token go straight to `handler`.

    It takes the request as it is: resolving dependencies and opening a transaction cost more than the read itself.
    The endpoint still documents the path, and serves those who show a token.
    """

    class VisitorRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            serve = super().get_route_handler()

            async def choose(request: Request) -> Response:
                if "authorization" in request.headers:
                    return await serve(request)
                return await handler(request)

            return choose

    return VisitorRoute
