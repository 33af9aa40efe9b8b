-- An instant as the event contracts write it: RFC 3339 in UTC with Z, microseconds only when there are any.
CREATE FUNCTION rfc3339(moment timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
        || CASE WHEN date_trunc('second', moment) = moment THEN ''
                ELSE to_char(moment AT TIME ZONE 'UTC', '.US') END
        || 'Z'
$$;

-- A booking as its events tell it: the contract BookingState.
CREATE FUNCTION booking_state(b bookings) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'id', b.id,
        'session_id', b.session_id,
        'user_id', b.user_id,
        'creator_id', b.creator_id,
        'booking_date', rfc3339(b.booking_date),
        'ends_at', rfc3339(b.ends_at),
        'status', b.status,
        'amount', b.amount::text,
        'currency', b.currency,
        'created_at', rfc3339(b.created_at),
        'cancelled_at', rfc3339(b.cancelled_at),
        'cancel_reason', b.cancel_reason
    )
$$;

-- Admit requests for seats, all at once: either a booking or the first reason against it, for each of them.
--
-- Arrays are parallel, a request's place in them is its turn: earlier ones get the last seats. Meant for READ
-- COMMITTED: each statement below sees what was committed before it began, so what is read after a lock is current.
-- Locks are taken in one order everywhere: users, sessions, occurrences, calendars of creators, bookings; each sorted.
CREATE FUNCTION admit_bookings(
    p_ids uuid[],
    p_sessions uuid[],
    p_users uuid[],
    p_bookers jsonb[],
    p_starts timestamptz[],
    p_expected numeric[],
    p_headers jsonb[],
    p_now timestamptz
) RETURNS TABLE (
    ord integer,
    refusal text,
    price numeric,
    currency text,
    ends_at timestamptz,
    created_at timestamptz,
    details jsonb
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz;
    v_refusals text[];
    v_creators uuid[];
    v_new_sessions uuid[];
    v_new_starts timestamptz[];
    v_unoccupied integer;
    v_first record;
    v_won tstzrange[] := '{}';
    v_won_creators uuid[] := '{}';
    v_lost_sessions uuid[] := '{}';
    v_lost_starts timestamptz[] := '{}';
BEGIN
    -- A booker whose registration is still on its way gets a row from the token, of version 0.
    INSERT INTO users (id, version, username, first_name, last_name, role)
    SELECT DISTINCT ON (r.id) r.id, 0, r.booker ->> 'username', r.booker ->> 'first_name', r.booker ->> 'last_name',
        r.booker ->> 'role'
    FROM unnest(p_users, p_bookers) AS r (id, booker)
    WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = r.id)
    ORDER BY r.id
    ON CONFLICT (id) DO NOTHING;

    -- Shared: bookings don't wait for each other here, but a change or deletion of the session does, and they for it.
    PERFORM 1 FROM sessions s WHERE s.id = ANY (p_sessions) ORDER BY s.id FOR SHARE;

    -- now() stands still from the transaction's start, and a wait for a lock can pass the cutoff.
    v_now := coalesce(p_now, clock_timestamp());
    SELECT array_agg(
        CASE
            WHEN s.id IS NULL OR s.deleted_at IS NOT NULL THEN 'not_found'
            WHEN s.creator_id = r.user_id THEN 'own_session'
            -- What a schedule allows isn't known here yet, so nothing of it may be sold.
            WHEN s.status <> 'active' OR NOT s.creator_active OR s.schedule IS NOT NULL THEN 'not_bookable'
            WHEN r.starts_at <= v_now THEN 'in_the_past'
            WHEN date_trunc('minute', r.starts_at) <> r.starts_at THEN 'not_on_a_minute'
            WHEN r.starts_at > v_now + interval '2 years' THEN 'too_far_ahead'
            WHEN r.expected <> s.price THEN 'price_changed'
        END ORDER BY r.ord
    ) INTO v_refusals
    FROM unnest(p_sessions, p_users, p_starts, p_expected) WITH ORDINALITY
        AS r (session_id, user_id, starts_at, expected, ord)
    LEFT JOIN sessions s ON s.id = r.session_id;

    WITH inserted AS (
        INSERT INTO occurrences (session_id, starts_at, ends_at, creator_id, ceiling)
        SELECT DISTINCT r.session_id, r.starts_at, r.starts_at + s.duration * interval '1 minute', s.creator_id,
            s.max_participants
        FROM unnest(p_sessions, p_starts, v_refusals) AS r (session_id, starts_at, refusal)
        JOIN sessions s ON s.id = r.session_id
        WHERE r.refusal IS NULL
        ORDER BY r.session_id, r.starts_at
        ON CONFLICT (session_id, starts_at) DO NOTHING
        RETURNING session_id, starts_at
    )
    SELECT array_agg(session_id), array_agg(starts_at) INTO v_new_sessions, v_new_starts FROM inserted;

    WITH locked AS MATERIALIZED (
        SELECT o.creator_id, o.occupied
        FROM occurrences o
        WHERE (o.session_id, o.starts_at) IN (
            SELECT r.session_id, r.starts_at
            FROM unnest(p_sessions, p_starts, v_refusals) AS r (session_id, starts_at, refusal)
            WHERE r.refusal IS NULL
        )
        ORDER BY o.session_id, o.starts_at
        FOR UPDATE
    )
    SELECT array_agg(DISTINCT creator_id ORDER BY creator_id) FILTER (WHERE NOT occupied),
        count(*) FILTER (WHERE NOT occupied)
    INTO v_creators, v_unoccupied
    FROM locked;

    -- Who begins to occupy a creator's time holds the creator's calendar: two overlapping first bookings would
    -- otherwise wait for each other inside the exclusion constraint, which is a deadlock.
    IF v_creators IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(c.id::text, 0)) FROM unnest(v_creators) AS c (id);
    END IF;

    v_now := coalesce(p_now, clock_timestamp());

    -- Several starts of one creator would begin to be occupied: of those that overlap, whoever asked first has it.
    -- Which of them are busy is settled here once and for all: a cancellation that commits before the next statement
    -- must not bring one back that others were measured without.
    IF v_unoccupied > cardinality(v_creators) THEN
        FOR v_first IN
            SELECT wanted.*, EXISTS (
                SELECT 1 FROM occurrences x
                WHERE x.creator_id = wanted.creator_id
                    AND x.occupied
                    AND tstzrange(x.starts_at, x.ends_at) && wanted.span
            ) AS busy
            FROM (
                SELECT o.session_id, o.starts_at, o.creator_id,
                    tstzrange(o.starts_at, o.starts_at + s.duration * interval '1 minute') AS span, min(r.ord) AS turn
                FROM unnest(p_sessions, p_starts, v_refusals) WITH ORDINALITY
                    AS r (session_id, starts_at, refusal, ord)
                JOIN occurrences o ON o.session_id = r.session_id AND o.starts_at = r.starts_at
                JOIN sessions s ON s.id = r.session_id
                WHERE r.refusal IS NULL AND r.starts_at > v_now AND NOT o.occupied
                GROUP BY o.session_id, o.starts_at, s.duration
            ) wanted
            ORDER BY wanted.turn
        LOOP
            IF v_first.busy OR EXISTS (
                SELECT 1 FROM unnest(v_won_creators, v_won) AS w (creator_id, span)
                WHERE w.creator_id = v_first.creator_id AND w.span && v_first.span
            ) THEN
                v_lost_sessions := v_lost_sessions || v_first.session_id;
                v_lost_starts := v_lost_starts || v_first.starts_at;
            ELSE
                v_won_creators := v_won_creators || v_first.creator_id;
                v_won := v_won || v_first.span;
            END IF;
        END LOOP;
    END IF;

    RETURN QUERY
    WITH requests AS MATERIALIZED (
        SELECT
            r.ord::integer AS ord, r.id, r.session_id, r.user_id, r.starts_at, r.headers,
            s.creator_id, s.price, s.currency, s.max_participants, o.seats_taken,
            CASE WHEN o.occupied THEN o.ends_at ELSE r.starts_at + s.duration * interval '1 minute' END AS ends_at,
            NOT o.occupied AND (
                EXISTS (
                    SELECT 1 FROM unnest(v_lost_sessions, v_lost_starts) AS lost (session_id, starts_at)
                    WHERE lost.session_id = r.session_id AND lost.starts_at = r.starts_at
                )
                OR EXISTS (
                    SELECT 1 FROM occurrences x
                    WHERE x.creator_id = s.creator_id
                        AND x.occupied
                        AND tstzrange(x.starts_at, x.ends_at)
                            && tstzrange(r.starts_at, r.starts_at + s.duration * interval '1 minute')
                )
            ) AS busy,
            CASE
                WHEN r.refusal IS NOT NULL THEN r.refusal
                WHEN r.starts_at <= v_now THEN 'in_the_past'
                WHEN EXISTS (
                    SELECT 1 FROM bookings b
                    WHERE b.session_id = r.session_id AND b.booking_date = r.starts_at AND b.user_id = r.user_id
                        AND b.status = 'confirmed'
                ) THEN 'already_booked'
            END AS refusal
        FROM unnest(p_ids, p_sessions, p_users, p_starts, p_headers, v_refusals) WITH ORDINALITY
            AS r (id, session_id, user_id, starts_at, headers, refusal, ord)
        LEFT JOIN sessions s ON s.id = r.session_id
        LEFT JOIN occurrences o ON o.session_id = r.session_id AND o.starts_at = r.starts_at
    ),
    ranked AS (
        SELECT *, row_number() OVER (
            PARTITION BY refusal IS NULL, session_id, starts_at, user_id ORDER BY ord
        ) AS nth_of_user
        FROM requests
    ),
    seated AS (
        SELECT *,
            refusal IS NULL AND NOT busy AND nth_of_user = 1
            AND seats_taken + count(*) FILTER (WHERE refusal IS NULL AND nth_of_user = 1) OVER (
                PARTITION BY session_id, starts_at ORDER BY ord
            ) <= max_participants AS admitted
        FROM ranked
    ),
    decided AS MATERIALIZED (
        SELECT *,
            CASE
                WHEN refusal IS NOT NULL THEN refusal
                WHEN admitted THEN NULL
                WHEN busy THEN 'creator_busy'
                WHEN bool_or(admitted) OVER (PARTITION BY session_id, starts_at, user_id) THEN 'already_booked'
                ELSE 'sold_out'
            END AS outcome
        FROM seated
    ),
    taken AS (
        UPDATE occurrences o
        SET seats_taken = o.seats_taken + wanted.seats, ends_at = wanted.ends_at
        FROM (
            SELECT session_id, starts_at, ends_at, max_participants, count(*)::integer AS seats
            FROM decided WHERE outcome IS NULL
            GROUP BY session_id, starts_at, ends_at, max_participants
        ) wanted
        WHERE o.session_id = wanted.session_id AND o.starts_at = wanted.starts_at
            AND o.seats_taken + wanted.seats <= wanted.max_participants
        RETURNING o.session_id, o.starts_at
    ),
    booked AS (
        INSERT INTO bookings AS b (
            id, session_id, user_id, creator_id, booking_date, ends_at, status, amount, currency, created_at
        )
        SELECT d.id, d.session_id, d.user_id, d.creator_id, d.starts_at, d.ends_at, 'confirmed', d.price, d.currency,
            v_now
        FROM decided d
        JOIN taken USING (session_id, starts_at)
        WHERE d.outcome IS NULL
        RETURNING b.id, booking_state(b) AS state
    ),
    told AS (
        INSERT INTO outbox (
            event_id, aggregate_type, aggregate_id, aggregate_version, type, payload, headers, occurred_at
        )
        SELECT gen_random_uuid(), 'booking', b.id, 1, 'booking.booking.created.v1', b.state, d.headers, v_now
        FROM booked b
        JOIN decided d ON d.id = b.id
        ORDER BY d.ord
    )
    SELECT d.ord, CASE WHEN b.id IS NULL THEN coalesce(d.outcome, 'sold_out') END, d.price, d.currency,
        CASE WHEN b.id IS NOT NULL THEN d.ends_at END, v_now,
        CASE WHEN b.id IS NOT NULL THEN (SELECT c.details FROM session_cards c WHERE c.session_id = d.session_id) END
    FROM decided d
    LEFT JOIN booked b ON b.id = d.id
    ORDER BY d.ord;

    -- Refused requests leave nothing behind. Only rows made here: nobody else can have got past them yet.
    IF v_new_sessions IS NOT NULL THEN
        DELETE FROM occurrences o
        USING unnest(v_new_sessions, v_new_starts) AS made (session_id, starts_at)
        WHERE o.session_id = made.session_id AND o.starts_at = made.starts_at AND NOT o.occupied;
    END IF;
