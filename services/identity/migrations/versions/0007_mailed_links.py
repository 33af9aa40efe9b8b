"""Mailed links, and requests of people who forgot their passwords."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(
        """
        -- Links that are still good. A link's token is derived from its id under a server key; here is its hash only.
        CREATE TABLE mailed_links (
            id uuid CONSTRAINT pk_mailed_links PRIMARY KEY,
            token_hash bytea NOT NULL CONSTRAINT uq_mailed_links_token_hash UNIQUE
                CONSTRAINT ck_mailed_links_token_hash CHECK (octet_length(token_hash) = 32),
            purpose text NOT NULL,
            user_id uuid NOT NULL CONSTRAINT fk_mailed_links_user_id_users REFERENCES users (id),
            email text NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            CONSTRAINT ck_mailed_links_purpose CHECK (purpose IN ('verify_email', 'reset_password', 'change_email'))
        );
        CREATE INDEX ix_mailed_links_user_id_purpose ON mailed_links (user_id, purpose);
        CREATE INDEX ix_mailed_links_expires_at ON mailed_links (expires_at);

        CREATE TABLE reset_requests (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_reset_requests PRIMARY KEY,
            email text NOT NULL,
            requested_at timestamptz NOT NULL,
            handled_at timestamptz
        );
        CREATE INDEX ix_reset_requests_email_requested_at ON reset_requests (email, requested_at);
        CREATE INDEX ix_reset_requests_open ON reset_requests (id) WHERE handled_at IS NULL;
        """
    )
