-- Both payloads NULL: the event is big, and read alone.
SELECT e.position, e.version, e.create_date, e.checksum, e.event_version, e.event_id, e.event_type,
       CASE WHEN pg_column_size(e.payload) <= 8192 AND coalesce(pg_column_size(e.metadata), 0) <= 8192 THEN e.payload END,
       CASE WHEN pg_column_size(e.payload_avro) <= 8192 AND coalesce(pg_column_size(e.metadata), 0) <= 8192 THEN e.payload_avro END,
       CASE WHEN pg_column_size(e.metadata) <= 8192 THEN e.metadata END
FROM evgen.events e
WHERE e.stream = (SELECT s.id FROM evgen.streams s WHERE s.aggregate_id = $2 AND s.aggregate_type = $1)
  AND e.position > $3
  -- `+ 0` keeps the planner to the index that is in the order of the journal.
  AND e.version + 0 >= $4 AND e.version + 0 < $5
  AND e.create_date >= $6 AND e.create_date <= $7
ORDER BY e.position ASC LIMIT $8
