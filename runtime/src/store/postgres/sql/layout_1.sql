-- evgen's own layout, version 1. The schema `evgen` stands for whichever one the store is given.

CREATE TABLE evgen.streams (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Compared byte for byte: no index depends on the system's collations.
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id   text COLLATE "C" NOT NULL,
    -- Version of the first event + number of events: what the next event will carry.
    next_version   bigint NOT NULL,
    UNIQUE (aggregate_id, aggregate_type)
) WITH (fillfactor = 90);

CREATE TABLE evgen.events (
    -- Taken from `head` by the transaction that inserts, which holds that row until it ends: no gaps.
    position       bigint PRIMARY KEY,
    stream         bigint NOT NULL,
    version        bigint NOT NULL,
    create_date    timestamptz NOT NULL,
    -- CRC-32 of the content, combined with the version.
    checksum       bigint NOT NULL,
    event_version  integer,
    event_id       text COLLATE "C" NOT NULL UNIQUE,
    event_type     text COLLATE "C" NOT NULL,
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id   text COLLATE "C" NOT NULL,
    -- JSON, byte for byte as it was given; or Avro single-object encoding. Each row has one of them.
    payload        json,
    payload_avro   bytea,
    metadata       json,
    -- Left to be read alone; see is_big_1.
    big            boolean NOT NULL,
    -- In this order, so that nothing but a look for a version uses it: see native_stream_forward.sql.
    UNIQUE (version, stream),
    CHECK ((payload IS NULL) <> (payload_avro IS NULL))
);

-- Whether an event is so big that a page of such would take too much memory. (Noted once: to look at the sizes of three
-- columns takes a fifth of the time that the server needs for a scan.)
CREATE FUNCTION evgen.is_big_1(payload text, payload_avro bytea, metadata text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(octet_length(payload), 0) + coalesce(octet_length(payload_avro), 0)
        + coalesce(octet_length(metadata), 0) > 8192
$$;

-- A stream is read in the order of the journal.
CREATE INDEX events_by_stream ON evgen.events (stream, position);

-- One row: position of the last event. Its lock is what puts appends in order; it is taken last.
CREATE TABLE evgen.head (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO evgen.head (position) VALUES (0);

-- Appends in callers' own transactions, until those commit: one row each, gone by then.
CREATE TABLE evgen.pending (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream         bigint[] NOT NULL,
    version        bigint[] NOT NULL,
    create_date    timestamptz[] NOT NULL,
    checksum       bigint[] NOT NULL,
    event_version  integer[] NOT NULL,
    event_id       text[] NOT NULL,
    event_type     text[] NOT NULL,
    aggregate_type text[] NOT NULL,
    aggregate_id   text[] NOT NULL,
    payload        text[] NOT NULL,
    payload_avro   bytea[] NOT NULL,
    metadata       text[] NOT NULL
);
