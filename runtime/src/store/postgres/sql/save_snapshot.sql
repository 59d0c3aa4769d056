INSERT INTO evgen.snapshots AS s (aggregate_type, aggregate_id, key, version, position, state, discarded)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (aggregate_id, aggregate_type) DO UPDATE
SET key = excluded.key, version = excluded.version, position = excluded.position, state = excluded.state,
    discarded = excluded.discarded
WHERE s.key <> excluded.key OR s.version <= excluded.version
