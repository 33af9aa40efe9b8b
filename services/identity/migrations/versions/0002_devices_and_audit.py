"""Where logins come from and how they began, devices that are known, and the audit log."""

from alembic import op

from shared.audit import create_audit_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(
        """
        -- Defaults for a release that doesn't know the columns yet.
        ALTER TABLE logins
            ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT now(),
            ADD COLUMN user_agent text NOT NULL DEFAULT '',
            ADD COLUMN address text NOT NULL DEFAULT '',
            ADD COLUMN device_hash bytea CONSTRAINT ck_logins_device_hash CHECK (octet_length(device_hash) = 32),
            ADD COLUMN tokens_expire_at timestamptz NOT NULL DEFAULT now() + interval '1 hour',
            ADD COLUMN methods text[] NOT NULL DEFAULT '{pwd}';
        UPDATE logins SET last_used_at = coalesce(
            (SELECT max(t.created_at) FROM refresh_tokens t WHERE t.login_id = logins.id), created_at);

        -- Devices that an account was logged in from, by their cookie, or by the user agent where there are no cookies.
        CREATE TABLE known_devices (
            user_id uuid NOT NULL CONSTRAINT fk_known_devices_user_id_users REFERENCES users (id),
            device_hash bytea NOT NULL CONSTRAINT ck_known_devices_device_hash CHECK (octet_length(device_hash) = 32),
            first_seen_at timestamptz NOT NULL,
            last_seen_at timestamptz NOT NULL,
            CONSTRAINT pk_known_devices PRIMARY KEY (user_id, device_hash)
        );
        CREATE INDEX ix_known_devices_last_seen_at ON known_devices (last_seen_at);
        """
    )
    create_audit_table(op)
