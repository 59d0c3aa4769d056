-- Puts everything in schema `made` in place of what has the same names in schema `place`: tables, views, sequences, functions,
-- types. It lives as long as the connection. Who may use a table or view may use its successor. Fails where something else depends on what is to go.
CREATE OR REPLACE FUNCTION pg_temp.evgen_switch(made text, place text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    o record;
    g record;
    acls jsonb := '[]';
BEGIN
    -- Views first, since they depend on tables; indexes, and sequences of columns, go with their tables.
    FOR o IN
        SELECT c.relname, old.relacl, old.oid AS old,
               CASE old.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                                ELSE 'TABLE' END AS kind
        FROM pg_class c
        JOIN pg_class old ON old.relname = c.relname AND old.relnamespace = quote_ident(place)::regnamespace
        WHERE c.relnamespace = quote_ident(made)::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND old.relkind IN ('r', 'p', 'v', 'm', 'S')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = old.oid
                          AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))
        ORDER BY old.relkind NOT IN ('v', 'm'), old.relkind = 'S', old.oid DESC
    LOOP
        FOR g IN SELECT a.grantee, a.privilege_type, a.is_grantable, r.rolname
                 FROM aclexplode(o.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
        LOOP
            acls := acls || jsonb_build_object('on', o.relname, 'kind', o.kind, 'what', g.privilege_type,
                'to', CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(g.rolname) END, 'grantable', g.is_grantable);
        END LOOP;
        EXECUTE format('DROP %s %I.%I', o.kind, place, o.relname);
    END LOOP;
    FOR o IN
        SELECT p.oid::regprocedure::text AS signature, p.proname,
               pg_get_function_identity_arguments(p.oid) AS arguments
        FROM pg_proc p WHERE p.pronamespace = quote_ident(made)::regnamespace
    LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %I.%I(%s)', place, o.proname, o.arguments);
        EXECUTE format('ALTER ROUTINE %s SET SCHEMA %I', o.signature, place);
    END LOOP;
    FOR o IN
        SELECT t.typname, t.typtype FROM pg_type t
        WHERE t.typnamespace = quote_ident(made)::regnamespace AND t.typtype IN ('e', 'd')
    LOOP
        EXECUTE format('DROP TYPE IF EXISTS %I.%I', place, o.typname);
        EXECUTE format('ALTER TYPE %I.%I SET SCHEMA %I', made, o.typname, place);
    END LOOP;
    FOR o IN
        SELECT c.relname, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                                         ELSE 'TABLE' END AS kind
        FROM pg_class c
        WHERE c.relnamespace = quote_ident(made)::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                          AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))
    LOOP
        EXECUTE format('ALTER %s %I.%I SET SCHEMA %I', o.kind, made, o.relname, place);
    END LOOP;
    FOR g IN SELECT a->>'on' AS "on", a->>'what' AS what, a->>'to' AS "to", a->>'kind' AS kind,
                    (a->>'grantable')::boolean AS grantable
             FROM jsonb_array_elements(acls) a
    LOOP
        EXECUTE format('GRANT %s ON %s %I.%I TO %s%s', g.what, CASE g.kind WHEN 'SEQUENCE' THEN 'SEQUENCE' ELSE 'TABLE' END,
                       place, g."on", g."to", CASE WHEN g.grantable THEN ' WITH GRANT OPTION' ELSE '' END);
    END LOOP;
END
$$;
