-- Both payloads NULL: the event is big, and read alone.
SELECT e.position, e.version, e.create_date, CASE WHEN $9 THEN e.checksum END, e.event_version, e.event_id, e.event_type,
       CASE WHEN NOT e.big THEN e.payload END, CASE WHEN NOT e.big THEN e.payload_avro END,
       CASE WHEN NOT e.big THEN e.metadata END
FROM evgen.events e
-- Written so that whatever the planner believes of the tables, one way is the best for it: the index of a stream in the order
-- of the journal. Its others are to sort a stream for each page of it, and to walk over other streams' events. Hence rows are
-- compared, CASE hides how many events the bounds leave, and the limit is not known to it.
WHERE (e.stream, e.position) > ((SELECT s.id FROM evgen.streams s WHERE s.aggregate_id = $2 AND s.aggregate_type = $1), $3)
  AND (e.stream, e.position) <= ((SELECT s.id FROM evgen.streams s WHERE s.aggregate_id = $2 AND s.aggregate_type = $1), 9223372036854775807)
  AND CASE WHEN e.version >= $4 AND e.version < $5 AND e.create_date >= $6 AND e.create_date <= $7 THEN true ELSE false END
ORDER BY e.stream ASC, e.position ASC LIMIT (SELECT $8::bigint)
