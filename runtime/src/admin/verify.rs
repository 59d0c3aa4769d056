//! `journal verify`: whether this build can read every event that is stored, through its own upcasters. The deploy gate.

use super::{Console, End};
use crate::app::App;
use crate::envelope::RecordedEvent;
use crate::error::{Causes, ReadError};
use crate::schemas;
use crate::store::JournalQuery;

pub(super) async fn verify(app: &App, console: &mut Console<'_>) -> End {
    let store = &**app.event_store();
    let head = match store.head().await {
        Ok(head) => head,
        Err(error) => return console.fail(End::Store, &error),
    };
    let (mut read, mut unread) = (0_u64, 0_u64);
    let mut query = JournalQuery {
        checksums: true,
        ..JournalQuery::default()
    };
    loop {
        let page = match store.read_all(query.clone()).await {
            Ok(page) => page,
            // The row is no event at all; those behind it may be.
            Err(ReadError::Row { row, problem }) => {
                console.say(format!("{row}: is not an event: {problem}"));
                unread += 1;
                query.limit = None;
                query.after = Some(row);
                continue;
            }
            Err(error) => return console.fail(End::Store, &error),
        };
        if let Err(error) = schemas::learn(store, app.aggregates(), &page).await {
            return console.fail(End::Store, &error);
        }
        for raw in page.iter() {
            read += 1;
            if let Some(problem) = problem(app, &raw) {
                unread += 1;
                console.say(line(&raw, &problem));
            }
            query.after = Some(raw.position);
        }
        let reached = query.after.map_or(0, |position| position.0);
        console.progress(reached, head.0.max(reached), "verified to position");
        if page.is_last() || page.is_empty() {
            break;
        }
    }
    console.progress_ends();
    if unread == 0 {
        console.say(format!("this build reads all {read} events"));
        End::Done
    } else {
        console.say(format!("this build cannot read {unread} of {read} events"));
        End::Findings
    }
}

/// Why this build cannot read an event, or should not.
fn problem(app: &App, raw: &RecordedEvent<'_>) -> Option<String> {
    if raw.is_intact() == Some(false) {
        let text = "its checksum is another: the row was edited, or its disk is damaged; restore it from a backup";
        return Some(text.to_owned());
    }
    let aggregate = app
        .aggregates()
        .iter()
        .find(|aggregate| aggregate.aggregate_type == raw.aggregate_type);
    let Some(aggregate) = aggregate else {
        return Some(format!(
            "this build has no aggregate `{}`",
            raw.aggregate_type
        ));
    };
    let Some(found) = aggregate.find(raw) else {
        return Some("this build has no such event".to_owned());
    };
    // A dropped event is known, and read by nothing.
    let error = found.read_any(aggregate, raw).err()?;
    Some(Causes(&error).to_string())
}

fn line(raw: &RecordedEvent<'_>, problem: &str) -> String {
    let of = match raw.event_version {
        Some(version) => format!("{} v{version}", raw.event_type),
        None => raw.event_type.to_owned(),
    };
    format!(
        "{}: {of}, version {} of {}::{}: {problem}",
        raw.position, raw.version, raw.aggregate_type, raw.aggregate_id
    )
}
