-- evgen's own layout, version 1. People read `evgen_journal`; the tables are evgen's.
CREATE TABLE evgen_meta (
    key   TEXT PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE evgen_streams (
    id             INTEGER PRIMARY KEY,
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    -- 1: an event of it has `named`.
    odd            INTEGER NOT NULL DEFAULT 0,
    UNIQUE (aggregate_type, aggregate_id)
) STRICT;

CREATE TABLE evgen_events (
    -- One more than the last: no gaps.
    position      INTEGER PRIMARY KEY,
    stream        INTEGER NOT NULL,
    -- Version of the stream's first event + number of events before this one: it increases with the position.
    version       INTEGER NOT NULL,
    -- The aggregate version, where it is another: journals that were carried over may have gaps.
    named         INTEGER,
    event_id      TEXT    NOT NULL UNIQUE,
    event_type    TEXT    NOT NULL,
    event_version INTEGER,
    -- 0: JSON, as TEXT, byte for byte; 1: Avro single-object encoding, as BLOB.
    payload_kind  INTEGER NOT NULL,
    payload       ANY     NOT NULL,
    -- Microseconds since 1970-01-01T00:00:00Z.
    create_date   INTEGER NOT NULL,
    metadata      TEXT,
    -- CRC-32 of the content, combined with the aggregate version.
    checksum      INTEGER NOT NULL
) STRICT;

-- A stream in the order of the journal, and what its next event will carry.
CREATE UNIQUE INDEX evgen_events_of_stream ON evgen_events (stream, version);
CREATE UNIQUE INDEX evgen_events_named ON evgen_events (stream, named) WHERE named IS NOT NULL;

CREATE VIEW evgen_journal AS
SELECT position, event_id, event_type, event_version, payload, aggregate_type, aggregate_id,
       coalesce(named, version) AS aggregate_version,
       strftime('%Y-%m-%d %H:%M:%f', create_date / 1e6, 'unixepoch') AS create_date, metadata
FROM evgen_events JOIN evgen_streams ON evgen_streams.id = evgen_events.stream;
