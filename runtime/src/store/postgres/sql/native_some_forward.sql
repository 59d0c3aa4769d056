-- A page in one value: one row per event would cost more than the events. Both payloads NULL: it is big, and read alone.
SELECT array_agg(r) FROM (
    SELECT e.position, e.version, e.create_date, e.checksum, e.event_version, e.event_id, e.event_type,
           CASE WHEN octet_length(e.payload::text) + coalesce(octet_length(e.metadata::text), 0) <= 8192 THEN e.payload END,
           CASE WHEN octet_length(e.payload_avro) + coalesce(octet_length(e.metadata::text), 0) <= 8192 THEN e.payload_avro END,
           CASE WHEN octet_length(e.metadata::text) <= 8192 THEN e.metadata END,
           e.aggregate_type, e.aggregate_id, NULL, NULL
    FROM evgen.events e
    WHERE e.position > $1
      AND (e.aggregate_type = ANY($3)
           OR (e.aggregate_type, e.event_type) IN (SELECT f.a, f.t FROM unnest($4::text[], $5::text[]) f (a, t)))
    ORDER BY e.position ASC LIMIT $2
) r
