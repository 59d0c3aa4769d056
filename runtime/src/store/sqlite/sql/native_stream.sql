SELECT id, odd, (SELECT version FROM evgen_events WHERE stream = s.id ORDER BY version DESC LIMIT 1)
FROM evgen_streams s WHERE aggregate_type = ?1 AND aggregate_id = ?2
