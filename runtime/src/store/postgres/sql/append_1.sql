-- Appends a group in one statement. Every append of it is stored whole, or refused alone.
--
-- Order of locks: rows of `streams` (sorted by the caller), advisory locks of new streams, and the row of `head` last.
-- Rows of `events` are inserted only by who holds `head`, so its unique keys are never waited for.
--
-- streams: the distinct streams. entries: a stream's part of an append, in order; `entry_kind` 0: any version, 1: no stream,
-- 2: exactly `entry_expected`; `entry_start`: the version that its first event names. events: in the order of entries.
-- `wait`: wait for streams that other transactions hold; else appends to those are left out (status 2).
-- `later`: note the events in `pending`, to get their positions when the transaction commits.
--
-- status per append: 0 stored, 1 conflict (`actual`), 2 a stream is held by others; `at_entry`: the entry that it is about.
CREATE FUNCTION evgen.append_1(
    wait boolean,
    later boolean,
    stream_types text[],
    stream_ids text[],
    entry_append integer[],
    entry_stream integer[],
    entry_kind integer[],
    entry_expected bigint[],
    entry_start bigint[],
    entry_count integer[],
    event_entry integer[],
    event_offset integer[],
    event_named bigint[],
    event_dates timestamptz[],
    event_checksums bigint[],
    event_versions integer[],
    event_ids text[],
    event_types text[],
    event_json text[],
    event_avro bytea[],
    event_metadata text[],
    OUT head bigint,
    OUT status integer[],
    OUT at_entry integer[],
    OUT actual bigint[],
    OUT first_version bigint[],
    OUT next_version bigint[],
    OUT first_position bigint[],
    OUT pending_id bigint
) LANGUAGE plpgsql
-- Plans that are made while the tables are small must serve them when they are big; and are made once.
SET enable_seqscan = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    salt bigint := 'evgen.streams'::regclass::oid::bigint;
    keys bigint[];
    nexts bigint[];
    before bigint[];
    held boolean[] := array_fill(false, ARRAY[cardinality(stream_types)]);
    touched boolean[] := held;
    taken boolean[] := array_fill(false, ARRAY[cardinality(entry_append)]);
    base bigint[] := array_fill(0::bigint, ARRAY[cardinality(entry_append)]);
    total integer := 0;
    existing integer := 0;
    n integer;
    s integer;
    e integer;
    back integer;
    start integer := 1;
    was bigint;
    made bigint;
    found_key bigint;
    found_next bigint;
    refused integer;
    origin bigint;
