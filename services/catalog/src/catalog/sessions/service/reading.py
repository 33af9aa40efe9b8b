"""Queries: one session, lists, searches, categories."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.base import Connection, driver
from catalog.creators import service as creators
from catalog.sessions.errors import SessionNotFound
from catalog.sessions.models import Card, Listed
from catalog.sessions.repository import cards, search
from catalog.sessions.repository.cards import Where
from catalog.sessions.repository.search import Hit, Hits
from catalog.sessions.schemas import ListQuery
from catalog.sessions.values import plain_amount, slugify
from shared.auth import CurrentUser, Role
from shared.errors import Forbidden, InvalidInput, Unauthenticated
from shared.pagination import Page

Cursor = list[Any] | None
PROFILE_SESSIONS = 100

_BEST, _OLDER = "best", "older"  # cursors into the ranked part of a search, and into what follows it


async def detail(connection: Connection, session_id: UUID, viewer: CurrentUser | None) -> Card:
    """Raises SessionNotFound for what isn't public, except to its creator and admins."""
    card = await cards.one(connection, session_id)
    if card is None:
        raise SessionNotFound
    if not card.is_public and (viewer is None or (viewer.role is not Role.ADMIN and viewer.id != card.creator_id)):
        raise SessionNotFound
    return card


async def categories(connection: Connection) -> list[tuple[str, str, int]]:
    """Slug, name and number of public sessions: the suggested categories, and those in use."""
    return await cards.categories(connection)


async def of_creator(session: AsyncSession, creator_id: UUID) -> Listed:
    """A creator's newest public sessions, and how many there are in all."""
    return await cards.of_creator(await driver(session), creator_id, PROFILE_SESSIONS)


async def listing(
    connection: Connection, query: ListQuery, page: Page, viewer: CurrentUser | None
) -> tuple[Listed, Cursor]:
    """A page of what the viewer may see, and the cursor of the next one if the walk is by cursor.

    Raises InvalidInput, Unauthenticated, Forbidden.
    """
    where = await _where(connection, query, viewer)
    if query.search is None:
        return await _ordered(connection, where, query.ordering or "-created_at", page)
    hits = await search.find(connection, where, query.search)
    if query.ordering is None:
        return await _by_relevance(connection, hits, page)
    if hits.complete:
        where = where.narrowed("session_id = ANY (%(hits)s)", hits=[hit.id for hit in hits.ranked])
    else:
        where = hits.where
    return await _ordered(connection, where, query.ordering, page)


async def _where(connection: Connection, query: ListQuery, viewer: CurrentUser | None) -> Where:
    where = _visible(query, viewer)
    # Without other conditions than these two a summary knows how many there are.
    summary = "(SELECT coalesce(sum(sessions), 0) FROM public_counts)" if where.conditions == ("is_public",) else None
    if query.category is not None:
        where = where.narrowed("category = %(category)s", category=slugify(query.category))
        summary = summary and "(SELECT coalesce(sum(sessions), 0) FROM public_counts WHERE category = %(category)s)"
    basic = len(where.conditions)
    if query.creator is not None:
        where = where.narrowed("creator_id = %(creator)s", creator=await _creator(connection, query.creator))
    for name, condition in (
        ("min_price", "price >= %(min_price)s"),
        ("max_price", "price <= %(max_price)s"),
        ("min_duration", "duration >= %(min_duration)s"),
        ("max_duration", "duration <= %(max_duration)s"),
    ):
        value = getattr(query, name)
        if value is not None:
            where = where.narrowed(condition, **{name: value})
    return replace(where, summary=summary if len(where.conditions) == basic else None)


def _visible(query: ListQuery, viewer: CurrentUser | None) -> Where:
    """Whose sessions, and of what status."""
    status = query.status
    conditions: list[str] = []
    if query.my_sessions:
        if viewer is None:
            raise Unauthenticated("Log in to see your own sessions.")
        if viewer.role is Role.USER:
            raise Forbidden("Only creators have sessions of their own.")
        conditions.append("creator_id = %(viewer)s")
    elif status is None or (status == "active" and (viewer is None or viewer.role is not Role.ADMIN)):
        return Where(("is_public",), {})
    elif viewer is None:
        conditions.append("false")
    elif viewer.role is not Role.ADMIN:
        conditions.append("creator_id = %(viewer)s")
    if status not in (None, "all"):
        conditions.append("status = %(status)s")
    return Where(tuple(conditions or ["true"]), {"viewer": viewer.id if viewer else None, "status": status})


