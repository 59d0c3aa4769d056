//! `projections list|rebuild|parked`.

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::{Console, End};
use crate::app::{App, ParkedError, RebuildError, Rebuilding};
use crate::position::Position;
use crate::runner::ParkedEvent;

/// How long a retry is waited for: whoever runs the projection looks every two seconds.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn list(app: &App, console: &mut Console<'_>) -> End {
    let all = match app.progress().await {
        Ok(all) => all,
        Err(error) => return console.fail(End::Store, &error),
    };
    if all.is_empty() {
        console.say("the app has no projection and no durable handler");
        return End::Done;
    }
    let width = all
        .iter()
        .map(|one| one.name.len())
        .max()
        .unwrap_or(0)
        .max(4);
    console.say(format!("{:width$}  finished  behind  parked", "name"));
    for one in &all {
        let failing = one.failing.as_ref();
        let failing = failing.map_or_else(String::new, |error| format!("  failing: {error}"));
        console.say(format!(
            "{:width$}  {:>8}  {:>6}  {:>6}{failing}",
            one.name, one.finished, one.lag, one.parked
        ));
    }
    End::Done
}

pub(super) async fn rebuild(app: &App, name: &str, console: &mut Console<'_>) -> End {
    let at = Arc::new([AtomicI64::new(0), AtomicI64::new(0)]);
    let told = Arc::clone(&at);
    let mut rebuilding = app
        .rebuild(name)
        .on_progress(move |done, head| {
            told[0].store(done.0, Ordering::Relaxed);
            told[1].store(head.0, Ordering::Relaxed);
        })
        .into_future();
    let done = loop {
        tokio::select! {
            done = &mut rebuilding => break done,
            () = tokio::time::sleep(Duration::from_millis(200)) => {
                let [done, all] = [0, 1].map(|n| at[n].load(Ordering::Relaxed));
                console.progress(done, all, "rebuilt to position");
            }
        }
    };
    console.progress_ends();
    match done {
        Ok(Rebuilding::Done {
            position,
            events,
            parked,
        }) => {
            console.say(format!(
                "{name}: rebuilt to position {position} from {events} events"
            ));
            if parked == 0 {
                return End::Done;
            }
            console.say(format!("{name}: {parked} events are parked"));
            End::Findings
        }
        Ok(Rebuilding::Restarted) => {
            console.say(format!(
                "{name}: keeps its read model elsewhere; every event comes again, from the first"
            ));
            End::Done
        }
        Err(error @ (RebuildError::Unknown { .. } | RebuildError::Handler { .. })) => {
            console.fail(End::Usage, &error)
        }
        Err(error @ RebuildError::Busy { .. }) => console.fail(End::Findings, &error),
        Err(error) => console.fail(End::Store, &error),
    }
}

pub(super) async fn parked(app: &App, only: Option<&str>, console: &mut Console<'_>) -> End {
    let names = match only {
        Some(name) => vec![name],
        None => app.runners().names(),
    };
    let mut found = false;
    for name in names {
        let events = match app.parked(name).list().await {
            Ok(events) => events,
            Err(error) => return failed(console, &error),
        };
        for event in events {
            found = true;
            console.say(line(name, &event));
        }
    }
    if found {
        return End::Findings;
    }
    console.say("no event is parked");
    End::Done
}

fn line(name: &str, event: &ParkedEvent) -> String {
    let ParkedEvent {
        position,
        stream,
        version,
        event_type,
        ..
    } = event;
    let what = format!("{name}: {position} {event_type}, version {version} of {stream}");
    match &event.error {
        None => format!("{what}: waits behind"),
        Some(error) if event.retrying => format!("{what}: will be tried again, failed: {error}"),
        Some(error) => format!("{what}: failed {} times: {error}", event.attempts),
    }
}

pub(super) async fn retry(app: &App, name: &str, position: i64, console: &mut Console<'_>) -> End {
    match app.parked(name).retry(Position(position)).await {
        Ok(()) => follow(app, name, &[Position(position)], console).await,
        Err(error) => failed(console, &error),
    }
}

pub(super) async fn retry_all(app: &App, name: &str, console: &mut Console<'_>) -> End {
    let parked = app.parked(name);
    let failed_ones = match parked.list().await {
        Ok(events) => events.into_iter().filter(|event| !event.is_behind()),
        Err(error) => return failed(console, &error),
    };
    let positions: Vec<_> = failed_ones.map(|event| event.position).collect();
    match parked.retry_all().await {
        Ok(0) => {
            console.say(format!("{name}: no event is parked"));
            End::Done
        }
        Ok(_) => follow(app, name, &positions, console).await,
        Err(error) => failed(console, &error),
    }
}

/// Waits for what becomes of events that are to be tried again.
async fn follow(app: &App, name: &str, positions: &[Position], console: &mut Console<'_>) -> End {
    let begin = tokio::time::Instant::now();
    loop {
        let events = match app.parked(name).list().await {
            Ok(events) => events,
            Err(error) => return failed(console, &error),
        };
        let asked = |event: &&ParkedEvent| positions.contains(&event.position);
        let waiting = events.iter().filter(asked).any(|event| event.retrying);
        if waiting && begin.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        let mut end = End::Done;
        for position in positions {
            match events.iter().find(|event| event.position == *position) {
                None => console.say(format!("{name}: {position} was taken")),
                Some(event) if event.retrying => {
                    console.say(format!(
                        "{name}: {position} will be tried when the service runs"
                    ));
                }
                Some(event) => {
                    console.say(line(name, event));
                    end = End::Findings;
                }
            }
        }
        return end;
    }
}

pub(super) async fn skip(app: &App, name: &str, position: i64, console: &mut Console<'_>) -> End {
    match app.parked(name).skip(Position(position)).await {
        Ok(()) => {
            console.say(format!("{name}: {position} was given up"));
            End::Done
        }
        Err(error) => failed(console, &error),
    }
}

fn failed(console: &mut Console<'_>, error: &ParkedError) -> End {
    let end = match error {
        ParkedError::Unknown { .. } => End::Usage,
        ParkedError::NotParked { .. } | ParkedError::Behind { .. } => End::Findings,
        ParkedError::Read(_) | ParkedError::Save(_) => End::Store,
    };
    console.fail(end, error)
}
