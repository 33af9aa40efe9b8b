"""Stored pictures: which of them are named by an account."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("CREATE INDEX ix_users_avatar ON users (avatar) WHERE avatar LIKE '/api/auth/avatars/%'")
