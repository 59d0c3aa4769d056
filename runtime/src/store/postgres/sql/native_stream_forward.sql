-- Both payloads NULL: the event is big, and read alone.
SELECT e.position, coalesce(e.named, e.version), e.create_date, CASE WHEN $9 THEN e.checksum END, e.event_version, e.event_id,
       e.event_type, CASE WHEN NOT e.big THEN e.payload END, CASE WHEN NOT e.big THEN e.payload_avro END,
       CASE WHEN NOT e.big THEN e.metadata END
FROM evgen.events e
-- Written so that whatever the planner believes of the tables, one way is the best for it: the index of a stream in the order
-- of the journal, entered at the row behind which to go on, or at a bound. Its others are to sort a stream for each page of it,
-- and to walk over other streams' events. Hence rows are compared, CASE hides how many events the bounds leave, and the limit
-- is not known to it. Where versions are not places (`named`), bounds are only looked at.
WHERE (e.aggregate_id, e.aggregate_type, e.version) >= ($2, $1, greatest(
        (SELECT p.version FROM evgen.events p WHERE p.position = $3 AND p.aggregate_id = $2 AND p.aggregate_type = $1),
        CASE WHEN EXISTS (SELECT FROM evgen.events o WHERE o.aggregate_id = $2 AND o.aggregate_type = $1 AND o.named IS NOT NULL)
             THEN -9223372036854775808 ELSE $4 END))
  AND (e.aggregate_id, e.aggregate_type, e.version) <= ($2, $1,
        CASE WHEN EXISTS (SELECT FROM evgen.events o WHERE o.aggregate_id = $2 AND o.aggregate_type = $1 AND o.named IS NOT NULL)
             THEN 9223372036854775807 ELSE $5 END)
  AND CASE WHEN e.position > $3 AND coalesce(e.named, e.version) >= $4 AND coalesce(e.named, e.version) < $5
            AND e.create_date >= $6 AND e.create_date <= $7 THEN true ELSE false END
ORDER BY e.aggregate_id ASC, e.aggregate_type ASC, e.version ASC LIMIT (SELECT $8::bigint)
