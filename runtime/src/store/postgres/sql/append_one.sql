-- Appends COUNT events to one stream, at the version $3 that is expected (NULL: the stream does not exist): what most appends are,
-- as one statement without the overhead of a function. Same order of locks as in append_1; waits for no stream.
--
-- Answers with the position of the last event; no row where nothing was stored: a conflict, or another transaction holds the
-- stream, or versions of it are not places. Which of them, append_1 tells; also where a unique key says that another process was
-- faster.
WITH h AS (
    UPDATE evgen.head h SET position = h.position + COUNT
    WHERE h.one
      AND pg_try_advisory_xact_lock(evgen.lock_of_1($1::text, $2::text))
      AND $3::bigint - 1 IS NOT DISTINCT FROM (
          SELECT e.version FROM evgen.events e WHERE e.aggregate_id = $2 AND e.aggregate_type = $1
          ORDER BY e.aggregate_id DESC, e.aggregate_type DESC, e.version DESC LIMIT 1)
      AND NOT EXISTS (SELECT FROM evgen.events o WHERE o.aggregate_id = $2 AND o.aggregate_type = $1 AND o.named IS NOT NULL)
    RETURNING h.position
), stored AS (
    INSERT INTO evgen.events (position, version, create_date, checksum, event_version, event_id, event_type, aggregate_type,
                              aggregate_id, payload, payload_avro, metadata, big)
    SELECT h.position - COUNT + v.n, coalesce($3, 0) + v.n - 1, v.create_date, v.checksum # (coalesce($3, 0) + v.n - 1),
           v.event_version, v.event_id, v.event_type, $1, $2, v.payload::json, v.payload_avro, v.metadata::json,
           evgen.is_big_1(v.payload, v.payload_avro, v.metadata)
    FROM h CROSS JOIN (VALUES
        ROWS
    ) AS v (n, create_date, checksum, event_version, event_id, event_type, payload, payload_avro, metadata)
)
SELECT h.position FROM h
