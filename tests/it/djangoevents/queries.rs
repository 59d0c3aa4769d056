//! djangoevents' ways to read events, asked of a repository: the same answers.

use std::collections::HashMap;

use evgen_runtime::rusqlite::Connection;
use evgen_runtime::store::sqlite::Layout;
use evgen_runtime::{App, Timestamp};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::repositories::{Wanted, repository};
use super::{Journal, app, cases};

/// When each event was made, by its id: djangoevents' bounds are event ids.
type Times = HashMap<String, Timestamp>;

#[tokio::test]
async fn get_entity_events_answers_as_djangoevents() {
    check("stored_event_repo.get_entity_events", 112).await;
}

#[tokio::test]
async fn the_most_recent_event_is_the_first_from_the_end() {
    check("stored_event_repo.get_most_recent_event", 42).await;
}

#[tokio::test]
async fn an_event_is_found_by_its_version() {
    check("stored_event_repo.get_entity_version", 42).await;
}

#[tokio::test]
async fn get_entity_until_is_get_at_a_time() {
    check("repo.get_entity", 56).await;
}

#[tokio::test]
async fn fastforward_is_get() {
    check("repo.fastforward(repo.get_entity(id, until=...))", 56).await;
}

/// Asks all cases of one call.
async fn check(call: &str, count: usize) {
    let (Some(journal), Some(queries)) = (
        Journal::copy("public_journal.sqlite3"),
        cases("public_queries.json"),
    ) else {
        return;
    };
    let app = app(&journal.path, Layout::djangoevents(), true).await;
    let calls = |asked: &str| asked == call;
    assert_eq!(ask_all(&app, &journal, &queries, calls).await, count);
}

/// Asks the cases of those calls, and says how many there were.
pub(super) async fn ask_all(
    app: &App,
    journal: &Journal,
    queries: &Value,
    calls: impl Fn(&str) -> bool,
) -> usize {
    let times = times(journal);
    let mut asked = 0;
    for query in queries.as_array().unwrap() {
        if calls(query["call"].as_str().unwrap()) {
            asked += 1;
            let answer = ask(app, &times, query).await;
            assert_eq!(answer, Ok(()), "{query}");
        }
    }
    asked
}

/// Asks one query; an error says what came instead.
async fn ask(app: &App, times: &Times, query: &Value) -> Result<(), String> {
    let (aggregate_type, id) = match query["stored_entity_id"].as_str() {
        Some(stored) => stored.split_once("::").unwrap(),
        None => (
            query["aggregate_type"].as_str().unwrap(),
            query["aggregate_id"].as_str().unwrap(),
        ),
    };
    let repository = repository(app, aggregate_type);
    let (given, expected) = (&query["kwargs"], &query["result"]);
    let time = |key: &str| given.get(key).map(|id| times[id.as_str().unwrap()]);
    let ascending = |key: &str| given.get(key).is_none_or(|value| value == true);
    let mut wanted = Wanted {
        after: time("after"),
        until: time("until"),
        ..Wanted::default()
    };
    match query["call"].as_str().unwrap() {
        "stored_event_repo.get_entity_events" => {
            wanted.newest_first = !ascending("query_ascending");
            wanted.limit = given
                .get("limit")
                .map(|limit| usize::try_from(limit.as_u64().unwrap()).unwrap());
            let newest_first = wanted.newest_first;
            let found = repository.events(id, wanted).await.unwrap();
            let mut versions: Vec<_> = found.into_iter().map(|(version, _)| version).collect();
            // evgen gives events in the order in which they were asked for.
            if newest_first == ascending("results_ascending") {
                versions.reverse();
            }
            equal(&json!(versions), expected)
        }
        "stored_event_repo.get_most_recent_event" => {
            wanted.newest_first = true;
            wanted.limit = Some(1);
            let found = repository.events(id, wanted).await.unwrap();
            equal(&json!(found.first().map(|(version, _)| version)), expected)
        }
        "stored_event_repo.get_entity_version" => {
            wanted.version = given["version_number"].as_i64();
            let found = repository.events(id, wanted).await.unwrap();
            let answer = found.first().map(|(version, event_id)| {
                json!([
                    format!("{aggregate_type}::{id}::version::{version}"),
                    event_id.as_str()
                ])
            });
            // Where djangoevents raises EntityVersionDoesNotExist, there is none.
            equal(&json!(answer), expected)
        }
        "repo.get_entity" => {
            let seen = repository.look(id, time("until")).await;
            match seen {
                Ok(seen) if seen.fits(&upcast(expected)) => Ok(()),
                seen => Err(format!("{seen:?}")),
            }
        }
        "repo.fastforward(repo.get_entity(id, until=...))" => {
            let stale = repository.look(id, time("until")).await.unwrap();
            let fresh = repository.look(id, None).await.unwrap();
            equal(&json!(stale.version), &expected["stale_version"])?;
            match fresh.fits(&upcast(&expected["fresh"])) {
                true => Ok(()),
                false => Err(format!("{fresh:?}")),
            }
        }
        other => panic!("no call {other}"),
    }
}

fn equal(answer: &Value, expected: &Value) -> Result<(), String> {
    if answer == expected {
        Ok(())
    } else {
        Err(answer.to_string())
    }
}

/// A state of the queries, with the one name of version 1 as the two of version 2: it was recorded with
/// `ADDS_SCHEMA_VERSION_TO_EVENT_DATA` off, where djangoevents does not upcast.
fn upcast(state: &Value) -> Value {
    let mut state = state.clone();
    if let Some(name) = state["attributes"]["full_name"].as_str() {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        let (first, last) = (json!(first), json!(last));
        state["attributes"]["first_name"] = first;
        state["attributes"]["last_name"] = last;
        state["attributes"]["full_name"] = Value::Null;
    }
    state
}

fn times(journal: &Journal) -> Times {
    let db = Connection::open(&journal.path).unwrap();
    let mut select = db
        .prepare("SELECT event_id, create_date FROM event_journal")
        .unwrap();
    let rows = select
        .query_map([], |row| {
            let date: String = row.get(1)?;
            let time = format!("{}Z", date.replace(' ', "T")).parse().unwrap();
            Ok((row.get(0)?, time))
        })
        .unwrap();
    rows.map(Result::unwrap).collect()
}

/// Times without a zone, through an hour that comes twice: bounds compare as djangoevents compares them.
#[tokio::test]
async fn naive_local_times_are_asked_for_as_in_djangoevents() {
    let (Some(journal), Some(cases)) = (
        Journal::copy("naive_local_journal.sqlite3"),
        cases("naive_local_queries.json"),
    ) else {
        return;
    };
    assert_eq!(cases["settings"]["TIME_ZONE"], "Europe/Warsaw");
    // Its rule, so that the test needs no time zone database.
    let layout = Layout::Djangoevents {
        time_zone: TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap(),
    };
    let app = app(&journal.path, layout, true).await;
    let events = repository(&app, "X509Cert")
        .events("warsaw", Wanted::default())
        .await
        .unwrap();
    let seconds = cases["unix_times"].as_array().unwrap().iter();
    let made = seconds.map(|seconds| {
        let micros = seconds.as_f64().unwrap() * 1e6;
        Timestamp::from_microsecond(format!("{micros:.0}").parse().unwrap()).unwrap()
    });
    let ids = events.iter().map(|(_, id)| id.to_string());
    let times: Times = ids.zip(made).collect();
    let queries = cases["queries"].as_array().unwrap();
    assert_eq!((times.len(), queries.len()), (16, 64));
    for query in queries {
        assert_eq!(ask(&app, &times, query).await, Ok(()), "{query}");
    }
}
