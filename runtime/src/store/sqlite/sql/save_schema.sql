-- The same again writes nothing; a draft that was edited takes its place.
INSERT INTO evgen_schemas (event_type, event_version, fingerprint, schema, types)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (event_type, event_version) DO UPDATE
SET fingerprint = excluded.fingerprint, schema = excluded.schema, types = excluded.types
WHERE schema <> excluded.schema OR types <> excluded.types
