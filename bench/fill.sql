-- A marketplace of some size, made by sets: {users} accounts, a tenth of them creators, {sessions} sessions, {bookings}
-- bookings of two years (100000, 100000 and 1000000 it is made for). One creator, one session and one person have very many, as happens.
--
-- Run by the superuser after the services' migrations; ANALYZE is for the caller.
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';
SET work_mem = '128MB';

-- As UUIDv7: in the order of their time.
CREATE FUNCTION pg_temp.made_at(moment timestamptz, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (
        lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0')
        || '7' || substr(md5(number::text), 1, 3) || '8' || substr(md5(number::text), 4, 15)
    )::uuid
$$;

CREATE TEMP TABLE person AS
SELECT n, pg_temp.made_at(joined, n) AS id, joined, format('%s%s@%s.example', lower(first), n, lower(last)) AS email,
    format('%s.%s', lower(first), n) AS username, first, last,
    CASE WHEN n % 10 = 0 THEN 'creator' WHEN n % 4999 = 1 THEN 'admin' ELSE 'user' END AS role,
    n % 50 <> 7 AS is_active
FROM (
    SELECT n, now() - ({users} - n) * interval '730 days' / {users} AS joined,
        (ARRAY['Ada','Grace','Alan','Edsger','Barbara','Donald','Margaret','Linus','Radia','Ken','Jean','Niklaus',
            'Frances','John','Katherine','Dennis','Hedy','Tim','Sophie','Björn'])[1 + n % 20] AS first,
        (ARRAY['Lovelace','Hopper','Turing','Dijkstra','Liskov','Knuth','Hamilton','Torvalds','Perlman','Thompson',
            'Bartik','Wirth','Allen','Backus','Johnson','Ritchie','Lamarr','Lee','Wilson','Nyström','Zuse'])[1 + n / 20 % 21]
            AS last
    FROM generate_series(1, {users}) AS n
) AS people;
CREATE UNIQUE INDEX ON person (n);

INSERT INTO identity.users (id, email, username, password_hash, first_name, last_name, role, email_verified, is_active,
    created_at, updated_at)
SELECT id, email, username, '!', first, last, role, n % 3 > 0, is_active, joined,
    joined + (now() - joined) * (n % 97) / 97.0
FROM person;
INSERT INTO catalog.users (id, version, role, is_active, username, first_name, last_name, created_at)
SELECT id, 1, role, is_active, username, first, last, joined FROM person;
INSERT INTO booking.users (id, version, email, username, first_name, last_name, role, is_active, created_at)
SELECT id, 1, email, username, first, last, role, is_active, joined FROM person;

CREATE TEMP TABLE offer AS
SELECT n, pg_temp.made_at(made, 1000000000 + n) AS id, made, creator,
    format('%s %s %s', (ARRAY['Practical','Poetical','Modern','Gentle','Advanced','Applied'])[1 + n % 6],
        (ARRAY['Python','Science','Drawing','Cooking','Music','Finance','Writing','React','Yoga','Chess'])[1 + n / 6 % 10],
        n) AS title,
    (5 + n * 7 % 245)::numeric(9, 2) + (n % 4) * 0.25 AS price,
    CASE WHEN n % 20 = 0 THEN 'GBP' WHEN n % 5 = 0 THEN 'EUR' ELSE 'USD' END AS currency,
    30 + 15 * (n % 6) AS duration,
    CASE WHEN n % 25 = 3 THEN 'inactive' WHEN n % 25 = 4 THEN 'completed' ELSE 'active' END AS status,
    (SELECT slug FROM catalog.categories ORDER BY slug OFFSET n % 16 LIMIT 1) AS category,
    n % 50 = 9 AS is_deleted
FROM (
    SELECT g.n, now() - ({sessions} - g.n) * interval '730 days' / {sessions} - interval '1 hour' AS made,
        p.id AS creator
    FROM generate_series(1, {sessions}) AS g (n)
    JOIN person AS p ON p.n = CASE WHEN g.n % 50 = 1 THEN 10 ELSE 10 * (2 + g.n % ({users} / 10 - 1)) END
) AS offers;
CREATE UNIQUE INDEX ON offer (n);

INSERT INTO catalog.sessions (id, creator_id, title, description, duration, price, currency, max_participants, status,
    category, timezone, created_at, updated_at, deleted_at)
SELECT id, creator, title, repeat('What you will learn, and why. ', 12), duration, price, currency, 100000, status,
    category, 'UTC', made, made + (now() - made) * (n % 89) / 89.0, CASE WHEN is_deleted THEN now() END
FROM offer;
INSERT INTO booking.sessions (id, version, creator_id, title, description, duration, price, currency, max_participants,
    status, category, timezone, created_at, updated_at, deleted_at)
SELECT id, 1, creator, title, repeat('What you will learn, and why. ', 12), duration, price, currency, 100000, status,
    category, 'UTC', made, made, CASE WHEN is_deleted THEN now() END
FROM offer;

-- Hours of a creator's starts, none of which overlap: three for each session (k = 0, 1, 2), and some more for what is
-- special: k = 3 for the person with very many bookings, 4 and 5 for the session with very many.
CREATE FUNCTION pg_temp.start_of(n bigint, k bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT date_trunc('hour', now()) - interval '690 days' + interval '1 hour' * CASE
        WHEN n % 50 = 1 THEN (n / 50 * 3 + k) * 3
        ELSE n / ({users} / 10 - 1) * 1656 + n % 24 + CASE k WHEN 3 THEN 288 WHEN 4 THEN 144 WHEN 5 THEN 168 ELSE k * 552 END
    END
$$;
CREATE TEMP TABLE seat AS
SELECT row_number() OVER () AS n, o.id AS session_id, o.creator, o.price, o.currency, o.duration, p.id AS user_id, w.at,
    least(w.at - (1 + w.number % 59) * interval '1 day', now() - w.number % 100000 * interval '1 second') AS made
FROM (
    SELECT number, 1 + number % {sessions} AS offer, pg_temp.start_of(1 + number % {sessions}, number / {sessions} % 3) AS at,
        1 + (number * 7919 + number / {sessions} * 12345) % {users} AS person
    FROM generate_series(1::bigint, {bookings} - {bookings} / 50 - {bookings} / 100) AS number
    UNION ALL
    SELECT number, 2, pg_temp.start_of(2, 4 + number % 2), 1 + number
    FROM generate_series(1::bigint, {bookings} / 50) AS number
    UNION ALL
    SELECT number, number / 5 * 50 + 2 + number % 5,
        pg_temp.start_of(number / 5 * 50 + 2 + number % 5, 3), 11
    FROM generate_series(1::bigint, {bookings} / 100) AS number
) AS w
JOIN offer AS o ON o.n = w.offer
JOIN person AS p ON p.n = w.person;

INSERT INTO booking.occurrences (session_id, starts_at, ends_at, creator_id, seats_taken, ceiling)
SELECT session_id, at, at + max(duration) * interval '1 minute', min(creator::text)::uuid,
    count(*) FILTER (WHERE n % 12 > 0), 100000
FROM seat GROUP BY session_id, at;
INSERT INTO booking.bookings (id, version, session_id, user_id, creator_id, booking_date, ends_at, status, amount,
    currency, created_at, cancelled_at)
SELECT pg_temp.made_at(made, 2000000000 + n), 1 + (n % 12 = 0)::int, session_id, user_id, creator, at,
    at + duration * interval '1 minute', CASE WHEN n % 12 = 0 THEN 'cancelled' ELSE 'confirmed' END, price, currency,
    made, CASE WHEN n % 12 = 0 THEN made + (least(at, now()) - made) * 0.3 END
FROM seat ORDER BY made;
INSERT INTO catalog.booking_counts AS c (session_id, confirmed)
SELECT session_id, count(*) FROM seat WHERE n % 12 > 0 GROUP BY session_id
ON CONFLICT (session_id) DO UPDATE SET confirmed = excluded.confirmed;
