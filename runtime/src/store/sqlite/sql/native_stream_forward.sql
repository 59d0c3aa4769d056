-- The index that is in the order of the journal: rows are taken as they are stepped through, and cannot be sorted later.
SELECT 1
FROM evgen_events e INDEXED BY evgen_events_by_stream
WHERE e.stream = (SELECT id FROM evgen_streams WHERE aggregate_type = ?1 AND aggregate_id = ?2)
  AND e.position > ?3
  AND CASE WHEN e.version >= ?4 AND e.version < ?5 AND e.create_date BETWEEN ?6 AND ?7 THEN evgen_take(ROW) END
ORDER BY e.position ASC
