"""Accounts, logins with their refresh tokens, signing keys; outbox and idempotency keys."""

from alembic import op

from shared.idempotency import create_idempotency_table
from shared.messaging.tables import create_messaging_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE users (
            id uuid CONSTRAINT pk_users PRIMARY KEY,
            email text NOT NULL CONSTRAINT ck_users_email CHECK (char_length(email) BETWEEN 3 AND 254),
            username text NOT NULL CONSTRAINT ck_users_username CHECK (char_length(username) BETWEEN 3 AND 50),
            password_hash text NOT NULL,
            first_name text NOT NULL DEFAULT '' CONSTRAINT ck_users_first_name CHECK (char_length(first_name) <= 150),
            last_name text NOT NULL DEFAULT '' CONSTRAINT ck_users_last_name CHECK (char_length(last_name) <= 150),
            role text NOT NULL CONSTRAINT ck_users_role CHECK (role IN ('user', 'creator', 'admin')),
            avatar text CONSTRAINT ck_users_avatar CHECK (char_length(avatar) <= 2000),
            bio text NOT NULL DEFAULT '' CONSTRAINT ck_users_bio CHECK (char_length(bio) <= 2000),
            timezone text NOT NULL DEFAULT 'UTC',
            preferences jsonb NOT NULL DEFAULT '{}'
                CONSTRAINT ck_users_preferences CHECK (jsonb_typeof(preferences) = 'object'),
            email_verified boolean NOT NULL DEFAULT false,
            is_active boolean NOT NULL DEFAULT true,
            anonymised_at timestamptz,
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT ck_users_anonymised CHECK (anonymised_at IS NULL OR NOT is_active)
        );
        -- One account per address and per name, however they are capitalised.
        CREATE UNIQUE INDEX uq_users_email ON users (lower(email));
        CREATE UNIQUE INDEX uq_users_username ON users (lower(username));
        CREATE INDEX ix_users_created_at_id ON users (created_at DESC, id DESC);
        CREATE INDEX ix_users_admins ON users (id) WHERE role = 'admin' AND is_active;
        CREATE INDEX ix_users_search ON users
            USING gin (lower(email || ' ' || username || ' ' || first_name || ' ' || last_name) gin_trgm_ops);

        -- A login is a family of refresh tokens, each the successor of the one before; its id is the tokens' `sid`.
        CREATE TABLE logins (
            id uuid CONSTRAINT pk_logins PRIMARY KEY,
            user_id uuid NOT NULL CONSTRAINT fk_logins_user_id_users REFERENCES users (id),
            created_at timestamptz NOT NULL,
            revoked_at timestamptz,
            revoked_because text,
            CONSTRAINT ck_logins_revoked CHECK ((revoked_at IS NULL) = (revoked_because IS NULL))
        );
        CREATE INDEX ix_logins_user_id ON logins (user_id);

        CREATE TABLE refresh_tokens (
            token_hash bytea CONSTRAINT pk_refresh_tokens PRIMARY KEY,
            login_id uuid NOT NULL
                CONSTRAINT fk_refresh_tokens_login_id_logins REFERENCES logins (id) ON DELETE CASCADE,
            predecessor bytea CONSTRAINT uq_refresh_tokens_predecessor UNIQUE,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            used_at timestamptz,
            CONSTRAINT ck_refresh_tokens_token_hash CHECK (octet_length(token_hash) = 32)
        );
        CREATE INDEX ix_refresh_tokens_login_id ON refresh_tokens (login_id);
        CREATE INDEX ix_refresh_tokens_expires_at ON refresh_tokens (expires_at);
        -- A family never forks: one token of it is unused.
        CREATE UNIQUE INDEX uq_refresh_tokens_unused ON refresh_tokens (login_id) WHERE used_at IS NULL;

        -- Published from creation to `retires_at`, signing from `activates_at` until a younger key does.
        CREATE TABLE signing_keys (
            kid text CONSTRAINT pk_signing_keys PRIMARY KEY,
            public_jwk jsonb NOT NULL,
            private_key bytea NOT NULL,
            created_at timestamptz NOT NULL,
            activates_at timestamptz NOT NULL,
            retires_at timestamptz,
            CONSTRAINT ck_signing_keys_times CHECK (retires_at IS NULL OR retires_at > activates_at)
        );
        """
    )
    create_messaging_tables(op)
    create_idempotency_table(op)
