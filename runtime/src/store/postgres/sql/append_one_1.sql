-- Appends events to one stream, at the version that is expected: what most appends are, without the bookkeeping of a group.
-- `expected` NULL: the stream does not exist. Same order of locks as in append_1; waits for no stream.
--
-- Answers with the position of the last event; NULL where nothing was stored: a conflict, or another transaction holds the
-- stream. Which of them, append_1 tells.
CREATE FUNCTION evgen.append_one_1(
    stream_type text,
    stream_id text,
    expected bigint,
    event_dates timestamptz[],
    event_checksums bigint[],
    event_versions integer[],
    event_ids text[],
    event_types text[],
    event_json text[],
    event_avro bytea[],
    event_metadata text[]
) RETURNS bigint LANGUAGE plpgsql
-- Plans that are made while the tables are small must serve them when they are big; and are made once.
SET enable_seqscan = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    count integer := cardinality(event_ids);
    key bigint;
    head bigint;
BEGIN
    IF expected IS NULL THEN
        INSERT INTO evgen.streams (aggregate_type, aggregate_id, next_version)
        SELECT stream_type, stream_id, count
        -- Who makes a stream holds this lock, so that nobody has to wait at its unique key.
        WHERE pg_try_advisory_xact_lock(
            hashtextextended(stream_type || '::' || stream_id, 'evgen.streams'::regclass::oid::bigint))
        ON CONFLICT (aggregate_id, aggregate_type) DO NOTHING
        RETURNING id INTO key;
    ELSE
        UPDATE evgen.streams t SET next_version = expected + count
        WHERE t.id = (SELECT k.id FROM evgen.streams k
                      WHERE k.aggregate_id = stream_id AND k.aggregate_type = stream_type AND k.next_version = expected
                      FOR UPDATE SKIP LOCKED)
        RETURNING t.id INTO key;
    END IF;
    IF key IS NULL THEN
        RETURN NULL;
    END IF;
    UPDATE evgen.head h SET position = h.position + count WHERE h.one RETURNING h.position INTO head;
    INSERT INTO evgen.events (position, stream, version, create_date, checksum, event_version, event_id, event_type,
                              aggregate_type, aggregate_id, payload, payload_avro, metadata, big)
    SELECT head - count + v.ord, key, coalesce(expected, 0) + v.ord - 1, v.create_date,
           v.checksum # (coalesce(expected, 0) + v.ord - 1), v.event_version, v.event_id, v.event_type, stream_type,
           stream_id, v.payload::json, v.payload_avro, v.metadata::json,
           evgen.is_big_1(v.payload, v.payload_avro, v.metadata)
    FROM unnest(event_dates, event_checksums, event_versions, event_ids, event_types, event_json, event_avro,
                event_metadata) WITH ORDINALITY
        AS v (create_date, checksum, event_version, event_id, event_type, payload, payload_avro, metadata, ord);
    RETURN head;
END
$$;
