"""Sessions, the replica of users, bookings counted, the read model of cards; messaging and idempotency keys."""

from alembic import op

from shared.idempotency import create_idempotency_table
from shared.messaging.tables import create_messaging_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        """
        -- Replica of identity's users, all of them: the role decides what a caller may do here. Version 0 is a row made
        -- from a token, before the first event arrived.
        CREATE TABLE users (
            id uuid CONSTRAINT pk_users PRIMARY KEY,
            version bigint NOT NULL,
            role text NOT NULL CONSTRAINT ck_users_role CHECK (role IN ('user', 'creator', 'admin')),
            is_active boolean NOT NULL DEFAULT true,
            username text NOT NULL,
            first_name text NOT NULL,
            last_name text NOT NULL,
            avatar text,
            bio text NOT NULL DEFAULT '',
            created_at timestamptz NOT NULL
        );
        CREATE INDEX ix_users_lower_username ON users (lower(username));

        -- Suggested ones are offered although no session uses them; others exist because a creator named them.
        CREATE TABLE categories (
            slug text CONSTRAINT pk_categories PRIMARY KEY,
            name text NOT NULL CONSTRAINT ck_categories_name CHECK (char_length(name) BETWEEN 1 AND 50),
            is_suggested boolean NOT NULL DEFAULT false
        );

        CREATE TABLE sessions (
            id uuid CONSTRAINT pk_sessions PRIMARY KEY,
            creator_id uuid NOT NULL CONSTRAINT fk_sessions_creator_id_users REFERENCES users,
            title text NOT NULL CONSTRAINT ck_sessions_title CHECK (char_length(title) BETWEEN 1 AND 200),
            description text NOT NULL CONSTRAINT ck_sessions_description CHECK (char_length(description) <= 20000),
            duration int NOT NULL CONSTRAINT ck_sessions_duration CHECK (duration BETWEEN 5 AND 1440),
            price numeric(9, 2) NOT NULL CONSTRAINT ck_sessions_price CHECK (price BETWEEN 0 AND 1000000),
            currency text NOT NULL CONSTRAINT ck_sessions_currency CHECK (currency ~ '^[A-Z]{3}$'),
            max_participants int NOT NULL
                CONSTRAINT ck_sessions_max_participants CHECK (max_participants BETWEEN 1 AND 100000),
            status text NOT NULL CONSTRAINT ck_sessions_status CHECK (status IN ('active', 'inactive', 'completed')),
            image_url text
                CONSTRAINT ck_sessions_image_url CHECK (image_url ~* '^https://' AND char_length(image_url) <= 2000),
            category text CONSTRAINT fk_sessions_category_categories REFERENCES categories,
            timezone text NOT NULL,
            location text CONSTRAINT ck_sessions_location CHECK (char_length(location) BETWEEN 1 AND 200),
            schedule jsonb,
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            deleted_at timestamptz
        );
        CREATE INDEX ix_sessions_creator_id_id ON sessions (creator_id, id);

        -- Bookings as far as counting them needs; a count is the number of its session's confirmed marks.
        CREATE TABLE booking_marks (
            booking_id uuid CONSTRAINT pk_booking_marks PRIMARY KEY,
            session_id uuid NOT NULL,
            version bigint NOT NULL,
            status text NOT NULL
        );
        CREATE TABLE booking_counts (
            session_id uuid CONSTRAINT pk_booking_counts PRIMARY KEY,
            confirmed int NOT NULL
        );
        """
    )
    op.execute(
        """
        -- The read model: one row per session that isn't deleted, with its JSON as clients get it.
        CREATE TABLE session_cards (
            session_id uuid CONSTRAINT pk_session_cards PRIMARY KEY,
            creator_id uuid NOT NULL,
            status text NOT NULL,
            is_public boolean NOT NULL,
            category text,
            price numeric(9, 2) NOT NULL,
            duration int NOT NULL,
            bookings_count int NOT NULL,
            created_at timestamptz NOT NULL,
            title_key text COLLATE "C" NOT NULL, -- the title as it is sorted: lower case, without accents
            names text NOT NULL,                 -- title, creator and category for searches with typos
            words tsvector NOT NULL,             -- title A, creator and category B, description D
            etag text NOT NULL,
            card text NOT NULL
        );
        -- One index per ordering, read from either end; the id makes each order total, for walks by cursor.
        CREATE INDEX ix_session_cards_created_at ON session_cards (created_at, session_id) WHERE is_public;
        CREATE INDEX ix_session_cards_price ON session_cards (price, session_id) WHERE is_public;
        CREATE INDEX ix_session_cards_duration ON session_cards (duration, session_id) WHERE is_public;
        CREATE INDEX ix_session_cards_title_key ON session_cards (title_key, session_id) WHERE is_public;
        CREATE INDEX ix_session_cards_bookings_count ON session_cards (bookings_count, session_id) WHERE is_public;
        CREATE INDEX ix_session_cards_category ON session_cards (category, created_at, session_id) WHERE is_public;
        CREATE INDEX ix_session_cards_creator_id ON session_cards (creator_id, created_at, session_id);
        CREATE INDEX ix_session_cards_hidden ON session_cards (status, created_at, session_id) WHERE NOT is_public;
        CREATE INDEX ix_session_cards_words ON session_cards USING gin (words);
        CREATE INDEX ix_session_cards_names ON session_cards USING gin (names gin_trgm_ops);

        -- How many public sessions a category has ('' for none), so that the front page needs no count over all.
        CREATE TABLE public_counts (
            category text CONSTRAINT pk_public_counts PRIMARY KEY,
            sessions bigint NOT NULL
        );

        -- The same text as shared.clock.to_rfc3339 makes.
        CREATE FUNCTION rfc3339(moment timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
            SELECT CASE WHEN date_trunc('second', moment) = moment
                THEN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                ELSE to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END
        $$;

        INSERT INTO categories (slug, name, is_suggested) VALUES
            ('art-and-craft', 'Art & Craft', true),
            ('business', 'Business', true),
            ('career', 'Career', true),
            ('cooking', 'Cooking', true),
            ('data-science', 'Data Science', true),
            ('design', 'Design', true),
            ('finance', 'Finance', true),
            ('health-and-fitness', 'Health & Fitness', true),
            ('languages', 'Languages', true),
            ('marketing', 'Marketing', true),
            ('music', 'Music', true),
            ('personal-development', 'Personal Development', true),
            ('photography', 'Photography', true),
            ('programming', 'Programming', true),
            ('science', 'Science', true),
            ('writing', 'Writing', true);
        """
    )
    create_messaging_tables(op)
    create_idempotency_table(op)
