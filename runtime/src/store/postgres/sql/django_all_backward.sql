-- $3: the last that is settled. $4: whether $5 to $7 say which events. Data NULL: the event is big, and read alone.
SELECT j.id::bigint, j.aggregate_version::bigint, j.create_date, j.event_version::bigint, j.event_id, j.event_type,
       j._module_name, j._class_name,
       CASE WHEN pg_column_size(j.event_data) <= 8192 AND pg_column_size(j.metadata) <= 8192 THEN j.event_data END,
       CASE WHEN pg_column_size(j.metadata) <= 8192 THEN j.metadata END,
       j.aggregate_type, j.aggregate_id
FROM django.event_journal j
WHERE j.id < $1 AND j.id <= $3
  AND (NOT $4 OR j.aggregate_type = ANY($5)
       OR (j.aggregate_type, j.event_type) IN (SELECT f.a, f.t FROM unnest($6::text[], $7::text[]) f (a, t)))
ORDER BY j.id DESC LIMIT $2
