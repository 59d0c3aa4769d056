-- What the next event of each stream was to carry when row $3 was the last; NULL: the stream has none.
SELECT (SELECT j.aggregate_version::bigint FROM django.event_journal j WHERE j.id = f.first) + f.count
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS s (aggregate_type, aggregate_id, n)
CROSS JOIN LATERAL (
    SELECT min(j.id) AS first, count(*) AS count FROM django.event_journal j
    WHERE j.aggregate_id = s.aggregate_id AND j.aggregate_type = s.aggregate_type AND j.id <= $3
) f
ORDER BY s.n
