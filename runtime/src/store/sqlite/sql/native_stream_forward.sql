-- The index that is in the order of the journal: rows are taken as they are stepped through, and cannot be sorted later. It is
-- entered at the row behind which to go on, or at a bound; where versions are not places, bounds are only looked at.
SELECT 1
FROM evgen_streams s CROSS JOIN evgen_events e INDEXED BY evgen_events_of_stream
WHERE s.aggregate_type = ?1 AND s.aggregate_id = ?2 AND e.stream = s.id
  AND e.version >= max(coalesce((SELECT version FROM evgen_events NOT INDEXED WHERE position BETWEEN ?3 AND ?3 + 1 AND stream = s.id
                                 ORDER BY position ASC LIMIT 1),
                                -9223372036854775808),
                       iif(s.odd, -9223372036854775808, ?4))
  AND e.version < iif(s.odd, 9223372036854775807, ?5)
  AND e.position > ?3
  AND CASE WHEN coalesce(e.named, e.version) >= ?4 AND coalesce(e.named, e.version) < ?5
            AND e.create_date BETWEEN ?6 AND ?7 THEN evgen_take(ROW) END
ORDER BY e.version ASC
