INSERT INTO evgen_snapshots (aggregate_type, aggregate_id, key, version, position, state, discarded)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE
SET key = excluded.key, version = excluded.version, position = excluded.position,
    state = excluded.state, discarded = excluded.discarded
WHERE key <> excluded.key OR version <= excluded.version
