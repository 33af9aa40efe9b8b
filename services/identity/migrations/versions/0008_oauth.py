"""Accounts at providers, our apps there, and log-ins that are on their way."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute(
        """
        -- Who somebody is: a provider and its own, unchanging id for them. Never the e-mail address.
        CREATE TABLE oauth_accounts (
            provider text NOT NULL CONSTRAINT ck_oauth_accounts_provider CHECK (provider IN ('google', 'github')),
            subject text NOT NULL CONSTRAINT ck_oauth_accounts_subject CHECK (char_length(subject) BETWEEN 1 AND 255),
            user_id uuid NOT NULL CONSTRAINT fk_oauth_accounts_user_id_users REFERENCES users (id),
            email text,
            linked_at timestamptz NOT NULL,
            last_used_at timestamptz,
            CONSTRAINT pk_oauth_accounts PRIMARY KEY (provider, subject),
            CONSTRAINT uq_oauth_accounts_user_id UNIQUE (user_id, provider)
        );

        CREATE TABLE oauth_apps (
            provider text CONSTRAINT pk_oauth_apps PRIMARY KEY
                CONSTRAINT ck_oauth_apps_provider CHECK (provider IN ('google', 'github')),
            client_id text NOT NULL,
            client_secret bytea NOT NULL,
            enabled boolean NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        );

        -- Taken out by the callback: an authorization is good for one.
        CREATE TABLE oauth_authorizations (
            state_hash bytea CONSTRAINT pk_oauth_authorizations PRIMARY KEY,
            cookie_hash bytea NOT NULL,
            provider text NOT NULL,
            purpose text NOT NULL CONSTRAINT ck_oauth_authorizations_purpose CHECK (purpose IN ('login', 'link')),
            user_id uuid CONSTRAINT fk_oauth_authorizations_user_id_users REFERENCES users (id),
            login_id uuid,
            secrets bytea NOT NULL,
            next text NOT NULL,
            expires_at timestamptz NOT NULL,
            CONSTRAINT ck_oauth_authorizations_link CHECK
                ((purpose = 'link') = (user_id IS NOT NULL) AND (purpose = 'link') = (login_id IS NOT NULL)),
            CONSTRAINT ck_oauth_authorizations_hashes CHECK
                (octet_length(state_hash) = 32 AND octet_length(cookie_hash) = 32)
        );
        CREATE INDEX ix_oauth_authorizations_expires_at ON oauth_authorizations (expires_at);
        CREATE INDEX ix_oauth_authorizations_user_id ON oauth_authorizations (user_id) WHERE user_id IS NOT NULL;
        """
    )
