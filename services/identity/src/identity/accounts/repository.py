"""Every query of the accounts slice."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import (
    ColumnElement,
    Date,
    Result,
    Row,
    Select,
    Text,
    case,
    cast,
    collate,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts.errors import EmailTaken, UsernameTaken
from identity.accounts.models import User
from identity.accounts.schemas import Filters
from identity.pictures import names
from shared import csv
from shared import ordering as by
from shared.clock import span
from shared.ordering import Orderings
from shared.pagination import COUNT_CAP, Page


def _sorted(text: ColumnElement[str]) -> ColumnElement[str]:
    """In the order of its code points, as the indexes have it, whatever the database's own."""
    return collate(text, "C")


_TAKEN = {"uq_users_email": EmailTaken, "uq_users_username": UsernameTaken}
# The very expression of ix_users_search.
_SEARCHED = literal_column(
    "lower(users.email || ' ' || users.username || ' ' || users.first_name || ' ' || users.last_name)", Text
)
_FRESH = {"populate_existing": True}
ORDERINGS = Orderings(
    id=User.id,
    columns={
        "created_at": (User.created_at, by.moment),
        "updated_at": (User.updated_at, by.moment),
        "email": (_sorted(func.lower(User.email)), by.words),
        "username": (_sorted(func.lower(User.username)), by.words),
        "name": (_sorted(func.lower(User.last_name + " " + User.first_name)), by.words),
    },
)


async def get(session: AsyncSession, user_id: UUID) -> User | None:
    return (await session.scalars(select(User).where(User.id == user_id).execution_options(**_FRESH))).one_or_none()


async def lock(session: AsyncSession, user_id: UUID) -> User | None:
    """The account as it is after waiting for whoever changes it; nobody else changes it until the end."""
    query = select(User).where(User.id == user_id).with_for_update(key_share=True).execution_options(**_FRESH)
    return (await session.scalars(query)).one_or_none()


async def share(session: AsyncSession, user_id: UUID) -> User | None:
    """The account as it is after waiting for whoever changes it. Others may hold it, too; nobody changes it."""
    query = select(User).where(User.id == user_id).with_for_update(read=True).execution_options(**_FRESH)
    return (await session.scalars(query)).one_or_none()


async def lock_unchanged(session: AsyncSession, user_id: UUID, password_hash: str, *, share: bool) -> User | None:
    """The account, locked, if it is active and still has this hash. With `share`, others may do the same."""
    query = select(User).where(User.id == user_id, User.password_hash == password_hash, User.is_active)
    query = query.with_for_update(read=share, key_share=not share).execution_options(**_FRESH)
    return (await session.scalars(query)).one_or_none()


async def lock_admins(session: AsyncSession) -> set[UUID]:
    """The active admins, locked in one order: who takes an admin away does so one after the other."""
    query = select(User.id).where(User.role == "admin", User.is_active).order_by(User.id)
    return set(await session.scalars(query.with_for_update(key_share=True)))


async def by_email(session: AsyncSession, email: str) -> User | None:
    return (await session.scalars(select(User).where(func.lower(User.email) == func.lower(email)))).one_or_none()


async def lock_by_email(session: AsyncSession, email: str) -> User | None:
    query = select(User).where(func.lower(User.email) == func.lower(email)).with_for_update(key_share=True)
    return (await session.scalars(query.execution_options(**_FRESH))).one_or_none()


async def add(session: AsyncSession, values: dict[str, Any]) -> User:
    """Raises EmailTaken or UsernameTaken: the unique indexes decide, whoever else registers at this moment."""
    try:
        return (await session.scalars(insert(User).values(values).returning(User))).one()
    except IntegrityError as error:
        _raise_taken(error)
        raise


async def change(session: AsyncSession, user_id: UUID, changes: dict[str, Any], *, now: datetime, tell: bool) -> User:
    """Write changes to a locked account; `tell` makes it the next version, which an event must tell of.

    Raises EmailTaken or UsernameTaken.
    """
    version = {"version": User.version + 1} if tell else {}
    statement = update(User).where(User.id == user_id).values(**changes, **version, updated_at=now).returning(User)
    try:
        found = await session.scalars(statement.execution_options(synchronize_session=False, **_FRESH))
        return found.one()
    except IntegrityError as error:
        _raise_taken(error)
        raise


