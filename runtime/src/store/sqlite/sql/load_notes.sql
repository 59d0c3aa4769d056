SELECT key, value FROM evgen_notes
WHERE key >= ?1 AND key < ?2 AND (?3 IS NULL OR key > ?3)
ORDER BY key LIMIT ?4
