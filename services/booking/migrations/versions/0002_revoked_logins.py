"""Logins that ended while their access tokens live."""

from alembic import op

from shared.revocation import create_revoked_logins_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_revoked_logins_table(op)
