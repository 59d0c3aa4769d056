-- The position is the last + 1: SQLite's own choice of a rowid, which costs less than being told.
INSERT INTO evgen_events (stream, version, named, event_id, event_type, event_version,
                          payload_kind, payload, create_date, metadata, checksum)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
