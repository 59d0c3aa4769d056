SELECT e.position FROM evgen_events e JOIN evgen_streams s ON s.id = e.stream
WHERE s.aggregate_type = ?1 AND s.aggregate_id = ?2 AND e.version = ?3