END
$$;

-- The door: admit_bookings, and what to do when a constraint or a deadlock has the last word.
--
-- A deadlock is tried again, at most three times in all. A batch that breaks the creators' constraint (somebody wrote
-- beside this function) is admitted one by one; a single request that breaks it is refused for it.
-- p_now replaces the clock for demo data; otherwise null.
CREATE FUNCTION book_many(
    p_ids uuid[],
    p_sessions uuid[],
    p_users uuid[],
    p_bookers jsonb[],
    p_starts timestamptz[],
    p_expected numeric[],
    p_headers jsonb[],
    p_now timestamptz DEFAULT NULL
) RETURNS TABLE (
    ord integer,
    refusal text,
    price numeric,
    currency text,
    ends_at timestamptz,
    created_at timestamptz,
    details jsonb
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_attempt integer := 1;
    v_refusal text;
    v_place integer;
BEGIN
    LOOP
        BEGIN
            RETURN QUERY SELECT * FROM admit_bookings(
                p_ids, p_sessions, p_users, p_bookers, p_starts, p_expected, p_headers, p_now
            );
            RETURN;
        EXCEPTION
            WHEN deadlock_detected THEN
                IF v_attempt = 3 THEN
                    RAISE;
                END IF;
                v_attempt := v_attempt + 1;
            WHEN exclusion_violation THEN
                v_refusal := 'creator_busy';
                EXIT;
        END;
    END LOOP;

    IF cardinality(p_ids) = 1 THEN
        RETURN QUERY SELECT 1, v_refusal, NULL::numeric, NULL::text, NULL::timestamptz, NULL::timestamptz, NULL::jsonb;
        RETURN;
    END IF;
    FOR v_place IN 1 .. cardinality(p_ids) LOOP
        RETURN QUERY
        SELECT v_place, one.refusal, one.price, one.currency, one.ends_at, one.created_at, one.details
        FROM book_many(
            ARRAY[p_ids[v_place]], ARRAY[p_sessions[v_place]], ARRAY[p_users[v_place]], ARRAY[p_bookers[v_place]],
            ARRAY[p_starts[v_place]], ARRAY[p_expected[v_place]], ARRAY[p_headers[v_place]], p_now
        ) AS one;
    END LOOP;
END
$$;
