"""Indexes behind the lists of the admin area."""

from alembic import op

from shared.migrations import build_indexes

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # Every session has its count from now on, so that they can be listed in its order.
    op.execute(
        """
        CREATE FUNCTION count_from_zero() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO booking_counts (session_id, confirmed) VALUES (NEW.id, 0) ON CONFLICT DO NOTHING;
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER count_from_zero AFTER INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION count_from_zero();
        INSERT INTO booking_counts (session_id, confirmed) SELECT id, 0 FROM sessions ON CONFLICT DO NOTHING;
        """
    )
    build_indexes(
        op,
        {
            "ix_audit_log_actor": "audit_log (actor, id DESC)",
            # One per ordering, read from either end; the id makes each order total.
            "ix_sessions_created_at": "sessions (created_at, id)",
            "ix_sessions_updated_at": "sessions (updated_at, id)",
            "ix_sessions_title": 'sessions (lower(title) COLLATE "C", id)',
            "ix_sessions_price": "sessions (price, id)",
            "ix_sessions_duration": "sessions (duration, id)",
            "ix_booking_counts_confirmed": "booking_counts (confirmed, session_id)",
            "ix_sessions_deleted": "sessions (updated_at, id) WHERE deleted_at IS NOT NULL",
            # Words within titles and names.
            "ix_sessions_title_words": "sessions USING gin (lower(title) gin_trgm_ops)",
            "ix_users_words": "users USING gin (lower(username || ' ' || first_name || ' ' || last_name) gin_trgm_ops)",
        },
    )
