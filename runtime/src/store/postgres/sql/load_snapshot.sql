SELECT version, position, state, discarded FROM evgen.snapshots
WHERE aggregate_type = $1 AND aggregate_id = $2 AND key = $3
