-- Both payloads NULL: the event is big, and read alone.
SELECT e.position, e.version, e.create_date, e.checksum, e.event_version, e.event_id, e.event_type,
       CASE WHEN pg_column_size(e.payload) <= 8192 AND coalesce(pg_column_size(e.metadata), 0) <= 8192 THEN e.payload END,
       CASE WHEN pg_column_size(e.payload_avro) <= 8192 AND coalesce(pg_column_size(e.metadata), 0) <= 8192 THEN e.payload_avro END,
       CASE WHEN pg_column_size(e.metadata) <= 8192 THEN e.metadata END,
       e.aggregate_type, e.aggregate_id
FROM evgen.events e
WHERE e.position < $1
ORDER BY e.position DESC LIMIT $2
