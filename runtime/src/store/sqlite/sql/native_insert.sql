INSERT INTO evgen_events (position, stream, version, named, event_id, event_type, event_version,
                          payload_kind, payload, create_date, metadata, checksum)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
