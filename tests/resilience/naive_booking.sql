-- What a straightforward service does: look whether a seat is left, then take it. For the negative control.
CREATE FUNCTION booking.book_many(
    p_ids uuid[], p_sessions uuid[], p_users uuid[], p_bookers jsonb[], p_starts timestamptz[], p_expected numeric[],
    p_headers jsonb[], p_now timestamptz DEFAULT NULL
) RETURNS TABLE (
    ord integer, refusal text, price numeric, currency text, ends_at timestamptz, created_at timestamptz,
    details jsonb
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = booking, extensions AS $$
#variable_conflict use_column
DECLARE
    s sessions;
    v_end timestamptz;
    v_booking bookings;
BEGIN
    SELECT * INTO s FROM sessions WHERE id = p_sessions[1];
    v_end := p_starts[1] + s.duration * interval '1 minute';
    IF (SELECT count(*) FROM bookings WHERE session_id = s.id AND booking_date = p_starts[1]
        AND status = 'confirmed') >= s.max_participants THEN
        RETURN QUERY SELECT 1, 'sold_out', s.price, s.currency, NULL::timestamptz, NULL::timestamptz, NULL::jsonb;
        RETURN;
    END IF;
    PERFORM pg_sleep(0.03);  -- the way to the service and back
    BEGIN
        INSERT INTO occurrences (session_id, starts_at, ends_at, creator_id, seats_taken, ceiling)
        VALUES (s.id, p_starts[1], v_end, s.creator_id, 1, s.max_participants)
        ON CONFLICT (session_id, starts_at) DO UPDATE SET seats_taken = occurrences.seats_taken + 1;
        INSERT INTO bookings (id, session_id, user_id, creator_id, booking_date, ends_at, status, amount, currency,
            created_at)
        VALUES (p_ids[1], s.id, p_users[1], s.creator_id, p_starts[1], v_end, 'confirmed', s.price, s.currency,
            clock_timestamp())
        RETURNING * INTO v_booking;
    EXCEPTION
        WHEN exclusion_violation THEN
            RETURN QUERY SELECT 1, 'creator_busy', s.price, s.currency, NULL::timestamptz, NULL::timestamptz,
                NULL::jsonb;
            RETURN;
        WHEN unique_violation THEN
            RETURN QUERY SELECT 1, 'already_booked', s.price, s.currency, NULL::timestamptz, NULL::timestamptz,
                NULL::jsonb;
            RETURN;
    END;
    INSERT INTO outbox (event_id, aggregate_type, aggregate_id, aggregate_version, type, payload, headers)
    VALUES (gen_random_uuid(), 'booking', v_booking.id, 1, 'booking.booking.created.v1', booking_state(v_booking),
        p_headers[1]);
    RETURN QUERY SELECT 1, NULL::text, v_booking.amount, v_booking.currency, v_end, v_booking.created_at,
        (SELECT c.details FROM session_cards c WHERE c.session_id = s.id);
END
$$;
GRANT EXECUTE ON FUNCTION booking.book_many TO booking;