BEGIN
    IF later AND current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'an append needs the isolation level READ COMMITTED' USING ERRCODE = '40001';
    END IF;
    SELECT array_agg(l.id ORDER BY l.n), array_agg(l.next_version ORDER BY l.n) INTO keys, nexts
    FROM (
        SELECT k.n, locked.id, locked.next_version
        FROM unnest(stream_types, stream_ids) WITH ORDINALITY AS k (aggregate_type, aggregate_id, n)
        LEFT JOIN LATERAL (
            SELECT t.id, t.next_version FROM evgen.streams t
            WHERE NOT wait AND t.aggregate_id = k.aggregate_id AND t.aggregate_type = k.aggregate_type
            FOR UPDATE SKIP LOCKED
        ) locked ON true
    ) l;
    FOR n IN 1 .. cardinality(stream_types) LOOP
        CONTINUE WHEN keys[n] IS NOT NULL;
        IF wait THEN
            SELECT t.id, t.next_version INTO found_key, found_next FROM evgen.streams t
            WHERE t.aggregate_id = stream_ids[n] AND t.aggregate_type = stream_types[n] FOR UPDATE;
            IF NOT FOUND THEN
                PERFORM pg_advisory_xact_lock(hashtextextended(stream_types[n] || '::' || stream_ids[n], salt));
                SELECT t.id, t.next_version INTO found_key, found_next FROM evgen.streams t
                WHERE t.aggregate_id = stream_ids[n] AND t.aggregate_type = stream_types[n] FOR UPDATE;
            END IF;
            keys[n] := found_key;
            nexts[n] := found_next;
        -- Who makes a stream holds this lock, so that nobody has to wait at its unique key.
        ELSIF pg_try_advisory_xact_lock(hashtextextended(stream_types[n] || '::' || stream_ids[n], salt)) THEN
            held[n] := EXISTS (SELECT FROM evgen.streams t
                WHERE t.aggregate_id = stream_ids[n] AND t.aggregate_type = stream_types[n]);
        ELSE
            held[n] := true;
        END IF;
    END LOOP;

    before := array_fill(NULL::bigint, ARRAY[cardinality(entry_append)]);
    FOR e IN 1 .. cardinality(entry_append) LOOP
        IF e = 1 OR entry_append[e] <> entry_append[e - 1] THEN
            start := e;
            refused := 0;
            status[entry_append[e]] := 0;
            at_entry[entry_append[e]] := e;
            actual[entry_append[e]] := NULL;
        END IF;
        first_version[e] := 0;
        next_version[e] := 0;
        first_position[e] := 0;
        CONTINUE WHEN refused > 0;
        s := entry_stream[e];
        was := nexts[s];
        IF held[s] THEN
            refused := 2;
        ELSIF (entry_kind[e] = 1 AND was IS NOT NULL)
            OR (entry_kind[e] = 2 AND coalesce(was, 0) <> entry_expected[e]) THEN
            refused := 1;
        END IF;
        IF refused > 0 THEN
            status[entry_append[e]] := refused;
            at_entry[entry_append[e]] := e;
            actual[entry_append[e]] := was;
            -- What its earlier entries have counted.
            FOR back IN REVERSE e - 1 .. start LOOP
                IF taken[back] THEN
                    taken[back] := false;
                    nexts[entry_stream[back]] := before[back];
                    total := total - entry_count[back];
                END IF;
            END LOOP;
            CONTINUE;
        END IF;
        IF entry_count[e] = 0 THEN
            first_version[e] := coalesce(was, 0);
            next_version[e] := first_version[e];
            CONTINUE;
        END IF;
        before[e] := was;
        taken[e] := true;
        touched[s] := true;
        base[e] := coalesce(was, entry_start[e], 0);
        first_version[e] := coalesce(entry_start[e], was, 0);
        next_version[e] := base[e] + entry_count[e];
        nexts[s] := next_version[e];
        first_position[e] := total + 1;
        total := total + entry_count[e];
    END LOOP;

    IF total = 0 THEN
        SELECT h.position INTO head FROM evgen.head h WHERE h.one;
        RETURN;
    END IF;

    FOR n IN 1 .. cardinality(stream_types) LOOP
        -- Without a next version: of a refused append.
        CONTINUE WHEN NOT touched[n] OR nexts[n] IS NULL;
        IF keys[n] IS NOT NULL THEN
            existing := existing + 1;
            found_key := keys[n];
            found_next := nexts[n];
        ELSE
            INSERT INTO evgen.streams (aggregate_type, aggregate_id, next_version)
            VALUES (stream_types[n], stream_ids[n], nexts[n]) RETURNING id INTO made;
            keys[n] := made;
            touched[n] := false;
        END IF;
    END LOOP;
    IF existing = 1 THEN
        UPDATE evgen.streams t SET next_version = found_next WHERE t.id = found_key;
    ELSIF existing > 1 THEN
        UPDATE evgen.streams t SET next_version = k.next_version
        FROM unnest(keys, nexts, touched) AS k (id, next_version, touched)
        WHERE t.id = k.id AND k.touched;
    END IF;

    IF later THEN
        INSERT INTO evgen.pending (stream, version, create_date, checksum, event_version, event_id, event_type,
                                   aggregate_type, aggregate_id, payload, payload_avro, metadata)
        SELECT array_agg(keys[entry_stream[v.entry]] ORDER BY v.ord),
               array_agg(coalesce(v.named, base[v.entry] + v.k) ORDER BY v.ord),
               array_agg(v.create_date ORDER BY v.ord),
               array_agg(v.checksum # coalesce(v.named, base[v.entry] + v.k) ORDER BY v.ord),
               array_agg(v.event_version ORDER BY v.ord), array_agg(v.event_id ORDER BY v.ord),
               array_agg(v.event_type ORDER BY v.ord),
               array_agg(stream_types[entry_stream[v.entry]] ORDER BY v.ord),
               array_agg(stream_ids[entry_stream[v.entry]] ORDER BY v.ord),
               array_agg(v.payload ORDER BY v.ord), array_agg(v.payload_avro ORDER BY v.ord),
               array_agg(v.metadata ORDER BY v.ord)
        FROM unnest(event_entry, event_offset, event_named, event_dates, event_checksums, event_versions, event_ids,
                    event_types, event_json, event_avro, event_metadata) WITH ORDINALITY
            AS v (entry, k, named, create_date, checksum, event_version, event_id, event_type, payload, payload_avro,
                  metadata, ord)
        WHERE taken[v.entry]
        RETURNING id INTO pending_id;
        head := 0;
        first_position := array_fill(0::bigint, ARRAY[cardinality(entry_append)]);
        RETURN;
    END IF;

    UPDATE evgen.head h SET position = h.position + total WHERE h.one RETURNING h.position INTO head;
    origin := head - total;
    INSERT INTO evgen.events (position, stream, version, create_date, checksum, event_version, event_id, event_type,
                              aggregate_type, aggregate_id, payload, payload_avro, metadata, big)
    SELECT origin + first_position[v.entry] + v.k, keys[entry_stream[v.entry]],
           coalesce(v.named, base[v.entry] + v.k), v.create_date,
           v.checksum # coalesce(v.named, base[v.entry] + v.k), v.event_version, v.event_id, v.event_type,
           stream_types[entry_stream[v.entry]], stream_ids[entry_stream[v.entry]],
           v.payload::json, v.payload_avro, v.metadata::json,
           evgen.is_big_1(v.payload, v.payload_avro, v.metadata)
    FROM unnest(event_entry, event_offset, event_named, event_dates, event_checksums, event_versions, event_ids,
                event_types, event_json, event_avro, event_metadata)
        AS v (entry, k, named, create_date, checksum, event_version, event_id, event_type, payload, payload_avro, metadata)
    WHERE taken[v.entry];
    FOR e IN 1 .. cardinality(entry_append) LOOP
        IF taken[e] THEN
            first_position[e] := origin + first_position[e];
        END IF;
    END LOOP;
END
$$;
