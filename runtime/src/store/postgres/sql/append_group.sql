-- Appends to several streams, each at the version that is expected (`whichever`: any; else NULL: the stream does not exist),
-- as one statement without the loops of append_1. The streams are distinct. Same order of locks as in append_1; waits for no stream.
--
-- A row for each that was stored: its number, the version and the position of its first event. What is left out is as in
-- append_one. The events are in the order of the appends, each with the number of its append, and its own within that.
WITH entry AS MATERIALIZED (
    SELECT a.n, a.aggregate_type, a.aggregate_id, a.whichever, a.expected, a.count, (
               SELECT e.version FROM evgen.events e WHERE e.aggregate_id = a.aggregate_id AND e.aggregate_type = a.aggregate_type
               ORDER BY e.aggregate_id DESC, e.aggregate_type DESC, e.version DESC LIMIT 1) AS last
    FROM unnest($1::text[], $2::text[], $3::boolean[], $4::bigint[], $5::integer[]) WITH ORDINALITY
        AS a (aggregate_type, aggregate_id, whichever, expected, count, n)
    WHERE pg_try_advisory_xact_lock(evgen.lock_of_1(a.aggregate_type, a.aggregate_id))
), good AS MATERIALIZED (
    SELECT a.n, a.aggregate_type, a.aggregate_id, coalesce(a.last + 1, 0) AS first,
           sum(a.count) OVER (ORDER BY a.n) - a.count AS before, sum(a.count) OVER () AS total
    FROM entry a
    WHERE (a.whichever OR a.expected - 1 IS NOT DISTINCT FROM a.last)
      AND NOT EXISTS (SELECT FROM evgen.events o WHERE o.aggregate_id = a.aggregate_id AND o.aggregate_type = a.aggregate_type
                      AND o.named IS NOT NULL)
), h AS (
    UPDATE evgen.head h SET position = h.position + (SELECT g.total FROM good g LIMIT 1)
    WHERE h.one AND EXISTS (SELECT FROM good)
    RETURNING h.position - (SELECT g.total FROM good g LIMIT 1) AS position
), stored AS (
    INSERT INTO evgen.events (position, version, create_date, checksum, event_version, event_id, event_type, aggregate_type,
                              aggregate_id, payload, payload_avro, metadata, big)
    SELECT h.position + g.before + v.k + 1, g.first + v.k, v.create_date, v.checksum # (g.first + v.k),
           v.event_version, v.event_id, v.event_type, g.aggregate_type, g.aggregate_id, v.payload::json, v.payload_avro,
           v.metadata::json, evgen.is_big_1(v.payload, v.payload_avro, v.metadata)
    FROM unnest($6::integer[], $7::integer[], $8::timestamptz[], $9::bigint[], $10::integer[], $11::text[], $12::text[],
                $13::text[], $14::bytea[], $15::text[])
        AS v (n, k, create_date, checksum, event_version, event_id, event_type, payload, payload_avro, metadata)
    JOIN good g ON g.n = v.n
    CROSS JOIN h
)
SELECT g.n, g.first, (h.position + g.before + 1)::bigint FROM good g CROSS JOIN h
