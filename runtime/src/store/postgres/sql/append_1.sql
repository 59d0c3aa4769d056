-- Appends a group in one statement. Every append of it is stored whole, or refused alone.
--
-- Order of locks: those of the streams (sorted by the caller), and the row of `head` last.
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
    nexts bigint[];
    before bigint[];
    held boolean[] := array_fill(false, ARRAY[cardinality(stream_types)]);
    taken boolean[] := array_fill(false, ARRAY[cardinality(entry_append)]);
    base bigint[] := array_fill(0::bigint, ARRAY[cardinality(entry_append)]);
    total integer := 0;
    s integer;
    back integer;
    start integer := 1;
    was bigint;
    refused integer;
    origin bigint;
    doubled text;
BEGIN
    IF later AND current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'an append needs the isolation level READ COMMITTED' USING ERRCODE = '40001';
    END IF;
    FOR n IN 1 .. cardinality(stream_types) LOOP
        IF wait THEN
            PERFORM pg_advisory_xact_lock(evgen.lock_of_1(stream_types[n], stream_ids[n]));
        ELSE
            held[n] := NOT pg_try_advisory_xact_lock(evgen.lock_of_1(stream_types[n], stream_ids[n]));
        END IF;
    END LOOP;
    -- A statement of its own: it sees what those have stored who held the locks before.
    SELECT array_agg((SELECT least(e.version, 9223372036854775806) + 1 FROM evgen.events e
                      WHERE e.aggregate_id = k.aggregate_id AND e.aggregate_type = k.aggregate_type
                      ORDER BY e.version DESC LIMIT 1) ORDER BY k.n) INTO nexts
    FROM unnest(stream_types, stream_ids) WITH ORDINALITY AS k (aggregate_type, aggregate_id, n);
    IF later THEN
        -- Earlier appends of this transaction: rows of others are never seen here.
        SELECT array_agg(greatest(k.next, (
                   SELECT max(v.version) + 1 FROM evgen.pending p,
                       unnest(p.aggregate_type, p.aggregate_id, p.version) AS v (aggregate_type, aggregate_id, version)
                   WHERE v.aggregate_id = k.aggregate_id AND v.aggregate_type = k.aggregate_type)) ORDER BY k.n) INTO nexts
        FROM unnest(stream_types, stream_ids, nexts) WITH ORDINALITY AS k (aggregate_type, aggregate_id, next, n);
    END IF;

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

    -- Where versions are not places, one may be taken by another event of the stream. Events with both of them the same are told
    -- apart by the unique key.
    IF array_remove(event_named, NULL) <> '{}' OR EXISTS (
        SELECT FROM unnest(stream_types, stream_ids) AS k (aggregate_type, aggregate_id)
        JOIN evgen.events o ON o.aggregate_id = k.aggregate_id AND o.aggregate_type = k.aggregate_type AND o.named IS NOT NULL
    ) THEN
        WITH new AS (
            SELECT entry_stream[v.entry] AS stream, coalesce(v.named, base[v.entry] + v.k) AS version
            FROM unnest(event_entry, event_offset, event_named) AS v (entry, k, named)
            WHERE taken[v.entry]
        ), stored AS (
            SELECT new.version FROM new
            JOIN evgen.events o ON o.aggregate_id = stream_ids[new.stream] AND o.aggregate_type = stream_types[new.stream]
                AND o.version = new.version AND o.named IS NULL
            UNION ALL
            SELECT new.version FROM new
            JOIN evgen.events o ON o.aggregate_id = stream_ids[new.stream] AND o.aggregate_type = stream_types[new.stream]
                AND o.named = new.version
            UNION ALL
            SELECT new.version FROM new
            JOIN evgen.pending p ON later
            JOIN unnest(p.aggregate_type, p.aggregate_id, p.version, p.named) AS o (aggregate_type, aggregate_id, version, named)
                ON o.aggregate_id = stream_ids[new.stream] AND o.aggregate_type = stream_types[new.stream]
                AND coalesce(o.named, o.version) = new.version
            UNION ALL
            SELECT new.version FROM new GROUP BY new.stream, new.version HAVING count(*) > 1
        )
        SELECT stored.version::text INTO doubled FROM stored LIMIT 1;
        IF FOUND THEN
            RAISE unique_violation USING MESSAGE = 'version ' || doubled || ' of a stream is taken';
        END IF;
    END IF;

    IF later THEN
        INSERT INTO evgen.pending (version, named, create_date, checksum, event_version, event_id, event_type,
                                   aggregate_type, aggregate_id, payload, payload_avro, metadata)
        SELECT array_agg(base[v.entry] + v.k ORDER BY v.ord),
               array_agg(nullif(v.named, base[v.entry] + v.k) ORDER BY v.ord),
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
    INSERT INTO evgen.events (position, version, named, create_date, checksum, event_version, event_id, event_type,
                              aggregate_type, aggregate_id, payload, payload_avro, metadata, big)
    SELECT origin + first_position[v.entry] + v.k, base[v.entry] + v.k, nullif(v.named, base[v.entry] + v.k), v.create_date,
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
