INSERT INTO evgen_streams (aggregate_type, aggregate_id) VALUES (?1, ?2)
ON CONFLICT DO NOTHING
