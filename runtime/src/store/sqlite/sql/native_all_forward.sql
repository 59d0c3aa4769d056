-- take.rs says what the functions do.
SELECT 1
FROM evgen_events e NOT INDEXED CROSS JOIN evgen_streams s ON s.id = e.stream
WHERE e.position > ?1
  AND evgen_take(ROW)
  AND evgen_named(s.aggregate_type, s.aggregate_id)
ORDER BY e.position ASC
