"""Sessions over HTTP, as everybody may read and creators may change them."""

import hashlib
import json
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import URL

from catalog.answers import OPTIONAL_TOKEN, PRIVATE, answer, operation_id, visitors
from catalog.base import Connection, driver
from catalog.sessions.errors import CompletedIsFinal, NotYourSession, SessionNotFound
from catalog.sessions.models import Card, Listed
from catalog.sessions.schemas import (
    CategoryOut,
    ListQuery,
    OwnSession,
    SessionCreate,
    SessionOut,
    SessionsExport,
    SessionUpdate,
)
from catalog.sessions.service import reading, writing
from shared.auth import AuthUser, CreatorUser, CurrentUser, OptionalUser
from shared.db import Database, DatabaseDep, SessionDep
from shared.errors import Forbidden, InvalidInput, PreconditionFailed, Unauthenticated, problem_responses
from shared.export import download
from shared.idempotency import IdempotencyDep, IdempotencyKeyReused, InProgress
from shared.pagination import Page, decode_cursor
from shared.web import field_errors

router = APIRouter(tags=["sessions"], generate_unique_id_function=operation_id)
LIST_PATH = "/api/sessions/"
_LONG_LINK = 10_000

IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The ETag you read; 412 if somebody changed the session since")
]
_PAGE_HEADERS: dict[str, Any] = {
    "X-Total-Count": {"description": "How many there are, exact up to 10000", "schema": {"type": "integer"}},
    "X-Total-Count-Capped": {"description": "`true` when there are more than 10000", "schema": {"type": "string"}},
    "Link": {"description": "RFC 8288: first, prev, next, last", "schema": {"type": "string"}},
    "ETag": {"schema": {"type": "string"}},
}
_CACHED: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"schema": {"type": "string"}}}},
    304: {"description": "You have it already (If-None-Match)"},
}


def list_query(query_string: str) -> ListQuery:
    """The list's query from the text behind the question mark. Raises InvalidInput."""
    try:
        return ListQuery.model_validate(dict(parse_qsl(query_string, keep_blank_values=True)))
    except ValidationError as error:
        raise InvalidInput(errors=field_errors(list(error.errors()))) from None


# Most visitors ask the same few things.
_known_query = lru_cache(512)(list_query)


@lru_cache(512)
def _page_headers(query_string: str, total: int, following: str | None) -> dict[str, str]:
    page = _page(list_query(query_string))
    headers = page.headers(total, next_cursor=None if following is None else json.loads(following))
    if len(headers["Link"]) > _LONG_LINK:
        # Percent-encoded, a search is twelve times as long as its text, and the gateway takes 16 KiB of headers. No
        # target holds a comma and a space.
        parts = headers["Link"].split(", ")
        headers["Link"] = ", ".join(part for part in parts if part.endswith(('rel="prev"', 'rel="next"')))
    return headers


def _page(query: ListQuery) -> Page:
    if query.cursor is not None and query.page is not None:
        raise InvalidInput(errors={"cursor": ["Give either page or cursor, not both"]})
    cursor = None if query.cursor is None else decode_cursor(query.cursor)
    return Page(query.page or 1, query.page_size, cursor, URL(f"{LIST_PATH}?{_told(query)}"))


def _told(query: ListQuery) -> str:
    """What we understood of the query, for the links: each parameter once, nobody else's, and numbers as we read them.

    Repeated as they come, unknown parameters would let a visitor make a header longer than the gateway takes.
    """
    given = query.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    return urlencode({k: str(v).lower() if isinstance(v, bool) else v for k, v in given.items()})


async def _list(request: Request, connection: Connection, query: ListQuery, viewer: CurrentUser | None) -> Response:
    query_string = request.scope["query_string"].decode("latin-1")
    listed, following = await reading.listing(connection, query, _page(query), viewer)
    headers = _page_headers(query_string, listed.total, None if following is None else json.dumps(following))
    return answer(request, _array(listed), _list_etag(listed, headers), headers, public=viewer is None)


def _array(listed: Listed) -> bytes:
    return f"[{','.join(listed.cards)}]".encode()


def _list_etag(listed: Listed, headers: dict[str, str]) -> str:
    # Each card's ETag stands for its text, so the cards needn't be hashed again.
    known = "\n".join([*listed.etags, *headers.values()])
    return f'W/"{hashlib.blake2b(known.encode(), digest_size=12).hexdigest()}"'


def _detail(request: Request, card: Card, *, public: bool) -> Response:
    return answer(request, card.json.encode(), f'"{card.etag}"', {}, public=public)


async def _visitors_list(request: Request) -> Response:
    database: Database = request.app.state.database
    query = _known_query(request.scope["query_string"].decode("latin-1"))
    async with database.connection() as connection:
        return await _list(request, connection, query, None)


async def _visitors_categories(request: Request) -> Response:
    database: Database = request.app.state.database
    async with database.connection() as connection:
        return await _categories(request, connection, public=True)


async def _visitors_detail(request: Request) -> Response:
    database: Database = request.app.state.database
    session_id = path_id(request, "session_id")
    async with database.connection() as connection:
        return _detail(request, await reading.detail(connection, session_id, None), public=True)


