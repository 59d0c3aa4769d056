-- What the stream's next event was to carry when position $3 was the last. Where the row there is of the stream, it is found at once.
SELECT least(e.version, 9223372036854775806) + 1
FROM evgen.events e
WHERE e.aggregate_type = $1 AND e.aggregate_id = $2
  AND e.version <= coalesce((SELECT p.version FROM evgen.events p
                             WHERE p.position = $3 AND p.aggregate_type = $1 AND p.aggregate_id = $2), 9223372036854775807)
  AND e.position <= $3
ORDER BY e.aggregate_id DESC, e.aggregate_type DESC, e.version DESC LIMIT 1
