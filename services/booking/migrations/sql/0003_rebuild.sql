-- Rebuilding the revenue projection by the service's own role, which may change no structure: functions that run with the
-- owner's rights. They make the projection anew from the bookings and can do nothing else: none of them is told what to
-- write where, and how far they are stands in a table that the owner alone gets at.
--
-- Whatever had reached the ledger up to a mark was committed with its booking before, so that the bookings read afterwards
-- tell of it; what came after the mark is added from the ledger. Ids of the ledger become visible in another order than
-- they are given: a mark is taken while nothing is being projected.
CREATE TABLE revenue_rebuild (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    mark bigint NOT NULL,
    next_mark bigint,
    after uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',  -- the booking that was read last
    bookings bigint NOT NULL DEFAULT 0,
    entries bigint NOT NULL DEFAULT 0,
    complete boolean NOT NULL DEFAULT false
);
REVOKE ALL ON revenue_rebuild FROM booking;

-- The lock of `migrate`: neither another rebuild nor a migration runs meanwhile.
CREATE FUNCTION revenue_rebuild_alone() RETURNS void LANGUAGE plpgsql SET search_path = booking, pg_temp AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('migrate booking')) THEN
        RAISE EXCEPTION 'another rebuild, or a migration, runs' USING ERRCODE = 'object_in_use';
    END IF;
END $$;

-- Until the transaction ends no event is projected; figures can be read. Returns the ledger's last entry.
CREATE FUNCTION revenue_rebuild_hold() RETURNS bigint LANGUAGE plpgsql
    SET search_path = booking, pg_temp SET lock_timeout = '2s' AS $$
BEGIN
    LOCK TABLE revenue_ledger, revenue_daily, revenue_by_session, projected_seats IN SHARE ROW EXCLUSIVE MODE;
    RETURN (SELECT coalesce(max(id), 0) FROM revenue_ledger);
END $$;

-- Projects into the shadows the bookings of a range, or the ledger's entries after one of them; returns how many were new.
-- A row keeps its id and its event's id, so that links into the ledger stay good. Where there is none, the event's id
-- comes from the outbox, or, when that has forgotten it, from what it says.
CREATE FUNCTION revenue_rebuild_project(first uuid, last uuid, mark bigint) RETURNS bigint LANGUAGE plpgsql
    SET search_path = booking, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    number bigint;
