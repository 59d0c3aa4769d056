SELECT e.position FROM evgen_streams s JOIN evgen_events e ON e.stream = s.id
WHERE s.aggregate_type = ?1 AND s.aggregate_id = ?2 AND e.version = ?3 AND e.named IS NULL
UNION ALL
SELECT e.position FROM evgen_streams s JOIN evgen_events e ON e.stream = s.id
WHERE s.aggregate_type = ?1 AND s.aggregate_id = ?2 AND e.named = ?3
