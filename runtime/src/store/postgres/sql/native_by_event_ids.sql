SELECT e.position, coalesce(e.named, e.version), e.create_date, e.checksum, e.event_version, e.event_id, e.event_type,
       e.payload, e.payload_avro, e.metadata, e.aggregate_type, e.aggregate_id
FROM evgen.events e
WHERE e.event_id = ANY($1)
ORDER BY e.position
