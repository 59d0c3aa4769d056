SELECT _module_name, _class_name, event_type, count(*), count(*) - count(event_version),
       sum(id IN (SELECT min(id) FROM event_journal GROUP BY aggregate_type, aggregate_id)), max(id)
FROM event_journal
GROUP BY _module_name, _class_name, event_type
ORDER BY min(id)
