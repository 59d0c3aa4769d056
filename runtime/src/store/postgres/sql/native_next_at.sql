-- What the stream's next event was to carry when position $3 was the last.
SELECT (SELECT e.version FROM evgen.events e WHERE e.stream = s.id ORDER BY e.position LIMIT 1)
       + (SELECT count(*) FROM evgen.events e WHERE e.stream = s.id AND e.position <= $3)
FROM evgen.streams s
WHERE s.aggregate_type = $1 AND s.aggregate_id = $2
