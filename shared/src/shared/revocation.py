"""Logins that ended while access tokens of them live: every service keeps them until the last of those has expired.

The account lookup of each request reads them in its own statement. There is no snapshot of them: whatever a service
misses is over when the tokens expire, a quarter of an hour later at most.
"""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.identity import LoginRevoked
from shared.db import Database
from shared.messaging.envelope import Meta


def create_revoked_logins_table(op: Any) -> None:
    """In the migration's schema."""
    op.execute(
        """
        CREATE TABLE revoked_logins (
            login_id uuid CONSTRAINT pk_revoked_logins PRIMARY KEY,
            tokens_expire_at timestamptz NOT NULL
        );
        CREATE INDEX ix_revoked_logins_tokens_expire_at ON revoked_logins (tokens_expire_at);
        """
    )


_NOTE = text(
    """
    INSERT INTO revoked_logins (login_id, tokens_expire_at) VALUES (:login_id, :tokens_expire_at)
    ON CONFLICT DO NOTHING
    """
)


async def on_login_revoked(session: AsyncSession, event: LoginRevoked, _meta: Meta) -> None:
    """The handler of every service that takes access tokens."""
    await session.execute(_NOTE, {"login_id": event.id, "tokens_expire_at": event.tokens_expire_at})


async def prune_revoked_logins(database: Database) -> None:
    """Forget logins whose tokens have expired; a chore of the workers."""
    async with database.connection() as connection:
        await connection.execute("DELETE FROM revoked_logins WHERE tokens_expire_at < now()")
