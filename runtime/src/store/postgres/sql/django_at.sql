SELECT j.id::bigint, j.aggregate_version::bigint, j.create_date, j.event_version::bigint, j.event_id, j.event_type,
       j._module_name, j._class_name, j.event_data, j.metadata, j.aggregate_type, j.aggregate_id
FROM django.event_journal j
WHERE j.id = $1
