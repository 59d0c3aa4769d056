-- As native_stream_forward, of all rows from a place in the stream on: what every load reads.
SELECT 1
FROM evgen_streams s CROSS JOIN evgen_events e INDEXED BY evgen_events_of_stream
WHERE s.aggregate_type = ?1 AND s.aggregate_id = ?2 AND e.stream = s.id
  AND e.version >= ?3
  AND evgen_take(ROW)
ORDER BY e.version ASC
