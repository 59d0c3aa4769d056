-- Projections that are part of appends (`delivery: transactional`). Each is described by its checkpoint's key and by what it
-- takes: {"checkpoint": …, "aggregates": […], "types": […], "events": […]}; `types` and `events` go in pairs.
--
-- Appends that fold hold the checkpoint's advisory lock shared, until their transaction ends; who folds what others have stored
-- past it, or makes the read model anew, holds it alone (`save_notes_1` takes it). So nobody folds an event before one that stands
-- before it in its stream. The checkpoint itself is moved by who holds `head`.

-- What has folded the events of an append in a caller's transaction.
ALTER TABLE evgen.pending ADD COLUMN folded jsonb;

-- Whether an event up to a position is not folded: stored by a build that does not know the projection.
CREATE FUNCTION evgen.is_behind_2(projection jsonb, until bigint) RETURNS boolean LANGUAGE plpgsql
SET enable_seqscan = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    finished bigint;
BEGIN
    SELECT t.value::bigint INTO finished FROM evgen.notes t WHERE t.key = projection->>'checkpoint';
    RETURN finished IS NULL OR EXISTS (
        SELECT FROM evgen.events e
        WHERE e.position > finished AND e.position <= until
          AND (e.aggregate_type IN (SELECT jsonb_array_elements_text(projection->'aggregates'))
               OR (e.aggregate_type, e.event_type) IN (
                   SELECT a.value, b.value
                   FROM jsonb_array_elements_text(projection->'types') WITH ORDINALITY a
                   JOIN jsonb_array_elements_text(projection->'events') WITH ORDINALITY b USING (ordinality)))
    );
END
$$;

-- Whether one of them is behind what is committed.
CREATE FUNCTION evgen.are_behind_2(projections jsonb) RETURNS boolean LANGUAGE sql AS $$
    SELECT coalesce(bool_or(evgen.is_behind_2(p, 9223372036854775807)), false) FROM jsonb_array_elements(projections) p
$$;

-- Begins to fold: from here to the end of the transaction nobody else brings them up to date. False: one is behind.
CREATE FUNCTION evgen.share_2(projections jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    salt bigint := 'evgen.notes'::regclass::oid::bigint;
    projection jsonb;
BEGIN
    FOR projection IN SELECT jsonb_array_elements(projections) LOOP
        PERFORM pg_advisory_xact_lock_shared(hashtextextended(projection->>'checkpoint', salt));
    END LOOP;
    RETURN NOT evgen.are_behind_2(projections);
END
$$;

-- Gives appends of `pending` their positions, in that order, and moves the checkpoints of what has folded them: the last thing
-- before the transaction commits. `projections`: those; NULL: as each row says, and others are notified.
-- Answers with the position of the first event; NULL where they have got them already.
CREATE FUNCTION evgen.place_2(appends bigint[], projections jsonb) RETURNS bigint LANGUAGE plpgsql
SET enable_seqscan = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    p evgen.pending;
    total bigint;
    head bigint;
    origin bigint;
    next bigint;
    append bigint;
    projection jsonb;
BEGIN
    SELECT sum(cardinality(w.version)) INTO total FROM evgen.pending w WHERE w.id = ANY(appends);
    IF total IS NULL THEN
        RETURN NULL;
    END IF;
    UPDATE evgen.head h SET position = h.position + total WHERE h.one RETURNING h.position INTO head;
    origin := head - total;
    next := origin;
    FOREACH append IN ARRAY appends LOOP
        DELETE FROM evgen.pending d WHERE d.id = append RETURNING * INTO p;
        CONTINUE WHEN NOT FOUND;
        INSERT INTO evgen.events (position, version, named, create_date, checksum, event_version, event_id, event_type,
                                  aggregate_type, aggregate_id, payload, payload_avro, metadata, big)
        SELECT next + v.ord, v.version, v.named, v.create_date, v.checksum, v.event_version, v.event_id, v.event_type,
               v.aggregate_type, v.aggregate_id, v.payload::json, v.payload_avro, v.metadata::json,
               evgen.is_big_1(v.payload, v.payload_avro, v.metadata)
        FROM unnest(p.version, p.named, p.create_date, p.checksum, p.event_version, p.event_id, p.event_type,
                    p.aggregate_type, p.aggregate_id, p.payload, p.payload_avro, p.metadata) WITH ORDINALITY
            AS v (version, named, create_date, checksum, event_version, event_id, event_type, aggregate_type,
                  aggregate_id, payload, payload_avro, metadata, ord);
        next := next + cardinality(p.version);
    END LOOP;
    FOR projection IN SELECT jsonb_array_elements(coalesce(projections, p.folded)) LOOP
        IF evgen.is_behind_2(projection, origin) THEN
            RAISE EXCEPTION 'the read model of % is behind', projection->>'checkpoint'
                USING ERRCODE = '40001', CONSTRAINT = 'evgen_behind';
        END IF;
        UPDATE evgen.notes t SET value = head::text WHERE t.key = projection->>'checkpoint';
    END LOOP;
    IF projections IS NULL THEN
        PERFORM pg_notify('evgen.events', head::text);
    END IF;
    RETURN origin + 1;
END
$$;

CREATE OR REPLACE FUNCTION evgen.place_pending_1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM evgen.place_2(ARRAY[NEW.id], NULL);
    RETURN NULL;
END
$$;
