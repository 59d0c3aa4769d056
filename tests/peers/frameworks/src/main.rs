//! Contenders of the benches of `../stores`, which build and start this program: crates for event sourcing, and sqlx by itself.
//!
//!     evgen-store-frameworks CONTENDER DATABASE     a SQLite file, or the URL of an empty PostgreSQL database

mod cqrs;
mod disintegrate;
mod entity;
mod esrs;
#[path = "../../stores/src/orders.rs"]
mod orders;
mod raw;
mod todo;
#[path = "../../stores/src/usage.rs"]
mod usage;

use orders::serve;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [contender, database] = &arguments[..] else {
        eprintln!("usage: evgen-store-frameworks CONTENDER DATABASE");
        std::process::exit(2);
    };
    match contender.as_str() {
        "sqlx-sqlite" => serve(raw::Sqlite::open(database).await).await,
        "cqrs-es-sqlite" => serve(cqrs::Sqlite::open(database).await).await,
        "cqrs-es-postgres" => serve(cqrs::Postgres::open(database).await).await,
        "disintegrate" => serve(disintegrate::Disintegrate::open(database, true).await).await,
        "disintegrate-unvalidated" => {
            serve(disintegrate::Disintegrate::open(database, false).await).await
        }
        "es-entity" => serve(entity::Entities::open(database).await).await,
        "esrs" => serve(esrs::Esrs::open(database).await).await,
        other => panic!("no contender `{other}`"),
    }
}
