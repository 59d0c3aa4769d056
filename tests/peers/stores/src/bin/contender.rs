//! One contender of the benches, told by stdin what to do: `contender NAME DATABASE`.

use std::path::Path;

use evgen_runtime::PayloadFormat::{Avro, Json};
use evgen_runtime::prelude::*;
use evgen_runtime::store::postgres::PostgresStore;
use evgen_store_peers::hand_peer::{Grouping, Raw};
use evgen_store_peers::hand_postgres;
use evgen_store_peers::orders::serve;
use evgen_store_peers::ours::{Ours, Scan};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, database] = &arguments[..] else {
        eprintln!("usage: contender NAME DATABASE");
        std::process::exit(2);
    };
    let path = Path::new(database);
    let sqlite = || async { SqliteStore::open(path).await.expect("it opens") };
    let postgres = || async {
        let builder = PostgresStore::builder(database.as_str()).migrate_at_start(true);
        builder.connect().await.expect("the server answers")
    };
    match name.as_str() {
        "rusqlite" => serve(Raw::open(path)).await,
        "group" => serve(Grouping::open(path)).await,
        "sqlite-json" => serve(Ours::on(sqlite().await, Json, Scan::Pages).await).await,
        "sqlite-avro" => serve(Ours::on(sqlite().await, Avro, Scan::Pages).await).await,
        "sqlite-json-stream" => serve(Ours::on(sqlite().await, Json, Scan::Stream).await).await,
        "sqlite-avro-stream" => serve(Ours::on(sqlite().await, Avro, Scan::Stream).await).await,
        "tokio-postgres" => serve(hand_postgres::Raw::open(database).await).await,
        "postgres-json" => serve(Ours::on(postgres().await, Json, Scan::Pages).await).await,
        "postgres-avro" => serve(Ours::on(postgres().await, Avro, Scan::Pages).await).await,
        other => panic!("no contender `{other}`"),
    }
}