def path_id(request: Request, name: str) -> UUID:
    """An id of the path. Raises InvalidInput."""
    try:
        return UUID(request.path_params[name])
    except ValueError:
        raise InvalidInput(errors={name: ["Input should be a valid UUID"]}) from None


async def list_sessions(
    request: Request, session: SessionDep, user: OptionalUser, query: Annotated[ListQuery, Query()]
) -> Response:
    """Active sessions, newest first or, with `search`, best first. Own ones by `my_sessions=true`."""
    return await _list(request, await driver(session), query, user)


router.add_api_route(
    LIST_PATH,
    list_sessions,
    summary="List and search sessions",
    response_model=list[SessionOut],
    responses={
        200: {"headers": _PAGE_HEADERS},
        304: _CACHED[304],
        **problem_responses(InvalidInput, Unauthenticated, Forbidden),
    },
    openapi_extra=OPTIONAL_TOKEN,
    route_class_override=visitors(_visitors_list),
)


async def list_categories(request: Request, session: SessionDep, user: OptionalUser) -> Response:
    """Suggested categories, and all others in use, with the number of public sessions in each."""
    return await _categories(request, await driver(session), public=user is None)


async def _categories(request: Request, connection: Connection, *, public: bool) -> Response:
    found = [CategoryOut(slug=slug, name=name, count=n) for slug, name, n in await reading.categories(connection)]
    body = f"[{','.join(category.model_dump_json() for category in found)}]".encode()
    etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    return answer(request, body, etag, {}, public=public)


router.add_api_route(
    "/api/sessions/categories/",
    list_categories,
    summary="List categories",
    response_model=list[CategoryOut],
    responses=_CACHED,
    openapi_extra=OPTIONAL_TOKEN,
    route_class_override=visitors(_visitors_categories),
)


@router.get("/api/sessions/export/", summary="Take the own sessions along", response_model=SessionsExport)
async def export_sessions(request: Request, user: AuthUser, database: DatabaseDep) -> Response:
    """Every session that the caller ever made, of any status, as a file."""

    async def sessions(session: AsyncSession, after: UUID | None) -> tuple[list[OwnSession], UUID | None]:
        return await writing.own(session, user.id, after)

    return download(database, "catalog", request.app.state.clock(), {"sessions": sessions})


async def get_session(request: Request, session: SessionDep, user: OptionalUser, session_id: UUID) -> Response:
    """A public session; also a hidden one for its creator and admins."""
    card = await reading.detail(await driver(session), session_id, user)
    return _detail(request, card, public=user is None)


router.add_api_route(
    "/api/sessions/{session_id}/",
    get_session,
    summary="Read a session",
    response_model=SessionOut,
    responses={**_CACHED, **problem_responses(SessionNotFound)},
    openapi_extra=OPTIONAL_TOKEN,
    route_class_override=visitors(_visitors_detail),
)


@router.post(
    LIST_PATH,
    status_code=201,
    summary="Create a session",
    response_model=SessionOut,
    responses={
        201: {"headers": {"Location": {"schema": {"type": "string"}}}},
        **problem_responses(InvalidInput, Forbidden, IdempotencyKeyReused, InProgress),
    },
)
async def create_session(
    request: Request, session: SessionDep, user: CreatorUser, idem: IdempotencyDep, body: SessionCreate
) -> Response:
    """For creators; an admin says in `creator` whose session it is."""
    created: list[SessionOut] = []

    async def action() -> SessionOut:
        created.append(await writing.create(session, user, body, request.app.state.clock()))
        return created[0]

    response = await idem.run(session, user, action, status_code=201)
    if created:
        response.headers["Location"] = f"{LIST_PATH}{created[0].id}/"
    return response


async def update_session(
    request: Request,
    session: SessionDep,
    user: AuthUser,
    session_id: UUID,
    body: SessionUpdate,
    if_match: IfMatch = None,
) -> Response:
    """Changes what is given and leaves the rest, with PUT as with PATCH. For the session's creator and admins."""
    card = await writing.update(session, user, session_id, body, if_match, request.app.state.clock())
    headers = {"ETag": f'"{card.etag}"', **PRIVATE}
    return Response(card.json, media_type="application/json", headers=headers)


_UPDATE: dict[str, Any] = {
    "summary": "Change a session",
    "response_model": SessionOut,
    "responses": {
        200: _CACHED[200],
        **problem_responses(
            InvalidInput, NotYourSession, Forbidden, SessionNotFound, CompletedIsFinal, PreconditionFailed
        ),
    },
}
router.patch("/api/sessions/{session_id}/", operation_id="patch_session", **_UPDATE)(update_session)
router.put("/api/sessions/{session_id}/", operation_id="put_session", **_UPDATE)(update_session)


@router.delete(
    "/api/sessions/{session_id}/",
    status_code=204,
    summary="Delete a session",
    responses=problem_responses(NotYourSession, Forbidden, SessionNotFound, PreconditionFailed),
)
async def delete_session(
    request: Request,
    session: SessionDep,
    user: AuthUser,
    session_id: UUID,
    if_match: IfMatch = None,
    reason: Annotated[str, Query(max_length=500, description="Why, for the audit log")] = "",
) -> None:
    """Takes it off all lists and cancels its upcoming bookings. For the session's creator and admins."""
    await writing.delete(session, user, session_id, if_match, request.app.state.clock(), reason=reason)
