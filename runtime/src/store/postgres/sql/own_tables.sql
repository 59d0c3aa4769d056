-- What evgen keeps beside the events, in every layout.
CREATE TABLE IF NOT EXISTS evgen.checkpoints (
    name     text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL
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
