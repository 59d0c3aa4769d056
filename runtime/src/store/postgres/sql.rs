//! The statements, for the schema that the store is in. In the files evgen's tables are called `evgen.…`, and the table of
//! djangoevents `django.event_journal`.

use std::sync::Arc;

use sqlx::AssertSqlSafe;

/// One statement.
#[derive(Clone)]
pub(super) struct Text(Arc<str>);

impl Text {
    /// For `sqlx::query`: made of our own texts and a checked name.
    pub(super) fn get(&self) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.0))
    }
}

/// Where the tables of a store are.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) schema: String,
    /// Whether the journal is djangoevents': evgen's own tables then stand beside it, as `evgen_notes` and so on.
    pub(super) django: bool,
}

impl Names {
    /// A statement with the names of this store's tables.
    pub(super) fn text(&self, text: &str) -> String {
        let schema = &self.schema;
        let own = match self.django {
            false => format!("{schema}."),
            true => format!("{schema}.evgen_"),
        };
        text.replace("evgen.", &own)
            .replace("django.", &format!("{schema}."))
    }
}

macro_rules! statements {
    ($($name:ident: $text:expr),* $(,)?) => {
        /// All statements of a store.
        pub(super) struct Sql {
            $(pub(super) $name: Text,)*
            /// For one event, for two, and so on.
            pub(super) append_one: Vec<Text>,
        }

        impl Sql {
            pub(super) fn new(names: &Names) -> Self {
                Self {
                    $($name: Text(names.text($text).into()),)*
                    append_one: super::append_one::texts(names).map(|text| Text(text.into())).collect(),
                }
            }
        }
    };
}

statements! {
    append: "SELECT * FROM evgen.append_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
             $18, $19, $20, $21)",
    place: "SELECT evgen.place_2($1, $2::text::jsonb)",
    share: "SELECT evgen.share_2($1::text::jsonb)",
    are_behind: "SELECT evgen.are_behind_2($1::text::jsonb)",
    folded: "UPDATE evgen.pending SET folded = $2::text::jsonb WHERE id = $1",
    append_group: include_str!("sql/append_group.sql"),
    notify: "SELECT pg_notify('evgen.events', $1)",
    head: "SELECT position FROM evgen.head WHERE one",
    stream_forward: include_str!("sql/native_stream_forward.sql"),
    stream_backward: include_str!("sql/native_stream_backward.sql"),
    all_forward: include_str!("sql/native_all_forward.sql"),
    all_backward: include_str!("sql/native_all_backward.sql"),
    some_forward: include_str!("sql/native_some_forward.sql"),
    some_backward: include_str!("sql/native_some_backward.sql"),
    at: include_str!("sql/native_at.sql"),
    by_event_ids: include_str!("sql/native_by_event_ids.sql"),
    next_at: include_str!("sql/native_next_at.sql"),
    next_version: "SELECT least(version, 9223372036854775806) + 1 FROM evgen.events \
                   WHERE aggregate_type = $1 AND aggregate_id = $2 \
                   ORDER BY aggregate_id DESC, aggregate_type DESC, version DESC LIMIT 1",
    row_of_version: include_str!("sql/native_row_of_version.sql"),
    load_snapshot: include_str!("sql/load_snapshot.sql"),
    save_snapshot: include_str!("sql/save_snapshot.sql"),
    load_notes: include_str!("sql/load_notes.sql"),
    save_notes: "SELECT place, actual FROM evgen.save_notes_1($1, $2, $3, $4)",
    lock_note: "SELECT pg_advisory_xact_lock(hashtextextended($1, 'evgen.notes'::regclass::oid::bigint))",
    make_switch: include_str!("sql/make_switch.sql"),
    switch: "SELECT pg_temp.evgen_switch($1, $2)",
    load_schemas: "SELECT event_type, event_version, fingerprint, schema::text, types::text FROM evgen.schemas \
                   ORDER BY event_type, event_version",
    save_schemas: include_str!("sql/save_schemas.sql"),
    has_own_tables: "SELECT to_regclass('evgen.migrations') IS NOT NULL",
    django_settle: include_str!("sql/django_settle.sql"),
    django_stream_forward: include_str!("sql/django_stream_forward.sql"),
    django_stream_backward: include_str!("sql/django_stream_backward.sql"),
    django_all_forward: include_str!("sql/django_all_forward.sql"),
    django_all_backward: include_str!("sql/django_all_backward.sql"),
    django_at: include_str!("sql/django_at.sql"),
    django_by_event_ids: include_str!("sql/django_by_event_ids.sql"),
    django_next_at: include_str!("sql/django_next_at.sql"),
    django_insert: include_str!("sql/django_insert.sql"),
    django_row_of_version: include_str!("sql/django_row_of_version.sql"),
    django_last: "SELECT coalesce(max(id), 0)::bigint FROM django.event_journal",
    note_command: include_str!("sql/note_command.sql"),
    find_command: include_str!("sql/find_command.sql"),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(schema: &str, django: bool) -> Names {
        let schema = schema.to_owned();
        Names { schema, django }
    }

    #[test]
    fn the_schema_takes_the_place_of_evgen() {
        let shop = names("shop", false);
        let sql = Sql::new(&shop);
        assert_eq!(&*sql.head.0, "SELECT position FROM shop.head WHERE one");
        for text in [
            include_str!("sql/append_1.sql"),
            include_str!("sql/place_1.sql"),
            include_str!("sql/notes_1.sql"),
        ] {
            assert!(!shop.text(text).contains("evgen"));
        }
    }

    #[test]
    fn own_tables_stand_beside_djangos() {
        let sql = Sql::new(&names("public", true));
        assert!(sql.load_notes.0.contains(" public.evgen_notes\n"));
        assert!(sql.django_last.0.ends_with(" public.event_journal"));
    }
}
