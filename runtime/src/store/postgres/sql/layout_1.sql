-- evgen's own layout, version 1. The schema `evgen` stands for whichever one the store is given.

CREATE TABLE evgen.events (
    -- Taken from `head` by the transaction that inserts, which holds that row until it ends: no gaps.
    position       bigint PRIMARY KEY,
    -- Version of the stream's first event + number of events before this one: it increases with the position.
    version        bigint NOT NULL,
    -- The aggregate version, where it is another: journals that were carried over may have gaps.
    named          bigint,
    create_date    timestamptz NOT NULL,
    -- CRC-32 of the content, combined with the aggregate version.
    checksum       bigint NOT NULL,
    event_version  integer,
    -- Texts are compared byte for byte: no index depends on the system's collations.
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
    CHECK ((payload IS NULL) <> (payload_avro IS NULL))
);

-- Whether an event is so big that a page of such would take too much memory. (Noted once: to look at the sizes of three
-- columns takes a fifth of the time that the server needs for a scan.)
CREATE FUNCTION evgen.is_big_1(payload text, payload_avro bytea, metadata text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(octet_length(payload), 0) + coalesce(octet_length(payload_avro), 0)
        + coalesce(octet_length(metadata), 0) > 8192
$$;

-- A stream in the order of the journal, and what its next event will carry.
CREATE UNIQUE INDEX events_of_stream ON evgen.events (aggregate_id, aggregate_type, version);
CREATE UNIQUE INDEX events_named ON evgen.events (aggregate_id, aggregate_type, named) WHERE named IS NOT NULL;

-- Key of the advisory lock of a stream, which whoever appends to it holds until its transaction ends.
CREATE FUNCTION evgen.lock_of_1(aggregate_type text, aggregate_id text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT hashtextextended(aggregate_type || '::' || aggregate_id, 'evgen.events'::regclass::oid::bigint)
$$;

-- One row: position of the last event. Its lock is what puts appends in order; it is taken last.
CREATE TABLE evgen.head (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO evgen.head (position) VALUES (0);

-- Appends in callers' own transactions, until those commit: one row each, gone by then.
CREATE TABLE evgen.pending (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version        bigint[] NOT NULL,
    named          bigint[] NOT NULL,
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
