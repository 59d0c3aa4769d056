//! The plans that reads get, on a caller's connection with nobody's settings: whatever the server knows of the tables, a page of
//! a stream is read by the index of streams, in its order. A sort would read a whole stream for each page of it, and the
//! journal's own order those of others.

use evgen_runtime::sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};

use super::native;

const FORWARD: &str =
    include_str!("../../../../runtime/src/store/postgres/sql/native_stream_forward.sql");
const BACKWARD: &str =
    include_str!("../../../../runtime/src/store/postgres/sql/native_stream_backward.sql");

/// 20 streams, one of them as long as the others together.
const FILL: &str = "
    INSERT INTO evgen.events (position, version, create_date, checksum, event_id, event_type, aggregate_type, aggregate_id,
                              payload, big)
    SELECT n, row_number() OVER (PARTITION BY s.id ORDER BY n), now(), 0, n::text, 'todo_created', 'Todo', s.id, '{}', false
    FROM generate_series(1, 40000) n, LATERAL (SELECT (CASE n % 2 WHEN 0 THEN 1 ELSE 1 + n % 20 END)::text AS id) s;";

async fn plan(db: &mut PgConnection, bounds: &str) -> String {
    let explain = format!("EXPLAIN EXECUTE page('Todo', '1', {bounds})");
    let rows = db.fetch_all(AssertSqlSafe(explain)).await.unwrap();
    let lines = rows.iter().map(|row| row.get::<String, _>(0));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_page_of_a_stream_is_read_by_its_index() {
    let Some((_store, database)) = native().await else {
        return;
    };
    let mut db = database.connect().await;
    db.execute(FILL).await.unwrap();
    for (statement, from) in [(FORWARD, "39000"), (BACKWARD, "1000")] {
        for analyze in ["SELECT 1", "ANALYZE"] {
            db.execute(analyze).await.unwrap();
            for mode in ["force_custom_plan", "force_generic_plan"] {
                db.execute(AssertSqlSafe(format!("SET plan_cache_mode = {mode}")))
                    .await
                    .unwrap();
                let prepare = format!(
                    "DEALLOCATE ALL; PREPARE page(text, text, bigint, bigint, bigint, timestamptz, timestamptz, bigint, boolean) \
                     AS {statement}"
                );
                db.execute(AssertSqlSafe(prepare)).await.unwrap();
                for bounds in [
                    format!("{from}, 0, 9223372036854775807, '-infinity', 'infinity', 513, false"),
                    format!("{from}, 100, 200, '2020-01-01', '2021-01-01', 1, false"),
                ] {
                    let plan = plan(&mut db, &bounds).await;
                    let by_index = plan.contains("using events_of_stream on events e");
                    assert!(
                        by_index && !plan.contains("Sort"),
                        "{mode}, {bounds}:\n{plan}"
                    );
                }
            }
        }
    }
}
