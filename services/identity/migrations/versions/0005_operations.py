"""Workers' signs of life and jobs."""

from alembic import op

from shared.operations.tables import create_operations_tables

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_operations_tables(op)
