"""Every query of the keys slice."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.keys.models import SigningKey


async def lock(session: AsyncSession) -> None:
    """One transaction at a time makes keys; the others then see what it made."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('identity signing keys'))"))


async def published(session: AsyncSession, now: datetime) -> Sequence[SigningKey]:
    """The keys that verify, youngest first."""
    found = await session.scalars(
        select(SigningKey)
        .where(SigningKey.retires_at.is_(None) | (SigningKey.retires_at > now))
        .order_by(SigningKey.activates_at.desc(), SigningKey.kid)
    )
    return found.all()


async def add(session: AsyncSession, key: SigningKey) -> None:
    session.add(key)
    await session.flush()


async def retire_others(session: AsyncSession, kid: str, at: datetime) -> None:
    """Give every key but this one an end, where it has none yet."""
    await session.execute(
        update(SigningKey).where(SigningKey.kid != kid, SigningKey.retires_at.is_(None)).values(retires_at=at)
    )
