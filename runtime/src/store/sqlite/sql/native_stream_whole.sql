-- As native_stream_forward, without bounds on version and time: what every load reads.
SELECT e.position, e.event_id, e.event_type, e.event_version, e.payload, e.version, e.create_date,
       e.metadata, ?1, ?2, e.payload_kind, e.checksum, 0
FROM evgen_events e
WHERE e.stream = (SELECT id FROM evgen_streams WHERE aggregate_type = ?1 AND aggregate_id = ?2)
  AND e.position > ?3
ORDER BY e.position ASC
