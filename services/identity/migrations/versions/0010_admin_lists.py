"""Indexes behind the list of accounts, and behind what an admin did."""

from alembic import op

from shared.migrations import build_indexes

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    build_indexes(
        op,
        {
            "ix_audit_log_actor": "audit_log (actor, id DESC)",
            # One per ordering, read from either end; the id makes each order total.
            "ix_users_updated_at": "users (updated_at, id)",
            "ix_users_email": 'users (lower(email) COLLATE "C", id)',
            "ix_users_username": 'users (lower(username) COLLATE "C", id)',
            "ix_users_name": """users (lower(last_name || ' ' || first_name) COLLATE "C", id)""",
        },
    )
