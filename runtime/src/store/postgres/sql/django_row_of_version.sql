SELECT aggregate_version::bigint, id::bigint FROM django.event_journal
WHERE aggregate_type = $1 AND aggregate_id = $2 AND aggregate_version = ANY($3)
ORDER BY aggregate_version LIMIT 1
