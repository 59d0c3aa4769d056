-- djangoevents' own table, as its migrations make it on PostgreSQL.
CREATE TABLE django.event_journal (
    id                serial PRIMARY KEY,
    event_id          varchar(255) NOT NULL,
    event_type        varchar(255) NOT NULL,
    event_data        text NOT NULL,
    aggregate_id      varchar(255) NOT NULL,
    aggregate_type    varchar(255) NOT NULL,
    aggregate_version integer NOT NULL,
    create_date       timestamptz NOT NULL,
    metadata          text NOT NULL,
    _module_name      varchar(255) NOT NULL,
    _class_name       varchar(255) NOT NULL,
    _stored_entity_id varchar(255) NOT NULL,
    event_version     integer NULL,
    CONSTRAINT event_journal_aggregate_id_3065e510_uniq UNIQUE (aggregate_id, aggregate_type, aggregate_version)
);
CREATE INDEX event_journal_38c57d81 ON django.event_journal (aggregate_id);
CREATE INDEX event_journal_4437cfac ON django.event_journal (event_id);
CREATE INDEX event_journal__stored_entity_id_b0e70617_uniq ON django.event_journal (_stored_entity_id);
CREATE INDEX event_journal_aggregate_id_58696e71_like ON django.event_journal (aggregate_id varchar_pattern_ops);
CREATE INDEX event_journal_event_id_0092e8fa_like ON django.event_journal (event_id varchar_pattern_ops);
CREATE INDEX event_journal__stored_entity_id_b0e70617_like ON django.event_journal (_stored_entity_id varchar_pattern_ops);
