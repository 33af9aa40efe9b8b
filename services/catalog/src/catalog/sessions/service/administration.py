"""What admins do with sessions beyond what their creators may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.sessions.errors import SessionNotFound
from catalog.sessions.repository import administration as repository
from catalog.sessions.schemas import AdminSession, SessionsBulk, SessionStats, Status
from catalog.sessions.service import writing
from catalog.sessions.values import slugify
from shared import audit
from shared.auth import CurrentUser
from shared.bulk import Command
from shared.clock import span
from shared.errors import InvalidInput
from shared.pagination import Page


@dataclass(frozen=True, slots=True)
class Filters:
    """What part of all sessions is asked for; without a status all that aren't deleted."""

    search: str | None = None
    status: str | None = None
    creator: UUID | None = None
    category: str | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    created_from: date | None = None
    created_to: date | None = None


async def find(
    session: AsyncSession, filters: Filters, ordering: str, page: Page
) -> tuple[list[AdminSession], dict[str, str]]:
    """A page and its headers. Raises InvalidInput for a bad cursor."""
    conditions = await _conditions(session, filters)
    rows = await repository.find_page(session, conditions, ordering, page)
    total = await repository.count(session, conditions)
    shown = rows[: page.size]
    more = repository.ORDERINGS.cursor(ordering, shown[-1]) if len(rows) > page.size else None
    return [_shown(row) for row in shown], page.headers(total, next_cursor=more)


async def export(session: AsyncSession, admin: CurrentUser, filters: Filters, ordering: str) -> Select[Any]:
    """What finds all rows of a list for a file; that somebody asked is noted."""
    await audit.exported(session, "sessions", admin.id, filters)
    return repository.every(await _conditions(session, filters), ordering)


def command(admin: CurrentUser, body: SessionsBulk, now: datetime) -> Command:
    """What a bulk request does with each session."""

    async def run(session: AsyncSession, session_id: UUID) -> None:
        if body.action == "delete":
            await writing.delete(session, admin, session_id, None, now, reason=body.reason)
        else:
            status: Status = "active" if body.action == "activate" else "inactive"
            await writing.set_status(session, admin, session_id, status, body.reason, now)

    return run


async def stats(session: AsyncSession, first: date | None, last: date | None) -> SessionStats:
    """What there is now, and what happened in the period. Raises InvalidInput for one that is turned round."""
    if first is not None and last is not None and last < first:
        raise InvalidInput(errors={"to": ["Give an end that isn't before the start"]})
    return SessionStats.model_validate(await repository.stats(session, *span(first, last)))


async def get(session: AsyncSession, session_id: UUID) -> AdminSession:
    """Also one that is hidden or deleted. Raises SessionNotFound."""
    row = await repository.find(session, session_id)
    if row is None:
        raise SessionNotFound
    return _shown(row)


async def _conditions(session: AsyncSession, filters: Filters) -> Sequence[ColumnElement[bool]]:
    chosen = [*repository.priced(filters.min_price, filters.max_price)]
    chosen += repository.created(*span(filters.created_from, filters.created_to))
    match filters.status:
        case None:
            chosen.append(repository.living())
        case "deleted":
            chosen.append(repository.deleted())
        case "all":
            pass
        case status:
            chosen.append(repository.with_status(status))
    if filters.creator is not None:
        chosen.append(repository.of_creator(filters.creator))
    if filters.category is not None:
        chosen.append(repository.in_category(slugify(filters.category)))
    if filters.search is not None and filters.search.strip():
        chosen.append(await repository.searched(session, filters.search))
    return chosen


def _shown(row: Row[Any]) -> AdminSession:
    values = {name: getattr(row.Session, name) for name in AdminSession.model_fields if hasattr(row.Session, name)}
    return AdminSession.model_validate({**row._asdict(), **values})
