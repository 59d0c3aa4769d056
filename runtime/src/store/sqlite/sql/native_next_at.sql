-- What the stream's next event was to carry when position ?3 was the last.
SELECT (SELECT version FROM evgen_events WHERE stream = s.id ORDER BY position LIMIT 1)
       + (SELECT count(*) FROM evgen_events WHERE stream = s.id AND position <= ?3)
FROM evgen_streams s
WHERE s.aggregate_type = ?1 AND s.aggregate_id = ?2
