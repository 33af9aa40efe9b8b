"""Every query of the oauth slice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.oauth.models import Authorization, LinkedAccount, OAuthApp

_UNSYNCHRONISED = {"synchronize_session": False}


async def lock_identity(session: AsyncSession, provider: str, subject: str) -> None:
    """One transaction at a time decides whose an account at a provider is; a row that isn't there can't be locked."""
    key = f"oauth identity {provider} {subject}"
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


async def owner(session: AsyncSession, provider: str, subject: str) -> UUID | None:
    """Whose an account at a provider is."""
    query = select(LinkedAccount.user_id).where(LinkedAccount.provider == provider, LinkedAccount.subject == subject)
    return await session.scalar(query)


async def of_user(session: AsyncSession, user_id: UUID) -> Sequence[LinkedAccount]:
    query = select(LinkedAccount).where(LinkedAccount.user_id == user_id).order_by(LinkedAccount.provider)
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def link(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Whether it was free, on both sides."""
    statement = upsert(LinkedAccount).values(values).on_conflict_do_nothing().returning(LinkedAccount.subject)
    return await session.scalar(statement) is not None


async def note_use(
    session: AsyncSession, provider: str, subject: str, user_id: UUID, *, email: str | None, now: datetime
) -> bool:
    """Whether it is still theirs."""
    statement = update(LinkedAccount).where(
        LinkedAccount.provider == provider, LinkedAccount.subject == subject, LinkedAccount.user_id == user_id
    )
    statement = statement.values(last_used_at=now, email=func.coalesce(email, LinkedAccount.email))
    found = await session.scalar(statement.returning(LinkedAccount.subject).execution_options(**_UNSYNCHRONISED))
    return found is not None


async def unlink(session: AsyncSession, user_id: UUID, provider: str | None = None) -> None:
    statement = delete(LinkedAccount).where(LinkedAccount.user_id == user_id)
    if provider is not None:
        statement = statement.where(LinkedAccount.provider == provider)
    await session.execute(statement.execution_options(**_UNSYNCHRONISED))


async def add_authorization(session: AsyncSession, values: dict[str, Any]) -> None:
    await session.execute(insert(Authorization).values(values))


async def take_authorization(session: AsyncSession, state_hash: bytes) -> Authorization | None:
    """It is gone then, whatever comes of it: of several callbacks one gets it."""
    statement = delete(Authorization).where(Authorization.state_hash == state_hash).returning(Authorization)
    return (await session.scalars(statement.execution_options(**_UNSYNCHRONISED))).one_or_none()


async def drop_authorizations(session: AsyncSession, user_id: UUID) -> None:
    """Those by which an account would be linked."""
    await session.execute(
        delete(Authorization).where(Authorization.user_id == user_id).execution_options(**_UNSYNCHRONISED)
    )


async def prune_authorizations(session: AsyncSession, before: datetime) -> None:
    await session.execute(
        delete(Authorization).where(Authorization.expires_at <= before).execution_options(**_UNSYNCHRONISED)
    )


async def apps(session: AsyncSession) -> Sequence[OAuthApp]:
    return (await session.scalars(select(OAuthApp).order_by(OAuthApp.provider))).all()


async def lock_app(session: AsyncSession, provider: str) -> OAuthApp | None:
    query = select(OAuthApp).where(OAuthApp.provider == provider).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def add_app(session: AsyncSession, values: dict[str, Any]) -> OAuthApp | None:
    """None where there is one already."""
    statement = upsert(OAuthApp).values(values).on_conflict_do_nothing().returning(OAuthApp)
    return (await session.scalars(statement)).one_or_none()


async def change_app(session: AsyncSession, provider: str, changes: dict[str, Any]) -> OAuthApp:
    statement = update(OAuthApp).where(OAuthApp.provider == provider).values(changes).returning(OAuthApp)
    found = await session.scalars(statement.execution_options(populate_existing=True, **_UNSYNCHRONISED))
    return found.one()


async def delete_app(session: AsyncSession, provider: str) -> None:
    await session.execute(delete(OAuthApp).where(OAuthApp.provider == provider).execution_options(**_UNSYNCHRONISED))
