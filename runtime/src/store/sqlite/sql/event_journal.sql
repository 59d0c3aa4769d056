CREATE TABLE "event_journal" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "event_id" varchar(255) NOT NULL, "event_type" varchar(255) NOT NULL, "event_data" text NOT NULL, "aggregate_id" varchar(255) NOT NULL, "aggregate_type" varchar(255) NOT NULL, "aggregate_version" integer NOT NULL, "create_date" datetime NOT NULL, "metadata" text NOT NULL, "_module_name" varchar(255) NOT NULL, "_class_name" varchar(255) NOT NULL, "event_version" integer NULL, "_stored_entity_id" varchar(255) NOT NULL);
CREATE UNIQUE INDEX "event_journal_aggregate_id_3065e510_uniq" ON "event_journal" ("aggregate_id", "aggregate_type", "aggregate_version");
CREATE INDEX "event_journal_4437cfac" ON "event_journal" ("event_id");
CREATE INDEX "event_journal_38c57d81" ON "event_journal" ("aggregate_id");
CREATE INDEX "event_journal_aca7d4d5" ON "event_journal" ("_stored_entity_id");
