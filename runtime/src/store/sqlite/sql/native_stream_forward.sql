-- The `+` keep the planner to the index that is in the order of the journal.
SELECT e.position, e.event_id, e.event_type, e.event_version, e.payload, e.version, e.create_date,
       e.metadata, ?1, ?2, e.payload_kind, e.checksum, 0
FROM evgen_events e
WHERE e.stream = (SELECT id FROM evgen_streams WHERE aggregate_type = ?1 AND aggregate_id = ?2)
  AND e.position > ?3
  AND +e.version >= ?4 AND +e.version < ?5
  AND e.create_date BETWEEN ?6 AND ?7
ORDER BY e.position ASC