BEGIN
    WITH source AS (
        SELECT coalesce(l.id, nextval(pg_get_serial_sequence('revenue_ledger', 'id'))) AS id,
            coalesce(l.event_id, o.event_id, md5(b.id || e.kind)::uuid) AS event_id,
            b.id AS booking_id, b.creator_id, b.session_id, e.kind, e.amount, b.currency,
            (e.occurred_at AT TIME ZONE 'UTC')::date AS day,
            (b.created_at AT TIME ZONE 'UTC')::date AS booked_day,
            b.booking_date AS starts_at, e.occurred_at
        FROM bookings AS b
        CROSS JOIN LATERAL (
            VALUES ('booked', 'booking.booking.created.v1', b.amount, b.created_at),
                ('cancelled', 'booking.booking.cancelled.v1', -b.amount, b.cancelled_at)
        ) AS e (kind, type, amount, occurred_at)
        LEFT JOIN revenue_ledger AS l ON l.booking_id = b.id AND l.kind = e.kind
        LEFT JOIN outbox AS o ON o.aggregate_type = 'booking' AND o.aggregate_id = b.id AND o.type = e.type
        WHERE e.occurred_at IS NOT NULL AND b.id > first AND b.id <= last
        UNION ALL
        SELECT id, event_id, booking_id, creator_id, session_id, kind, amount, currency, day, booked_day, starts_at,
            occurred_at
        FROM revenue_ledger AS l WHERE l.id > revenue_rebuild_project.mark
    ),
    fresh AS (
        INSERT INTO revenue_ledger_shadow (
            id, event_id, booking_id, creator_id, session_id, kind, amount, currency, day, booked_day, starts_at,
            occurred_at
        )
        OVERRIDING SYSTEM VALUE SELECT * FROM source
        ON CONFLICT DO NOTHING
        RETURNING *
    ),
    figures AS (
        SELECT
            *, greatest(amount, 0) AS gross, greatest(-amount, 0) AS refunded,
            (kind = 'booked')::integer AS booked, (kind = 'cancelled')::integer AS cancelled
        FROM fresh
    ),
    by_day AS (
        INSERT INTO revenue_daily_shadow AS d (
            creator_id, day, currency, gross, refunded, booked, cancelled, confirmed
        )
        SELECT creator_id, day, currency, sum(gross), sum(refunded), sum(booked), sum(cancelled), sum(confirmed)
        FROM (
            SELECT creator_id, day, currency, gross, refunded, booked, cancelled, booked AS confirmed FROM figures
            UNION ALL
            SELECT creator_id, booked_day, currency, 0, 0, 0, 0, -cancelled FROM figures WHERE cancelled > 0
        ) AS moves
        GROUP BY creator_id, day, currency ORDER BY creator_id, day, currency
        ON CONFLICT (creator_id, day, currency) DO UPDATE SET
            gross = d.gross + excluded.gross,
            refunded = d.refunded + excluded.refunded,
            booked = d.booked + excluded.booked,
            cancelled = d.cancelled + excluded.cancelled,
            confirmed = d.confirmed + excluded.confirmed
    ),
    by_session AS (
        INSERT INTO revenue_by_session_shadow AS s (
            creator_id, session_id, currency, gross, refunded, booked, cancelled
        )
        SELECT creator_id, session_id, currency, sum(gross), sum(refunded), sum(booked), sum(cancelled)
        FROM figures
        GROUP BY creator_id, session_id, currency ORDER BY creator_id, session_id, currency
        ON CONFLICT (creator_id, session_id, currency) DO UPDATE SET
            gross = s.gross + excluded.gross,
            refunded = s.refunded + excluded.refunded,
            booked = s.booked + excluded.booked,
            cancelled = s.cancelled + excluded.cancelled
    ),
    by_start AS (
        INSERT INTO projected_seats_shadow AS p (creator_id, starts_at, session_id, booked_day, seats)
        SELECT creator_id, starts_at, session_id, booked_day, sum(booked - cancelled)
        FROM figures
        GROUP BY creator_id, starts_at, session_id, booked_day
        ORDER BY creator_id, starts_at, session_id, booked_day
        ON CONFLICT (creator_id, starts_at, session_id, booked_day) DO UPDATE SET seats = p.seats + excluded.seats
    )
    SELECT count(*) INTO number FROM fresh;
    RETURN number;
END $$;

-- 1. Empty shadows, in the place of those that a rebuild before may have left.
CREATE FUNCTION revenue_rebuild_begin() RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = booking, pg_temp AS $$
DECLARE
    name text;
BEGIN
    PERFORM revenue_rebuild_alone();
    FOREACH name IN ARRAY ARRAY['revenue_ledger', 'revenue_daily', 'revenue_by_session', 'projected_seats'] LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I', name || '_shadow');
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name || '_shadow', name);
        EXECUTE format('REVOKE ALL ON %I FROM booking', name || '_shadow');
    END LOOP;
    DELETE FROM revenue_rebuild;
    INSERT INTO revenue_rebuild (mark) VALUES (revenue_rebuild_hold());
END $$;

