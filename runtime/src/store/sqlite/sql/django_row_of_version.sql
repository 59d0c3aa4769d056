SELECT id FROM event_journal
WHERE aggregate_id = ?2 AND aggregate_type = ?1 AND aggregate_version = ?3
