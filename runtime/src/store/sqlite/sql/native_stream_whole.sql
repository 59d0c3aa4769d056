-- As native_stream_forward, without bounds on version and time: what every load reads.
SELECT 1
FROM evgen_streams s CROSS JOIN evgen_events e INDEXED BY evgen_events_of_stream
WHERE s.aggregate_type = ?1 AND s.aggregate_id = ?2 AND e.stream = s.id
  AND e.version >= coalesce((SELECT version FROM evgen_events NOT INDEXED WHERE position BETWEEN ?3 AND ?3 + 1 AND stream = s.id
                             ORDER BY position ASC LIMIT 1),
                            -9223372036854775808)
  AND e.position > ?3
  AND evgen_take(ROW)
ORDER BY e.version ASC
