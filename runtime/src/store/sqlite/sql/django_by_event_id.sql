SELECT id, event_id, event_type, event_version, event_data, aggregate_version, create_date,
       metadata, aggregate_type, aggregate_id, _module_name, _class_name
FROM event_journal
WHERE event_id = ?1
ORDER BY id LIMIT 1
