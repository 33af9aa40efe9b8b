"""Every query of the replica of users."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.base import Connection
from catalog.creators.models import User

TEACHING = ("creator", "admin")

# Asked with every authenticated request: one round trip, also for who isn't known yet.
_ACCOUNT = text(
    """
    SELECT u.version, u.role, u.is_active, u.username, u.first_name, u.last_name,
           EXISTS (SELECT FROM revoked_logins r WHERE r.login_id = :login_id) AS login_revoked
    FROM (SELECT CAST(:user_id AS uuid) AS id) AS caller LEFT JOIN users u USING (id)
    """
)
_FROM_TOKEN = text(
    """
    INSERT INTO users AS u (id, version, role, is_active, username, first_name, last_name, created_at)
    VALUES (:id, 0, :role, true, :username, :first_name, :last_name, :now)
    ON CONFLICT (id) DO UPDATE SET role = excluded.role
    WHERE u.version < :token_version AND u.role <> excluded.role
    """
)


async def account(session: AsyncSession, user_id: UUID, login_id: UUID) -> Row[Any]:
    """An account, its columns null when it isn't known, and whether this login of it was revoked."""
    return (await session.execute(_ACCOUNT, {"user_id": user_id, "login_id": login_id})).one()


async def get(session: AsyncSession, user_id: UUID) -> User | None:
    return await session.get(User, user_id, populate_existing=True)


async def find_by_username(connection: Connection, username: str) -> UUID | None:
    cursor = await connection.execute("SELECT id FROM users WHERE lower(username) = lower(%s) LIMIT 1", (username,))
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def apply(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Upsert the state of a version; False when the row has this version or a newer one."""
    statement = insert(User).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=[User.id],
        set_={name: statement.excluded[name] for name in values if name != "id"},
        where=User.version < statement.excluded.version,
    )
    return await session.scalar(statement.returning(User.id)) is not None


async def note_token(session: AsyncSession, *, token_version: int, now: datetime, **claims: Any) -> None:
    """Make the row of somebody whose event hasn't arrived, or give an older row the token's role.

    The version stays, so that the event, which knows more than a token, is still applied when it comes.
    """
    await session.execute(_FROM_TOKEN, {"token_version": token_version, "now": now, **claims})


async def hold(session: AsyncSession, user_id: UUID) -> User | None:
    """The row, and nobody changes it before our commit: a session made meanwhile would miss the change."""
    return await session.scalar(
        select(User).where(User.id == user_id).with_for_update(read=True), execution_options={"populate_existing": True}
    )
