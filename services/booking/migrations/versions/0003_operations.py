"""Workers' signs of life and jobs; the audit log; rebuilding the revenue projection by the service's own role."""

from pathlib import Path

from alembic import op

from shared.audit import create_audit_table
from shared.operations.tables import create_operations_tables

revision = "0003"
down_revision = "0002"

_SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    create_operations_tables(op)
    create_audit_table(op)
    op.execute((_SQL / "0003_rebuild.sql").read_text())
