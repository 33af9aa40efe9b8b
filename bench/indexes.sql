-- One booking by the one statement, for pgbench: somebody, one of some sessions, one of its four next starts.
\set person random(1, :people)
\set session random(1, :sessions)
\set start random(1, 4)
SELECT refusal FROM book_many(
    ARRAY[(
        lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
        || '7' || substr(gen_random_uuid()::text, 16, 3) || '8' || right(gen_random_uuid()::text, 12) || '000'
    )::uuid],
    ARRAY[(SELECT id FROM bench_sessions WHERE n = :session)],
    ARRAY[(SELECT id FROM bench_people WHERE n = :person)],
    ARRAY['{"username": "", "first_name": "", "last_name": "", "role": "user"}'::jsonb],
    ARRAY[date_trunc('day', now()) + interval '400 days' + :start * interval '1 day'],
    ARRAY[NULL::numeric], ARRAY['{}'::jsonb], NULL
);
