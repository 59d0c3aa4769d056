INSERT INTO evgen_streams (aggregate_type, aggregate_id, next_version) VALUES (?1, ?2, ?3)
