"""Mails on their way."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute(
        """
        -- A queue: a row goes when a mail server has taken the mail, and stays with its reason when none will.
        CREATE TABLE mails (
            id uuid CONSTRAINT pk_mails PRIMARY KEY,
            kind text NOT NULL,
            recipient text NOT NULL,
            user_id uuid CONSTRAINT fk_mails_user_id_users REFERENCES users (id),
            data jsonb NOT NULL DEFAULT '{}' CONSTRAINT ck_mails_data CHECK (jsonb_typeof(data) = 'object'),
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            give_up_at timestamptz NOT NULL,
            attempts int NOT NULL DEFAULT 0,
            last_error text,
            failed_at timestamptz,
            CONSTRAINT ck_mails_failed CHECK (failed_at IS NULL OR last_error IS NOT NULL)
        );
        CREATE INDEX ix_mails_due_at ON mails (due_at) WHERE failed_at IS NULL;
        CREATE INDEX ix_mails_failed_at ON mails (failed_at) WHERE failed_at IS NOT NULL;
        CREATE INDEX ix_mails_user_id ON mails (user_id);
        """
    )
