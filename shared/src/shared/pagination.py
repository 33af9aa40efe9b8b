"""Pages of a list: plain arrays in the body, the rest in headers."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.routing import APIRoute
from starlette.datastructures import URL

from shared.errors import InvalidInput

COUNT_CAP = 10_000

# FastAPI's `responses=` for a list.
PAGE_HEADERS: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "X-Total-Count": {
                "description": f"How many there are, exact up to {COUNT_CAP}",
                "schema": {"type": "integer"},
            },
            "X-Total-Count-Capped": {
                "description": f"`true` when there are more than {COUNT_CAP}",
                "schema": {"type": "string"},
            },
            "Link": {"description": "RFC 8288: first, prev, next, last", "schema": {"type": "string"}},
        }
    }
}


@dataclass(frozen=True, slots=True)
class Page:
    """What part of a list is asked for: a page by number, or the rows after a cursor.

    `cursor` is None for numbered pages; the empty list starts a walk by cursor, its values come from `next` links.
    """

    number: int
    size: int
    cursor: list[Any] | None
    url: URL

    @property
    def offset(self) -> int:
        return 0 if self.cursor is not None else (self.number - 1) * self.size

    def headers(self, total: int, *, next_cursor: list[Any] | None = None) -> dict[str, str]:
        """X-Total-Count (capped) and Link, RFC 8288, with relative targets.

        `total` may come from a count that stopped at COUNT_CAP + 1. `next_cursor` holds the sort values of the last
        row when there are more, for a walk by cursor.
        """
        capped = total > COUNT_CAP
        headers = {"X-Total-Count": str(min(total, COUNT_CAP))}
        if capped:
            headers["X-Total-Count-Capped"] = "true"
        links: dict[str, dict[str, Any]] = {}
        if self.cursor is not None:
            links["first"] = {"cursor": ""}
            if next_cursor is not None:
                links["next"] = {"cursor": encode_cursor(next_cursor)}
        else:
            last = max(1, -(-total // self.size))
            links["first"] = {"page": 1}
            if self.number > 1:
                links["prev"] = {"page": min(self.number - 1, last)}
            if self.number < last:
                links["next"] = {"page": self.number + 1}
            if not capped:
                links["last"] = {"page": last}
        headers["Link"] = ", ".join(f'<{self._target(query)}>; rel="{rel}"' for rel, query in links.items())
        return headers

    def _target(self, query: dict[str, Any]) -> str:
        url = self.url.include_query_params(**query)
        return f"{url.path}?{url.query}"


def encode_cursor(values: list[Any]) -> str:
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def decode_cursor(text: str) -> list[Any]:
    """Raises InvalidInput for anything that we didn't make."""
    if text == "":
        return []
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        values = None
    if not isinstance(values, list) or not values:
        raise InvalidInput(errors={"cursor": ["Use the cursor of a `next` link, or leave it empty to start"]})
    return values


def _page(
    request: Request,
    page: Annotated[int | None, Query(ge=1, le=10_000_000, description="From 1")] = None,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[
        str | None, Query(max_length=2000, description="For deep paging: empty to start, then from the `next` link")
    ] = None,
) -> Page:
    if cursor is not None and page is not None:
        raise InvalidInput(errors={"cursor": ["Give either page or cursor, not both"]})
    known = _query_names(request.scope["route"])
    query = {name: value for name, value in request.query_params.items() if name in known}
    url = URL(f"{request.url.path}?{urlencode(query)}")
    return Page(page or 1, page_size, None if cursor is None else decode_cursor(cursor), url)


def _query_names(route: APIRoute) -> frozenset[str]:
    """The names of a route's query parameters. Links repeat only these: a header has no room for whatever is sent."""
    names, pending = set(), [route.dependant]
    while pending:
        dependant = pending.pop()
        names |= {field.alias for field in dependant.query_params}
        pending += dependant.dependencies
    return frozenset(names)


PageDep = Annotated[Page, Depends(_page)]
