"""Indexes behind the lists of the admin area."""

from alembic import op

from shared.migrations import build_indexes

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    build_indexes(
        op,
        {
            "ix_audit_log_actor": "audit_log (actor, id DESC)",
            # Orderings and ranges, read from either end.
            "bookings_created": "bookings (created_at, id)",
            "bookings_date": "bookings (booking_date, id)",
            "bookings_amount": "bookings (amount, id)",
            # What costs nothing to those who book. With bookings_one_seat_a_user it finds all bookings of a session.
            "bookings_cancelled": "bookings (id) WHERE status = 'cancelled'",
            "bookings_cancelled_at": "bookings (cancelled_at, id) WHERE status = 'cancelled'",
            "bookings_session_cancelled": "bookings (session_id, booking_date) WHERE status = 'cancelled'",
            "users_searched": """users USING gin (
                lower(email || ' ' || username || ' ' || first_name || ' ' || last_name) gin_trgm_ops
            )""",
        },
    )
