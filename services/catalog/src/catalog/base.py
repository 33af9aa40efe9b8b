"""What catalog's tables and its raw statements stand on."""

from typing import Any

from psycopg import AsyncConnection
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from shared.db import NAMING

Connection = AsyncConnection[Any]


class Base(DeclarativeBase):
    metadata = MetaData(schema="catalog", naming_convention=NAMING)


async def driver(session: AsyncSession) -> Connection:
    """The psycopg connection under a session, inside its transaction."""
    raw = await (await session.connection()).get_raw_connection()
    connection: Connection = raw.driver_connection  # type: ignore[assignment]
    return connection
