"""Replicas, seats, bookings and the revenue projection; the booking statements."""

from pathlib import Path

from alembic import op

from shared.idempotency import create_idempotency_table
from shared.messaging.tables import create_messaging_tables

revision = "0001"
down_revision = None

_SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    create_messaging_tables(op)
    create_idempotency_table(op)
    for name in ("tables", "book_many", "cancel_many"):
        # As it stands: neither SQLAlchemy nor the driver looks for parameters in it.
        op.get_bind().exec_driver_sql((_SQL / f"0001_{name}.sql").read_text())
