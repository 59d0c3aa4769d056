SELECT e.version, e.position
FROM evgen.events e JOIN evgen.streams s ON s.id = e.stream
WHERE s.aggregate_type = $1 AND s.aggregate_id = $2 AND e.version = ANY($3)
ORDER BY e.position LIMIT 1
