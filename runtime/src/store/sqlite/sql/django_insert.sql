INSERT INTO event_journal (event_id, event_type, event_version, event_data, aggregate_id,
                           aggregate_type, aggregate_version, create_date, metadata,
                           _module_name, _class_name, _stored_entity_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
