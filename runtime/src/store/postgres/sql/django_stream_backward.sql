-- Data NULL: the event is big, and read alone.
SELECT j.id::bigint, j.aggregate_version::bigint, j.create_date, j.event_version::bigint, j.event_id, j.event_type,
       j._module_name, j._class_name,
       CASE WHEN pg_column_size(j.event_data) <= 8192 AND pg_column_size(j.metadata) <= 8192 THEN j.event_data END,
       CASE WHEN pg_column_size(j.metadata) <= 8192 THEN j.metadata END
FROM django.event_journal j
WHERE j.aggregate_id = $2 AND j.aggregate_type = $1
  AND j.id < $3
  AND j.aggregate_version >= $4 AND j.aggregate_version < $5
  AND j.create_date >= $6 AND j.create_date <= $7
-- `+ 0` keeps the planner from walking through the whole journal in its order.
ORDER BY j.id + 0 DESC LIMIT $8
