-- Both payloads NULL: the event is big, and read alone.
SELECT e.position, coalesce(e.named, e.version), e.create_date, CASE WHEN $3 THEN e.checksum END, e.event_version, e.event_id, e.event_type,
       CASE WHEN NOT e.big THEN e.payload END, CASE WHEN NOT e.big THEN e.payload_avro END,
       CASE WHEN NOT e.big THEN e.metadata END,
       e.aggregate_type, e.aggregate_id
FROM evgen.events e
WHERE e.position < $1
  AND (e.aggregate_type = ANY($4)
       OR (e.aggregate_type, e.event_type) IN (SELECT f.a, f.t FROM unnest($5::text[], $6::text[]) f (a, t)))
-- A limit that the planner does not know: it takes the index in this order, and never sorts.
ORDER BY e.position DESC LIMIT (SELECT $2::bigint)
