-- What evgen keeps beside the events, in every layout.
-- Checkpoints, leases, parked events.
CREATE TABLE IF NOT EXISTS evgen.notes (
    key   text COLLATE "C" PRIMARY KEY,
    value text COLLATE "C" NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS evgen.snapshots (
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id   text COLLATE "C" NOT NULL,
    key            bigint NOT NULL,
    version        bigint NOT NULL,
    position       bigint NOT NULL,
    state          bytea NOT NULL,
    discarded      boolean NOT NULL,
    PRIMARY KEY (aggregate_id, aggregate_type)
);

-- The schema of every event version that was written, so that the journal explains itself.
CREATE TABLE IF NOT EXISTS evgen.schemas (
    event_type    text COLLATE "C" NOT NULL,
    event_version integer NOT NULL,
    -- CRC-64-AVRO of the schema without the envelope's fields: what Avro rows begin with.
    fingerprint   bigint NOT NULL,
    schema        json NOT NULL,
    -- Its types with all names resolved, for builds that have no schema parser.
    types         json NOT NULL,
    PRIMARY KEY (event_type, event_version)
);
