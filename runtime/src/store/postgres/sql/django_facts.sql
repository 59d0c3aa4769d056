-- Who we are, what we may do with table $1, how many ids its sequence gives at a time, which sequence we may not use, and
-- whether versions have their unique key.
WITH sequences AS (
    SELECT p.refobjid AS oid FROM pg_catalog.pg_attrdef d
    JOIN pg_catalog.pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_class'::regclass
    WHERE d.adrelid = $1
    UNION
    SELECT p.objid FROM pg_catalog.pg_depend p
    WHERE p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass AND p.refobjid = $1 AND p.deptype = 'i'
)
SELECT current_user::text,
       (SELECT has_schema_privilege(c.relnamespace, 'USAGE') FROM pg_catalog.pg_class c WHERE c.oid = $1),
       has_table_privilege($1, 'SELECT'),
       (SELECT max(s.seqcache) FROM pg_catalog.pg_sequence s JOIN sequences q ON q.oid = s.seqrelid),
       has_table_privilege($1, 'INSERT'),
       (SELECT min(s.seqrelid::regclass::text) FROM pg_catalog.pg_sequence s JOIN sequences q ON q.oid = s.seqrelid
        WHERE NOT has_sequence_privilege(s.seqrelid, 'USAGE')),
       EXISTS (
           SELECT FROM pg_catalog.pg_index i
           WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
             AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text) FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = $1 AND a.attnum = ANY(i.indkey))
                 = ARRAY['aggregate_id', 'aggregate_type', 'aggregate_version']
       )
