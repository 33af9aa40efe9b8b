"""Every query of the accounts slice."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import ColumnElement, Select, Text, case, func, insert, literal_column, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts.errors import EmailTaken, UsernameTaken
from identity.accounts.models import User
from identity.pictures import names
from shared.pagination import COUNT_CAP

_TAKEN = {"uq_users_email": EmailTaken, "uq_users_username": UsernameTaken}
# The very expression of ix_users_search.
_SEARCHED = literal_column(
    "lower(users.email || ' ' || users.username || ' ' || users.first_name || ' ' || users.last_name)", Text
)
_FRESH = {"populate_existing": True}


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


async def find(
    session: AsyncSession,
    *,
    search: str | None,
    role: str | None,
    is_active: bool | None,
    after: tuple[datetime, UUID] | None,
    offset: int,
    limit: int,
) -> Sequence[User]:
    """Newest first; `after` are the sort values of the last row of the part before."""
    query = _filtered(select(User), search=search, role=role, is_active=is_active)
    if after is not None:
        query = query.where(tuple_(User.created_at, User.id) < after)
    query = query.order_by(User.created_at.desc(), User.id.desc()).offset(offset).limit(limit)
    return (await session.scalars(query)).all()


async def count(session: AsyncSession, *, search: str | None, role: str | None, is_active: bool | None) -> int:
    """How many there are; stops counting just above the cap of X-Total-Count."""
    rows = _filtered(select(User.id), search=search, role=role, is_active=is_active).limit(COUNT_CAP + 1)
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


def _filtered(query: Select[Any], *, search: str | None, role: str | None, is_active: bool | None) -> Select[Any]:
    for word in (search or "").lower().split():
        query = query.where(_SEARCHED.contains(word, autoescape=True))
    if role is not None:
        query = query.where(User.role == role)
    if is_active is not None:
        query = query.where(User.is_active == is_active)
    return query


def _raise_taken(error: IntegrityError) -> None:
    if isinstance(error.orig, psycopg.errors.UniqueViolation):
        taken = _TAKEN.get(error.orig.diag.constraint_name or "")
        if taken is not None:
            raise taken from error
