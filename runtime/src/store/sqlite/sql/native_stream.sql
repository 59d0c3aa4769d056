SELECT id, next_version FROM evgen_streams WHERE aggregate_type = ?1 AND aggregate_id = ?2