async def set_password_hash(session: AsyncSession, user_id: UUID, password_hash: str) -> None:
    statement = update(User).where(User.id == user_id).values(password_hash=password_hash)
    await session.execute(statement.execution_options(synchronize_session=False))


async def pictures_among(session: AsyncSession, avatars: Collection[str]) -> set[str]:
    """Those of these avatars that an account has."""
    # The second condition is that of ix_users_avatar.
    query = select(User.avatar).where(User.avatar.in_(avatars), User.avatar.startswith(names.FOLDER, autoescape=False))
    return {avatar for avatar in await session.scalars(query) if avatar is not None}


async def find_page(session: AsyncSession, filters: Filters, ordering: str, page: Page) -> Sequence[Row[Any]]:
    """One page and a row more, if there is one: the account as `User`, and what `ORDERINGS.cursor` needs."""
    query = _filtered(select(User, *ORDERINGS.keys(ordering)), filters)
    found: Result[Any] = await session.execute(ORDERINGS.order(query, ordering, page))
    return found.all()


async def count(session: AsyncSession, filters: Filters) -> int:
    """How many there are; stops counting just above the cap of X-Total-Count."""
    rows = _filtered(select(User.id), filters).limit(COUNT_CAP + 1)
    return await session.scalar(select(func.count()).select_from(rows.subquery())) or 0


async def stats(session: AsyncSession, now: datetime) -> Mapping[str, int]:
    """Counts by name: total, active, inactive, the active ones of each role, and new ones."""

    def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, 1)))

    active = User.is_active.is_(True)
    counts: dict[str, ColumnElement[int]] = {
        "total": func.count(),
        "active": counted(active),
        "inactive": counted(~active),
        **{role: counted(active & (User.role == role)) for role in ("user", "creator", "admin")},
        **{f"new_last_{days}_days": counted(User.created_at > now - timedelta(days=days)) for days in (7, 30)},
    }
    query = select(*(count.label(name) for name, count in counts.items()))
    return dict((await session.execute(query)).mappings().one())


async def registrations(session: AsyncSession, first: date | None, last: date | None) -> Sequence[Row[Any]]:
    """Per UTC day on which somebody joined: how many of each role."""
    day = cast(func.timezone("UTC", User.created_at), Date).label("date")
    roles = {role: func.count(case((User.role == role, 1))) for role in ("user", "creator", "admin")}
    columns: list[Any] = [day, *(count.label(role) for role, count in roles.items())]
    counted: Select[Any] = select(*columns)
    found: Result[Any] = await session.execute(_joined(counted, first, last).group_by(day).order_by(day))
    return found.all()


def every(filters: Filters, ordering: str) -> Select[Any]:
    """All rows of the list, as they stand in a file."""
    query = select(
        User.id.label("id"),
        csv.cell(User.email, "email"),
        csv.cell(User.username, "username"),
        csv.cell(User.first_name, "first_name"),
        csv.cell(User.last_name, "last_name"),
        User.role.label("role"),
        User.is_active.label("is_active"),
        User.email_verified.label("email_verified"),
        User.timezone.label("timezone"),
        csv.moment(User.created_at, "created_at"),
        csv.moment(User.updated_at, "updated_at"),
    )
    return ORDERINGS.sort(_filtered(query, filters), ordering)


def _filtered(query: Select[Any], filters: Filters) -> Select[Any]:
    query = query.where(*(_SEARCHED.contains(word, autoescape=True) for word in (filters.search or "").lower().split()))
    for column in (User.role, User.is_active, User.email_verified):
        wanted = getattr(filters, column.key)
        if wanted is not None:
            query = query.where(column == wanted)
    return _joined(query, filters.created_from, filters.created_to)


def _joined(query: Select[Any], first: date | None, last: date | None) -> Select[Any]:
    """Those who joined from a UTC day on and until another."""
    start, end = span(first, last)
    if start is not None:
        query = query.where(User.created_at >= start)
    if end is not None:
        query = query.where(User.created_at < end)
    return query


def _raise_taken(error: IntegrityError) -> None:
    if isinstance(error.orig, psycopg.errors.UniqueViolation):
        taken = _TAKEN.get(error.orig.diag.constraint_name or "")
        if taken is not None:
            raise taken from error
