//! The statements, for the schema that the store is in. In the files the schema is called `evgen`.

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

/// Puts `schema` in place of `evgen` in a statement.
pub(super) fn in_schema(schema: &str, text: &str) -> String {
    text.replace("evgen.", &format!("{schema}."))
}

macro_rules! statements {
    ($($name:ident: $text:expr),* $(,)?) => {
        /// All statements of a store.
        pub(super) struct Sql {
            $(pub(super) $name: Text,)*
        }

        impl Sql {
            pub(super) fn new(schema: &str) -> Self {
                Self { $($name: Text(in_schema(schema, $text).into()),)* }
            }
        }
    };
}

statements! {
    append: "SELECT * FROM evgen.append_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
             $18, $19, $20, $21)",
    append_one: "SELECT evgen.append_one_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    place: "SELECT evgen.place_1($1)",
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
    next_version: "SELECT next_version FROM evgen.streams WHERE aggregate_type = $1 AND aggregate_id = $2",
    row_of_version: include_str!("sql/native_row_of_version.sql"),
    load_snapshot: include_str!("sql/load_snapshot.sql"),
    save_snapshot: include_str!("sql/save_snapshot.sql"),
    load_notes: include_str!("sql/load_notes.sql"),
    save_notes: "SELECT place, actual FROM evgen.save_notes_1($1, $2, $3, $4)",
    load_schemas: "SELECT event_type, event_version, fingerprint, schema::text, types::text FROM evgen.schemas \
                   ORDER BY event_type, event_version",
    save_schemas: include_str!("sql/save_schemas.sql"),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_takes_the_place_of_evgen() {
        let sql = Sql::new("shop");
        assert_eq!(&*sql.head.0, "SELECT position FROM shop.head WHERE one");
        assert!(!in_schema("shop", include_str!("sql/append_1.sql")).contains("evgen"));
        assert!(!in_schema("shop", include_str!("sql/place_1.sql")).contains("evgen"));
        assert!(!in_schema("shop", include_str!("sql/notes_1.sql")).contains("evgen"));
    }
}
