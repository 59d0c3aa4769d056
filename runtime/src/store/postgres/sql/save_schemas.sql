-- The same again writes nothing; a draft that was edited takes its place.
INSERT INTO evgen.schemas AS s (event_type, event_version, fingerprint, schema, types)
SELECT DISTINCT ON (n.event_type, n.event_version) n.event_type, n.event_version, n.fingerprint, n.schema::json, n.types::json
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::text[], $5::text[]) WITH ORDINALITY
    AS n (event_type, event_version, fingerprint, schema, types, ord)
ORDER BY n.event_type, n.event_version, n.ord DESC
ON CONFLICT (event_type, event_version) DO UPDATE
SET fingerprint = excluded.fingerprint, schema = excluded.schema, types = excluded.types
WHERE s.schema::text <> excluded.schema::text OR s.types::text <> excluded.types::text
