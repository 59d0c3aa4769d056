-- What the stream's next event was to carry when row ?3 was the last.
SELECT (SELECT aggregate_version FROM event_journal
        WHERE aggregate_id = ?2 AND +aggregate_type = ?1 ORDER BY id LIMIT 1)
       + (SELECT count(*) FROM event_journal
          WHERE aggregate_id = ?2 AND aggregate_type = ?1 AND +id <= ?3)
