SELECT key, value FROM evgen.notes
WHERE key >= $1 AND key < $2 AND ($3::text IS NULL OR key > $3)
ORDER BY key LIMIT $4
