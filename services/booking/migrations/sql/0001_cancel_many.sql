-- Cancel confirmed bookings and give their seats back, all at once; returns those that this call has cancelled.
--
-- Bookings that are cancelled already are left alone: the seat comes back only with the row. With p_upcoming_only those
-- that have started are left alone too. Lock order as in book_many: occurrences first, then bookings.
CREATE FUNCTION cancel_many(
    p_ids uuid[],
    p_by uuid,
    p_reason text,
    p_upcoming_only boolean,
    p_headers jsonb,
    p_now timestamptz DEFAULT NULL
) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz;
BEGIN
    PERFORM 1
    FROM occurrences o
    WHERE (o.session_id, o.starts_at) IN (
        SELECT b.session_id, b.booking_date FROM bookings b WHERE b.id = ANY (p_ids) AND b.status = 'confirmed'
    )
    ORDER BY o.session_id, o.starts_at
    FOR UPDATE;
    PERFORM 1 FROM bookings b WHERE b.id = ANY (p_ids) ORDER BY b.id FOR UPDATE;

    v_now := coalesce(p_now, clock_timestamp());
    RETURN QUERY
    WITH cancelled AS (
        UPDATE bookings b
        SET status = 'cancelled', version = b.version + 1, cancelled_at = v_now, cancel_reason = p_reason,
            cancelled_by = p_by
        WHERE b.id = ANY (p_ids) AND b.status = 'confirmed' AND NOT (p_upcoming_only AND b.booking_date <= v_now)
        RETURNING b.id, b.session_id, b.booking_date, b.version, booking_state(b) AS state
    ),
    freed AS (
        UPDATE occurrences o
        SET seats_taken = o.seats_taken - gone.seats
        FROM (
            SELECT c.session_id, c.booking_date, count(*)::integer AS seats FROM cancelled c GROUP BY 1, 2
        ) gone
        WHERE o.session_id = gone.session_id AND o.starts_at = gone.booking_date
    ),
    told AS (
        INSERT INTO outbox (
            event_id, aggregate_type, aggregate_id, aggregate_version, type, payload, headers, occurred_at
        )
        SELECT gen_random_uuid(), 'booking', c.id, c.version, 'booking.booking.cancelled.v1', c.state, p_headers, v_now
        FROM cancelled c
        ORDER BY c.id
    )
    SELECT c.id FROM cancelled c;
END
$$;