-- 2. The next bookings, again and again until there are none. Returns how far it is by then.
CREATE FUNCTION revenue_rebuild_read(portion integer, OUT bookings bigint, OUT entries bigint, OUT complete boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = booking, pg_temp AS $$
DECLARE
    first uuid;
    last uuid;
    number bigint;
BEGIN
    PERFORM revenue_rebuild_alone();
    SELECT r.after INTO STRICT first FROM revenue_rebuild AS r;
    SELECT count(*), (array_agg(b.id ORDER BY b.id DESC))[1] INTO number, last
    FROM (SELECT id FROM bookings AS b WHERE b.id > first ORDER BY b.id LIMIT portion) AS b;
    UPDATE revenue_rebuild AS r
    SET after = coalesce(last, r.after), bookings = r.bookings + number, complete = number = 0,
        entries = r.entries + CASE WHEN number > 0 THEN revenue_rebuild_project(first, last, NULL) ELSE 0 END
    RETURNING r.bookings, r.entries, r.complete INTO bookings, entries, complete;
END $$;

-- 3. A later mark, and most of what came meanwhile, so that little is left for the moment in which the projecting waits.
CREATE FUNCTION revenue_rebuild_mark() RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = booking, pg_temp AS $$
BEGIN
    PERFORM revenue_rebuild_alone();
    UPDATE revenue_rebuild SET next_mark = revenue_rebuild_hold();
END $$;

CREATE FUNCTION revenue_rebuild_catch_up() RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = booking, pg_temp AS $$
BEGIN
    PERFORM revenue_rebuild_alone();
    ANALYZE revenue_ledger_shadow, revenue_daily_shadow, revenue_by_session_shadow, projected_seats_shadow;
    UPDATE revenue_rebuild
    SET entries = entries + revenue_rebuild_project(NULL, NULL, mark), mark = coalesce(next_mark, mark);
END $$;

-- 4. The rest, and the shadows in the tables' places, with their rights and the names of their indexes. Returns the number
-- of entries. The wait for readers is shorter than PostgreSQL's for a deadlock: who reads two tables in another order than
-- they are locked in is let through, and this is tried again.
CREATE FUNCTION revenue_rebuild_swap() RETURNS bigint LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = booking, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    done revenue_rebuild;
    name text;
    names jsonb;
    found record;
BEGIN
    PERFORM revenue_rebuild_alone();
    SELECT * INTO STRICT done FROM revenue_rebuild;
    IF NOT done.complete THEN
        RAISE EXCEPTION 'not all bookings have been read' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM revenue_rebuild_hold();
    done.entries := done.entries + revenue_rebuild_project(NULL, NULL, done.mark);
    LOCK TABLE revenue_ledger, revenue_daily, revenue_by_session, projected_seats IN ACCESS EXCLUSIVE MODE;
    PERFORM setval(pg_get_serial_sequence('revenue_ledger_shadow', 'id'), last_value) FROM revenue_ledger_id_seq;
    FOREACH name IN ARRAY ARRAY['revenue_ledger', 'revenue_daily', 'revenue_by_session', 'projected_seats'] LOOP
        SELECT jsonb_object_agg(substring(pg_get_indexdef(i.indexrelid) FROM ' USING .*'), c.relname) INTO names
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = name::regclass;
        FOR found IN
            SELECT r.privilege_type, r.grantee::regrole AS grantee
            FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS r
            WHERE c.oid = name::regclass AND r.grantee <> c.relowner
        LOOP
            EXECUTE format('GRANT %s ON %I TO %s', found.privilege_type, name || '_shadow', found.grantee);
        END LOOP;
        EXECUTE format('DROP TABLE %I', name);
        EXECUTE format('ALTER TABLE %I RENAME TO %I', name || '_shadow', name);
        FOR found IN
            SELECT c.relname, substring(pg_get_indexdef(i.indexrelid) FROM ' USING .*') AS shape
            FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = name::regclass
        LOOP
            EXECUTE format('ALTER INDEX %I RENAME TO %I', found.relname, names ->> found.shape);
        END LOOP;
    END LOOP;
    ALTER SEQUENCE revenue_ledger_shadow_id_seq RENAME TO revenue_ledger_id_seq;
    DELETE FROM revenue_rebuild;
    RETURN done.entries;
END $$;

-- The steps are for the service's role, what they are made of for nobody.
REVOKE ALL ON FUNCTION revenue_rebuild_alone(), revenue_rebuild_hold(), revenue_rebuild_project(uuid, uuid, bigint),
    revenue_rebuild_begin(), revenue_rebuild_read(integer), revenue_rebuild_mark(), revenue_rebuild_catch_up(),
    revenue_rebuild_swap() FROM PUBLIC, booking;
GRANT EXECUTE ON FUNCTION revenue_rebuild_begin(), revenue_rebuild_read(integer), revenue_rebuild_mark(),
    revenue_rebuild_catch_up(), revenue_rebuild_swap() TO booking;
