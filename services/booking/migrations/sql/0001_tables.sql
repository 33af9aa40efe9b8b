-- Replicas: rows of other services, kept current by their events. `version` is the owner's; a row is replaced only by
-- a newer one. Version 0 means: known by name only, from a token or a session, until its own event arrives.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    email text NOT NULL DEFAULT '',
    username text NOT NULL DEFAULT '',
    first_name text NOT NULL DEFAULT '',
    last_name text NOT NULL DEFAULT '',
    role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'creator', 'admin')),
    avatar text,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz
);

-- A deleted session stays as a tombstone: past bookings still show it as it was, and a late event can't revive it.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    creator_id uuid NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    duration integer NOT NULL CHECK (duration > 0),
    price numeric(12, 2) NOT NULL CHECK (price >= 0),
    currency text NOT NULL,
    max_participants integer NOT NULL CHECK (max_participants > 0),
    status text NOT NULL CHECK (status IN ('active', 'inactive', 'completed')),
    image_url text,
    category text,
    timezone text NOT NULL,
    location text,
    schedule jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    -- Copied from the creator's row, so that a booking locks one replica row and not two.
    creator_active boolean NOT NULL DEFAULT true
);
CREATE INDEX sessions_creator ON sessions (creator_id);

-- The seat inventory: one start of a session. It keeps its length from its first booking on.
-- seats_taken is sold against the session's max_participants; `ceiling` (the capacity, or the seats at the moment when
-- the capacity shrank below them) is what a constraint can hold for ever.
-- `occupied` changes with the first and the last seat only: the exclusion index is left alone by every seat between
-- them, and PostgreSQL can update the row in place (HOT).
CREATE TABLE occurrences (
    session_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    creator_id uuid NOT NULL,
    seats_taken integer NOT NULL DEFAULT 0,
    ceiling integer NOT NULL,
    occupied boolean NOT NULL GENERATED ALWAYS AS (seats_taken > 0) STORED,
    PRIMARY KEY (session_id, starts_at),
    CONSTRAINT occurrences_length CHECK (ends_at > starts_at),
    CONSTRAINT occurrences_never_oversold CHECK (seats_taken BETWEEN 0 AND ceiling),
    CONSTRAINT occurrences_creator_in_one_place
        EXCLUDE USING gist (creator_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (occupied)
) WITH (fillfactor = 70);

-- Ids are UUIDv7: their order is the order in time, so lists need no other key.
CREATE TABLE bookings (
    id uuid PRIMARY KEY,
    version integer NOT NULL DEFAULT 1,
    session_id uuid NOT NULL,
    user_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    booking_date timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('confirmed', 'cancelled')),
    amount numeric(12, 2) NOT NULL CHECK (amount >= 0),
    currency text NOT NULL,
    created_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    cancel_reason text,
    cancelled_by uuid,
    FOREIGN KEY (session_id, booking_date) REFERENCES occurrences (session_id, starts_at),
    CONSTRAINT bookings_cancelled_at CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL))
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX bookings_one_seat_a_user ON bookings (session_id, booking_date, user_id)
    WHERE status = 'confirmed';
CREATE INDEX bookings_user ON bookings (user_id, id);
CREATE INDEX bookings_creator ON bookings (creator_id, id);

-- How a session looks beside a booking, here once for the answer to a booking and for every list.
CREATE VIEW session_cards AS
SELECT
    s.id AS session_id,
    jsonb_build_object(
        'id', s.id,
        'title', s.title,
        'description', s.description,
        'duration', s.duration,
        'price', s.price::text,
        'currency', s.currency,
        'image_url', s.image_url,
        'category', s.category,
        'timezone', s.timezone,
        'location', s.location,
        'status', s.status,
        'creator_details', jsonb_build_object(
            'id', s.creator_id,
            'username', coalesce(c.username, ''),
            'first_name', coalesce(c.first_name, ''),
            'last_name', coalesce(c.last_name, ''),
            'avatar', c.avatar
        )
    ) AS details
FROM sessions s
LEFT JOIN users c ON c.id = s.creator_id;

-- The revenue projection, fed by booking events alone. The ledger is append-only; what follows it are sums of it.
CREATE TABLE revenue_ledger (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    booking_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    session_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('booked', 'cancelled')),
    amount numeric(12, 2) NOT NULL,  -- signed: what was booked is positive, what was given back negative
    currency text NOT NULL,
    day date NOT NULL,  -- the UTC day of the event
    booked_day date NOT NULL,  -- the UTC day when the booking was made
    starts_at timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    UNIQUE (booking_id, kind),
    CONSTRAINT revenue_ledger_sign CHECK (CASE kind WHEN 'booked' THEN amount >= 0 ELSE amount <= 0 END)
);
CREATE INDEX revenue_ledger_creator ON revenue_ledger (creator_id, id);
CREATE INDEX revenue_ledger_day ON revenue_ledger (creator_id, day);
REVOKE UPDATE, DELETE ON revenue_ledger FROM booking;

CREATE TABLE revenue_daily (
    creator_id uuid NOT NULL,
    day date NOT NULL,
    currency text NOT NULL,
    gross numeric(14, 2) NOT NULL,
    refunded numeric(14, 2) NOT NULL,
    booked integer NOT NULL,  -- bookings made on this day
    cancelled integer NOT NULL,  -- bookings cancelled on this day
    confirmed integer NOT NULL,  -- bookings made on this day that still stand
    PRIMARY KEY (creator_id, day, currency)
);
CREATE TABLE revenue_by_session (
    creator_id uuid NOT NULL,
    session_id uuid NOT NULL,
    currency text NOT NULL,
    gross numeric(14, 2) NOT NULL,
    refunded numeric(14, 2) NOT NULL,
    booked integer NOT NULL,
    cancelled integer NOT NULL,
    PRIMARY KEY (creator_id, session_id, currency)
);
CREATE TABLE projected_seats (
    creator_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    session_id uuid NOT NULL,
    booked_day date NOT NULL,
    seats integer NOT NULL,
    PRIMARY KEY (creator_id, starts_at, session_id, booked_day)
);
