SELECT e.version, e.position FROM evgen.events e
WHERE e.aggregate_type = $1 AND e.aggregate_id = $2 AND e.version = ANY($3) AND e.named IS NULL
UNION ALL
SELECT e.named, e.position FROM evgen.events e
WHERE e.aggregate_type = $1 AND e.aggregate_id = $2 AND e.named = ANY($3)
ORDER BY 2 LIMIT 1
