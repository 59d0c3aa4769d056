//! JSON of any shape, stored by both: the same text. Numbers of any size and form, text with every kind of character and
//! escape, keys twice, deep nesting.

use std::fmt::Write as _;

use evgen_runtime::ExpectedVersion;
use evgen_runtime::store::sqlite::Layout;
use evgen_tests::random_json::RandomJson;
use serde_json::json;

use super::super::{Journal, app, rows};
use super::OtherSide;

const EVENTS: i64 = 50;
/// Values in the data of each.
const VALUES: usize = 50;
const MODULE: &str = "records.aggregates";
/// Column of `event_data`.
const DATA: usize = 3;

#[tokio::test]
async fn any_json_is_written_as_djangoevents_writes_it() {
    let (Some(theirs), Some(ours)) = (
        Journal::copy("public_journal.sqlite3"),
        Journal::copy("public_journal.sqlite3"),
    ) else {
        return;
    };
    let Some(mut python) = OtherSide::start(&theirs.path) else {
        return;
    };
    let app = app(&ours.path, Layout::djangoevents(), false).await;
    let mut random = RandomJson::new(7);
    let mut given = Vec::new();
    for version in 0..EVENTS {
        let class = if version == 0 { "Created" } else { "Merged" };
        let mut data = String::new();
        for n in 0..VALUES {
            data.push_str(if n == 0 { "{\"values\": [" } else { ", " });
            value(&mut random, 0, &mut data);
        }
        data.push_str("]}");
        let answer = python.ask_text(&format!(
            r#"{{"store": "OAuth2Token.{class}", "module": "{MODULE}", "id": "any", "version": {version}, "attrs": {data}}}"#
        ));
        assert_eq!(answer, json!({"outcome": "stored"}), "{data}");
        let event_type = if version == 0 {
            "o_auth2_token_created"
        } else {
            "o_auth2_token_merged"
        };
        let stored = app.store_raw(event_type, "any", version, data.clone());
        let stored = stored.of("OAuth2Token").expect(ExpectedVersion::Any).await;
        assert!(stored.is_ok(), "{stored:?}: {data}");
        given.push(data);
    }
    let (theirs, ours) = (rows(&theirs.path), rows(&ours.path));
    assert_eq!(theirs.len(), ours.len());
    let new = theirs.len() - given.len();
    for ((theirs, ours), given) in theirs.iter().zip(&ours).skip(new).zip(&given) {
        assert_eq!(theirs[DATA], ours[DATA], "{given}");
    }
}

fn object(random: &mut RandomJson, depth: u32, out: &mut String) {
    out.push('{');
    let members = random.below(5);
    for n in 0..members {
        if n > 0 {
            out.push_str(" , ");
        }
        text(random, out);
        out.push(':');
        value(random, depth + 1, out);
    }
    out.push('}');
}

fn value(random: &mut RandomJson, depth: u32, out: &mut String) {
    let end = if depth > 6 { 6 } else { 8 };
    match random.below(end) {
        0 => out.push_str(of(
            random,
            &["null", "true", "false", "NaN", "Infinity", "-Infinity"],
        )),
        1 => text(random, out),
        2 => integer(random, out),
        3 | 4 => float(random, out),
        5 => out.push_str(of(
            random,
            &[
                "{}", "[ ]", "-0", "-0.0", "0e0", "1E400", "-1e-400", "1e16", "1e22", "5e-324",
            ],
        )),
        6 => object(random, depth, out),
        _ => {
            out.push('[');
            for n in 0..random.below(4) {
                if n > 0 {
                    out.push(',');
                }
                value(random, depth + 1, out);
            }
            out.push(']');
        }
    }
}

fn of(random: &mut RandomJson, all: &[&'static str]) -> &'static str {
    all[usize::try_from(random.below(all.len() as u64)).unwrap()]
}

fn integer(random: &mut RandomJson, out: &mut String) {
    if random.below(2) == 0 {
        out.push('-');
    }
    write!(out, "{}", random.below(9) + 1).unwrap();
    for _ in 0..random.below(60) {
        write!(out, "{}", random.below(10)).unwrap();
    }
}

/// A double by its bits, or one that is near a short decimal.
fn float(random: &mut RandomJson, out: &mut String) {
    if random.below(2) == 0 {
        let float = f64::from_bits(random.below(u64::MAX));
        if float.is_finite() {
            write!(out, "{float:e}").unwrap();
            return;
        }
    }
    let (whole, fraction, exponent) = (random.below(1000), random.below(100_000), random.below(60));
    write!(out, "{whole}.{fraction:05}").unwrap();
    if random.below(2) == 0 {
        let sign = of(random, &["e", "E+", "e-"]);
        write!(out, "{sign}{exponent}").unwrap();
    }
}

/// Text; keys too, none of which is Python's or the envelope's.
fn text(random: &mut RandomJson, out: &mut String) {
    out.push_str("\"k");
    for _ in 0..random.below(6) {
        match random.below(6) {
            0 => out.push_str(of(
                random,
                &[
                    "\\\"", "\\\\", "\\/", "\\b", "\\n", "\\u0000", "\\u001f", "\u{7f}", "</",
                ],
            )),
            1 => write!(out, "\\u{:04x}", random.below(0x1_0000)).unwrap(),
            2 => out.push_str(of(
                random,
                &[
                    "\\ud83d\\ude00",
                    "\\uD800",
                    "\\udc00x",
                    "😀",
                    "\u{2028}",
                    "é",
                    "\u{fffe}",
                ],
            )),
            3 => out.extend(
                char::from_u32(u32::try_from(random.below(0x11_0000)).unwrap())
                    .filter(|c| *c >= ' ' && !"\"\\".contains(*c)),
            ),
            _ => out.push_str(of(random, &["a", "B", "_", "~", " "])),
        }
    }
    out.push('"');
}
