-- The `+` keep the planner to the index on aggregate_id, which is in the order of the journal.
SELECT id, event_id, event_type, event_version, event_data, aggregate_version, create_date,
       metadata, ?1, ?2, _module_name, _class_name
FROM event_journal
WHERE aggregate_id = ?2 AND +aggregate_type = ?1
  AND id < ?3
  AND +aggregate_version >= ?4 AND +aggregate_version < ?5
  AND create_date BETWEEN ?6 AND ?7
ORDER BY id DESC
