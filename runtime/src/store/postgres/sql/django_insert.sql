-- The database gives the ids, as for Django's own INSERT: whoever is given one holds the table's lock from before.
INSERT INTO django.event_journal (event_id, event_type, event_version, event_data, aggregate_id, aggregate_type,
                                  aggregate_version, create_date, metadata, _module_name, _class_name,
                                  _stored_entity_id)
SELECT e.event_id, e.event_type, e.event_version, e.event_data, e.aggregate_id, e.aggregate_type,
       e.aggregate_version, e.create_date, e.metadata, e.module, e.class, e.aggregate_type || '::' || e.aggregate_id
FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::bigint[],
            $8::timestamptz[], $9::text[], $10::text[], $11::text[]) WITH ORDINALITY
    AS e (event_id, event_type, event_version, event_data, aggregate_id, aggregate_type, aggregate_version, create_date,
          metadata, module, class, n)
ORDER BY e.n
RETURNING id::bigint
