//! djangoevents' JSON text: Python's `json.dumps` with sorted keys, compact, ASCII only. Numbers keep every digit, deep
//! nesting costs no stack, lone surrogates stay.

use std::ops::Range;

mod reader;

/// Brings a JSON text into djangoevents' form: what Python makes of it when it reads it and writes it again.
///
/// Of keys that stand twice in one object the last stays. `NaN`, `Infinity` and `-Infinity` are taken, as Python does.
///
/// # Errors
/// Python could not read the text.
pub fn json_text(text: &str) -> Result<String, JsonTextError> {
    Ok(reader::read(text)?.write())
}

/// A text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not JSON: {expected} expected at byte {at}")]
pub struct JsonTextError {
    /// Offset in bytes.
    pub at: usize,
    /// What would have been right there.
    pub expected: &'static str,
}

/// Values by index, so that neither reading nor writing nor dropping recurses.
enum Node {
    /// Range of `scalars`.
    Scalar(Range<usize>),
    Array(Vec<usize>),
    /// In the order of the keys once the object is closed.
    Object(Vec<Member>),
}

struct Member {
    /// Code points in WTF-8, whose order is Python's.
    order: Vec<u8>,
    key: Range<usize>,
    value: usize,
}

/// A text, read.
struct Tree {
    /// Scalars and keys, in djangoevents' form.
    scalars: String,
    /// The outermost is the last.
    nodes: Vec<Node>,
}

impl Tree {
    fn write(&self) -> String {
        let mut text = String::with_capacity(self.scalars.len() + 4 * self.nodes.len());
        // What is being written, and which of its children is next.
        let mut open: Vec<(usize, usize)> = self
            .nodes
            .len()
            .checked_sub(1)
            .map(|root| (root, 0))
            .into_iter()
            .collect();
        while let Some((node, child)) = open.pop() {
            let (length, brackets) = match &self.nodes[node] {
                Node::Scalar(range) => {
                    text.push_str(&self.scalars[range.clone()]);
                    continue;
                }
                Node::Array(items) => (items.len(), ['[', ']']),
                Node::Object(members) => (members.len(), ['{', '}']),
            };
            if child == 0 {
                text.push(brackets[0]);
            }
            if child == length {
                text.push(brackets[1]);
                continue;
            }
            if child > 0 {
                text.push(',');
            }
            open.push((node, child + 1));
            match &self.nodes[node] {
                Node::Object(members) => {
                    text.push_str(&self.scalars[members[child].key.clone()]);
                    text.push(':');
                    open.push((members[child].value, 0));
                }
                Node::Array(items) => open.push((items[child], 0)),
                Node::Scalar(_) => {}
            }
        }
        text
    }
}

/// A double as Python writes it: its shortest digits, with an exponent below 1e-4 and from 1e16.
#[must_use]
pub fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let shortest = format!("{value:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let fraction = digits.split_once('.').map_or(0, |(_, digits)| digits.len());
    // Two texts of the shortest length may be equally near. Python takes the even one, as rounding to a length does here.
    let even = |text: String| {
        let reads_back = text.parse() == Ok(value);
        reads_back.then_some(text)
    };
    match exponent.parse::<i32>() {
        Ok(exponent @ -4..=15) => {
            let behind_point = i64::try_from(fraction).unwrap_or(1) - i64::from(exponent);
            let behind_point = usize::try_from(behind_point).unwrap_or(0).max(1);
            even(format!("{value:.behind_point$}")).unwrap_or_else(|| format!("{value:?}"))
        }
        Ok(exponent) => {
            let digits = even(format!("{value:.fraction$e}")).unwrap_or_else(|| shortest.clone());
            let digits = digits.split_once('e').map_or("", |(digits, _)| digits);
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        Err(_) => shortest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(json_text(text).unwrap(), expected);
        assert_eq!(json_text(expected).unwrap(), expected);
    }

    #[test]
    fn text_is_sorted_compact_and_ascii() {
        check(
            r#" { "b" : [ 1 , "é" ] , "a" : {} , "😀": [ ], "ﬀ": null } "#,
            r#"{"a":{},"b":[1,"\u00e9"],"\ufb00":null,"\ud83d\ude00":[]}"#,
        );
    }

    #[test]
    fn of_two_shortest_floats_the_even_one_is_written() {
        for text in [
            "-1623364196784550.2",
            "1623364196784549.8",
            "9007199254740992.0",
            "5e-324",
            "2.5",
            "1e+16",
        ] {
            check(text, text);
        }
        check("1623364196784550.25", "1623364196784550.2");
        check("1623364196784549.75", "1623364196784549.8");
    }

    #[test]
    fn the_last_of_equal_keys_stays() {
        check(r#"{"a":1,"b":0,"\u0061":2}"#, r#"{"a":2,"b":0}"#);
    }

    #[test]
    fn strings_keep_lone_surrogates_and_controls() {
        check(
            r#""\ud800x\uDC00\/\u0000\u007f\ud83d\ude00""#,
            r#""\ud800x\udc00/\u0000\u007f\ud83d\ude00""#,
        );
    }

    #[test]
    fn numbers_keep_their_digits() {
        check(
            "[-0,-0.0,123456789012345678901234567890,1e5,1E400,NaN,1e16,0.00001]",
            "[0,-0.0,123456789012345678901234567890,100000.0,Infinity,NaN,1e+16,1e-05]",
        );
    }

    #[test]
    fn deep_nesting_costs_no_stack() {
        let deep = format!("{}{}", r#"{"a":["#.repeat(200_000), "]}".repeat(200_000));
        check(&deep, &deep);
    }

    #[test]
    fn what_python_refuses_is_refused() {
        for text in [
            "",
            "01",
            ".5",
            "1.",
            "+1",
            "nan",
            "{\"a\":1,}",
            "{'a':1}",
            "\"\t\"",
            r#""\x41""#,
            "[1",
            "[1]]",
            "\"",
        ] {
            assert!(json_text(text).is_err(), "{text}");
        }
    }
}
