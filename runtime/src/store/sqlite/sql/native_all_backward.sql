SELECT e.position, e.event_id, e.event_type, e.event_version, e.payload, e.version, e.create_date,
       e.metadata, s.aggregate_type, s.aggregate_id, e.payload_kind, e.checksum, e.stream
FROM evgen_events e CROSS JOIN evgen_streams s ON s.id = e.stream
WHERE e.position < ?1
ORDER BY e.position DESC
