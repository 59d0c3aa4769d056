-- Gives an append of a caller's transaction its positions: the last thing before that transaction commits.
-- Answers with the position of its first event; NULL where it has got them already.
CREATE FUNCTION evgen.place_1(append bigint) RETURNS bigint LANGUAGE plpgsql
SET enable_seqscan = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    p evgen.pending;
    head bigint;
BEGIN
    DELETE FROM evgen.pending d WHERE d.id = append RETURNING * INTO p;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE evgen.head h SET position = h.position + cardinality(p.version) WHERE h.one RETURNING h.position INTO head;
    INSERT INTO evgen.events (position, version, named, create_date, checksum, event_version, event_id, event_type,
                              aggregate_type, aggregate_id, payload, payload_avro, metadata, big)
    SELECT head - cardinality(p.version) + v.ord, v.version, v.named, v.create_date, v.checksum, v.event_version,
           v.event_id, v.event_type, v.aggregate_type, v.aggregate_id, v.payload::json, v.payload_avro, v.metadata::json,
           evgen.is_big_1(v.payload, v.payload_avro, v.metadata)
    FROM unnest(p.version, p.named, p.create_date, p.checksum, p.event_version, p.event_id, p.event_type,
                p.aggregate_type, p.aggregate_id, p.payload, p.payload_avro, p.metadata) WITH ORDINALITY
        AS v (version, named, create_date, checksum, event_version, event_id, event_type, aggregate_type,
              aggregate_id, payload, payload_avro, metadata, ord);
    PERFORM pg_notify('evgen.events', head::text);
    RETURN head - cardinality(p.version) + 1;
END
$$;

CREATE FUNCTION evgen.place_pending_1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM evgen.place_1(NEW.id);
    RETURN NULL;
END
$$;

-- For callers who commit by themselves. Once per append, not per event.
CREATE CONSTRAINT TRIGGER place_pending AFTER INSERT ON evgen.pending
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION evgen.place_pending_1();
