"""Second factors: authenticator apps, recovery codes, passkeys, and the challenges that they answer."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        """
        -- The secrets are sealed. A pending one becomes the secret with the first right code.
        CREATE TABLE totp (
            user_id uuid CONSTRAINT pk_totp PRIMARY KEY CONSTRAINT fk_totp_user_id_users REFERENCES users (id),
            secret bytea,
            confirmed_at timestamptz,
            last_step bigint,
            pending_secret bytea,
            pending_since timestamptz,
            CONSTRAINT ck_totp_secret CHECK ((secret IS NULL) = (confirmed_at IS NULL)),
            CONSTRAINT ck_totp_last_step CHECK ((secret IS NULL) = (last_step IS NULL)),
            CONSTRAINT ck_totp_pending CHECK ((pending_secret IS NULL) = (pending_since IS NULL)),
            CONSTRAINT ck_totp_any CHECK (secret IS NOT NULL OR pending_secret IS NOT NULL)
        );

        CREATE TABLE recovery_codes (
            user_id uuid NOT NULL CONSTRAINT fk_recovery_codes_user_id_users REFERENCES users (id),
            code_hash bytea NOT NULL CONSTRAINT ck_recovery_codes_code_hash CHECK (octet_length(code_hash) = 32),
            created_at timestamptz NOT NULL,
            used_at timestamptz,
            CONSTRAINT pk_recovery_codes PRIMARY KEY (user_id, code_hash)
        );

        CREATE TABLE passkeys (
            id uuid CONSTRAINT pk_passkeys PRIMARY KEY,
            user_id uuid NOT NULL CONSTRAINT fk_passkeys_user_id_users REFERENCES users (id),
            credential_id bytea NOT NULL CONSTRAINT uq_passkeys_credential_id UNIQUE
                CONSTRAINT ck_passkeys_credential_id CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
            public_key bytea NOT NULL,
            sign_count bigint NOT NULL CONSTRAINT ck_passkeys_sign_count CHECK (sign_count >= 0),
            transports text[] NOT NULL,
            backup_eligible boolean NOT NULL,
            backed_up boolean NOT NULL,
            name text NOT NULL CONSTRAINT ck_passkeys_name CHECK (char_length(name) BETWEEN 1 AND 100),
            created_at timestamptz NOT NULL,
            last_used_at timestamptz,
            CONSTRAINT ck_passkeys_backed_up CHECK (backup_eligible OR NOT backed_up)
        );
        CREATE INDEX ix_passkeys_user_id ON passkeys (user_id);

        -- Logins whose first step is done. A row goes with the login that it leads to.
        CREATE TABLE login_challenges (
            token_hash bytea CONSTRAINT pk_login_challenges PRIMARY KEY
                CONSTRAINT ck_login_challenges_token_hash CHECK (octet_length(token_hash) = 32),
            user_id uuid NOT NULL CONSTRAINT fk_login_challenges_user_id_users REFERENCES users (id),
            methods text[] NOT NULL,
            attempts smallint NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL
        );
        CREATE INDEX ix_login_challenges_user_id ON login_challenges (user_id);
        CREATE INDEX ix_login_challenges_expires_at ON login_challenges (expires_at);

        -- What authenticators are asked to sign. A row goes with the first login that answers it, good or bad, or with
        -- the passkey that it makes.
        CREATE TABLE webauthn_challenges (
            challenge_hash bytea CONSTRAINT pk_webauthn_challenges PRIMARY KEY
                CONSTRAINT ck_webauthn_challenges_challenge_hash CHECK (octet_length(challenge_hash) = 32),
            purpose text NOT NULL
                CONSTRAINT ck_webauthn_challenges_purpose CHECK (purpose IN ('register', 'login', 'second_factor')),
            user_id uuid CONSTRAINT fk_webauthn_challenges_user_id_users REFERENCES users (id),
            login_challenge bytea CONSTRAINT fk_webauthn_challenges_login_challenge_login_challenges
                REFERENCES login_challenges (token_hash) ON DELETE CASCADE,
            expires_at timestamptz NOT NULL,
            CONSTRAINT ck_webauthn_challenges_user_id CHECK ((purpose = 'login') = (user_id IS NULL)),
            CONSTRAINT ck_webauthn_challenges_login_challenge
                CHECK ((purpose = 'second_factor') = (login_challenge IS NOT NULL))
        );
        CREATE INDEX ix_webauthn_challenges_user_id ON webauthn_challenges (user_id);
        CREATE INDEX ix_webauthn_challenges_login_challenge ON webauthn_challenges (login_challenge);
        CREATE INDEX ix_webauthn_challenges_expires_at ON webauthn_challenges (expires_at);
        """
    )
