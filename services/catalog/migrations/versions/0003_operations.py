"""Workers' signs of life and jobs; the audit log."""

from alembic import op

from shared.audit import create_audit_table
from shared.operations.tables import create_operations_tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_operations_tables(op)
    create_audit_table(op)
