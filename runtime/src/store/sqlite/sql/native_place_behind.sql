-- Where native_stream_whole goes on behind a row of the stream.
SELECT e.version + 1
FROM evgen_events e NOT INDEXED CROSS JOIN evgen_streams s ON s.id = e.stream
WHERE s.aggregate_type = ?1 AND s.aggregate_id = ?2 AND e.position = ?3