async def _creator(connection: Connection, given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        return await creators.resolve(connection, given)


async def _ordered(connection: Connection, where: Where, ordering: str, page: Page) -> tuple[Listed, Cursor]:
    after = _key(ordering, page.cursor) if page.cursor else None
    listed = await cards.page(connection, where, ordering, size=page.size, offset=page.offset, after=after)
    if page.cursor is None or listed.last is None:
        return listed, None
    return listed, [ordering, _as_text(listed.last[0]), str(listed.last[1])]


async def _by_relevance(connection: Connection, hits: Hits, page: Page) -> tuple[Listed, Cursor]:
    """The ranked matches, then, if there were too many to rank, the older ones, newest first."""
    total = len(hits.ranked) if hits.complete else await cards.count(connection, hits.where)
    start, older = page.offset, None
    if page.cursor:
        if page.cursor[0] == _OLDER:
            start, older = len(hits.ranked), _key(_OLDER, page.cursor)
        else:
            score, hit_id = _key(_BEST, page.cursor)
            start = sum((hit.score, hit.id) >= (score, hit_id) for hit in hits.ranked)
    chosen = hits.ranked[start : start + page.size]
    found, etags = await cards.some(connection, [hit.id for hit in chosen])
    following = _next_best(hits, start, chosen)
    missing = page.size - len(chosen)
    if missing and not hits.complete:
        oldest = min((hit.created_at, hit.id) for hit in hits.ranked)
        rest = hits.where.narrowed("(created_at, session_id) < (%(oldest)s, %(oldest_id)s)")
        rest = replace(rest, values={**rest.values, "oldest": oldest[0], "oldest_id": oldest[1]}, summary="0")
        offset = 0 if older else max(0, start - len(hits.ranked))
        more = await cards.page(connection, rest, "-created_at", size=missing, offset=offset, after=older)
        found, etags = [*found, *more.cards], [*etags, *more.etags]
        following = None if more.last is None else [_OLDER, _as_text(more.last[0]), str(more.last[1])]
    return Listed(found, etags, total), None if page.cursor is None else following


def _next_best(hits: Hits, start: int, chosen: list[Hit]) -> Cursor:
    if not chosen or (hits.complete and start + len(chosen) >= len(hits.ranked)):
        return None
    return [_BEST, chosen[-1].score, str(chosen[-1].id)]


def _as_text(key: Any) -> str:
    return key.isoformat() if isinstance(key, datetime) else str(key)


def _whole(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**31:
        raise ValueError
    return number


def _amount(text: str) -> Decimal:
    number = Decimal(plain_amount(text))
    if not 0 <= number <= 10**9 or number != round(number, 2):
        raise ValueError
    return number


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _sort_text(text: str) -> str:
    if "\x00" in text:
        raise ValueError
    text.encode()
    return text


_PARSE: dict[str, Callable[[Any], Any]] = {
    "price": _amount,
    "duration": _whole,
    "created_at": _moment,
    "title": _sort_text,
    "popularity": _whole,
    _BEST: float,
    _OLDER: _moment,
}


def _key(kind: str, cursor: list[Any]) -> tuple[Any, UUID]:
    """The key of a row from a cursor of this kind. Raises InvalidInput for another's, or one that we didn't make."""
    try:
        given_kind, value, row_id = cursor
        if given_kind != kind:
            raise ValueError
        return _PARSE[kind.removeprefix("-")](value), UUID(row_id)
    except (ValueError, TypeError, AttributeError, InvalidOperation, OverflowError):
        message = "Use the cursor of a `next` link with the same ordering, or leave it empty to start"
        raise InvalidInput(errors={"cursor": [message]}) from None
