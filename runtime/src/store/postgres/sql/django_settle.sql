-- How far ids follow $1, the last that is settled, without a gap; the last id that is visible; and, where these differ, the
-- transactions that may still fill a gap: an INSERT holds this lock before it is given an id, and until its end is visible.
-- The snapshot that sees the ids is older than the look at the locks.
WITH following AS (
    SELECT j.id::bigint AS id, row_number() OVER (ORDER BY j.id) AS n
    FROM (SELECT id FROM django.event_journal WHERE id > $1 ORDER BY id LIMIT 1000) j
), reached AS MATERIALIZED (
    SELECT coalesce(max(f.id) FILTER (WHERE f.id = $1 + f.n), $1) AS until,
           coalesce((SELECT max(id) FROM django.event_journal), 0)::bigint AS last
    FROM following f
)
SELECT r.until, r.last,
       CASE WHEN r.until < r.last THEN ARRAY(
           SELECT l.virtualtransaction FROM pg_catalog.pg_locks l
           WHERE l.locktype = 'relation' AND l.relation = 'django.event_journal'::regclass
             AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
             AND l.mode = 'RowExclusiveLock' AND l.granted
       ) END
FROM reached r
