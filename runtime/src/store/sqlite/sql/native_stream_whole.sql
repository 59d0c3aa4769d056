-- As native_stream_forward, without bounds on version and time: what every load reads.
SELECT 1
FROM evgen_events e INDEXED BY evgen_events_by_stream
WHERE e.stream = (SELECT id FROM evgen_streams WHERE aggregate_type = ?1 AND aggregate_id = ?2)
  AND e.position > ?3
  AND evgen_take(ROW)
ORDER BY e.position ASC
