-- What evgen keeps beside the events, in every layout.
-- Checkpoints, leases and parked events.
CREATE TABLE IF NOT EXISTS evgen_notes (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS evgen_snapshots (
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    key            INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    state          BLOB    NOT NULL,
    discarded      INTEGER NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id)
) STRICT;

-- The schema of every event version that was written, so that the journal explains itself.
CREATE TABLE IF NOT EXISTS evgen_schemas (
    event_type    TEXT    NOT NULL,
    event_version INTEGER NOT NULL,
    -- CRC-64-AVRO of the schema without the envelope's fields: what Avro rows begin with.
    fingerprint   INTEGER NOT NULL,
    schema        TEXT    NOT NULL,
    -- Its types with all names resolved, for builds that have no schema parser.
    types         TEXT    NOT NULL,
    PRIMARY KEY (event_type, event_version)
) STRICT, WITHOUT ROWID;
