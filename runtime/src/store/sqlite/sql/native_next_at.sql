-- What the stream's next event was to carry when position ?3 was the last. Where the row there is of the stream, it is found at once.
SELECT (SELECT min(e.version, 9223372036854775806) + 1
        FROM evgen_events e INDEXED BY evgen_events_of_stream
        WHERE e.stream = s.id
          AND e.version <= coalesce((SELECT version FROM evgen_events NOT INDEXED WHERE position = ?3 AND stream = s.id),
                                    9223372036854775807)
          AND e.position <= ?3
        ORDER BY e.version DESC LIMIT 1)
FROM evgen_streams s
WHERE s.aggregate_type = ?1 AND s.aggregate_id = ?2
