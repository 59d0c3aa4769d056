//! `evgen journal stats`: how many events, streams and bytes a journal holds, and of what.

mod tally;

use std::ops::ControlFlow;

use super::super::console::Console;
use super::super::stop::Stop;
use super::numbers::{bytes, counted, grouped};
use super::progress::Progress;
use super::scan::{Query, Read, scan};
use super::show::visible;
use super::{args, is_json, store_url};
use tally::Tally;

pub(crate) fn run(args: &args::Stats, console: &mut Console<'_>) -> Result<(), Stop> {
    let json = is_json(console)?;
    let journal = store_url::open(&args.store, console)?;
    let head = journal
        .wait(journal.store.head())
        .map_err(|error| journal.failed(error))?;
    let mut progress = Progress::new("counting", u64::try_from(head.0).unwrap_or(0));
    let mut tally = Tally::default();
    let mut wrong: u64 = 0;
    scan(&journal, Query::all(), |read| {
        match read {
            Read::NotAnEvent { .. } => wrong += 1,
            Read::Events(page) => page.iter().for_each(|event| tally.add(&event)),
        }
        progress.at(tally.total.events, console);
        Ok(ControlFlow::Continue(()))
    })?;
    progress.end(console);
    let layout = if journal.store.is_djangoevents() {
        "djangoevents"
    } else {
        "native"
    };
    let biggest = tally.biggest(args.streams, &journal)?;
    if json {
        let value = tally.as_json(layout, wrong, &biggest);
        return console.print(&format!("{value}\n"));
    }
    let mut text = format!(
        "{} of {}, {}, layout {layout}\n",
        counted(tally.total.events, "event"),
        counted(tally.streams(), "stream"),
        bytes(tally.total.bytes)
    );
    if let Some((first, last)) = tally.times {
        text.push_str(&format!("from {first} to {last}\n"));
    }
    if wrong > 0 {
        let rows = counted(wrong, "row");
        text.push_str(&format!(
            "{rows} not counted: no events; `journal verify` names them\n"
        ));
    }
    let mut rows = vec![["aggregate", "event", "version", "events", "size"].map(str::to_owned)];
    rows.extend(tally.kinds().map(|((aggregate, event, version), count)| {
        let version = version.map_or("–".to_owned(), |version| version.to_string());
        let (events, size) = (grouped(count.events), bytes(count.bytes));
        [
            visible(aggregate).into_owned(),
            visible(event).into_owned(),
            version,
            events,
            size,
        ]
    }));
    if rows.len() > 1 {
        text.push_str(&format!("\n{}", table(&rows)));
    }
    if !biggest.is_empty() {
        let mut rows = vec![["biggest streams", "events", "size"].map(str::to_owned)];
        rows.extend(biggest.iter().map(|stream| {
            let count = stream.count;
            [
                visible(&stream.name()).into_owned(),
                grouped(count.events),
                bytes(count.bytes),
            ]
        }));
        text.push_str(&format!("\n{}", table(&rows)));
    }
    console.print(&text)
}

/// Columns; numbers (all but names) stand to the right.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let names = N - 3.min(N - 1);
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<_> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - cell.chars().count());
            let gap = if column > 0 { "  " } else { "" };
            line.push_str(gap);
            if column < names {
                line.push_str(&format!("{cell}{pad}"));
            } else {
                line.push_str(&format!("{pad}{cell}"));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
