-- Changes notes, all or none. `checked`: the note must be `expected` (NULL: there is none) before; a `value` of NULL removes it.
-- Answers with the place of the first that is not what was expected, and what it is; NULL: done.
--
-- Keys are guarded by advisory locks, since a row that is not there cannot be locked. They are taken in order, so that nobody
-- waits in a circle; notes that are only looked at are shared.
CREATE FUNCTION evgen.save_notes_1(
    keys text[],
    checked boolean[],
    expected text[],
    new_values text[],
    OUT place integer,
    OUT actual text
) LANGUAGE plpgsql AS $$
DECLARE
    salt bigint := 'evgen.notes'::regclass::oid::bigint;
    guard record;
BEGIN
    FOR guard IN
        SELECT hashtextextended(c.key, salt) AS hash,
               bool_and(c.checked AND c.expected IS NOT DISTINCT FROM c.value) AS shared
        FROM unnest(keys, checked, expected, new_values) AS c (key, checked, expected, value)
        GROUP BY 1 ORDER BY 1
    LOOP
        IF guard.shared THEN
            PERFORM pg_advisory_xact_lock_shared(guard.hash);
        ELSE
            PERFORM pg_advisory_xact_lock(guard.hash);
        END IF;
    END LOOP;
    SELECT c.n, t.value INTO place, actual
    FROM unnest(keys, checked, expected) WITH ORDINALITY AS c (key, checked, expected, n)
    LEFT JOIN evgen.notes t ON t.key = c.key
    WHERE c.checked AND t.value IS DISTINCT FROM c.expected
    ORDER BY c.n LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    DELETE FROM evgen.notes t USING unnest(keys, new_values) AS c (key, value)
    WHERE t.key = c.key AND c.value IS NULL;
    INSERT INTO evgen.notes (key, value)
    SELECT c.key, c.value FROM unnest(keys, checked, expected, new_values) AS c (key, checked, expected, value)
    WHERE c.value IS NOT NULL AND NOT (c.checked AND c.expected IS NOT DISTINCT FROM c.value)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;
END
$$;
