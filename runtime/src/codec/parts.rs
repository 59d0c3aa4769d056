//! The members of an object and the elements of an array, as slices of text that is known to be JSON.

use std::borrow::Cow;

use super::scan;
use super::text::unescape;

/// The members of an object in order: key (`None`: it has a lone surrogate) and JSON text.
pub(crate) fn members_of(text: &str) -> impl Iterator<Item = (Option<Cow<'_, str>>, &str)> {
    let bytes = text.as_bytes();
    let mut pos = scan::space(bytes, 0) + 1;
    std::iter::from_fn(move || {
        pos = behind_comma(bytes, pos);
        // The text is JSON: only the closing brace is no string here.
        let found = scan::key(bytes, pos).ok()?;
        let key = unescape(&text[pos + 1..found.end - 1]);
        let start = scan::space(bytes, found.next);
        pos = scan::value(bytes, start).ok()?;
        Some((key, &text[start..pos]))
    })
}

/// The elements of an array in order.
pub(crate) fn elements_of(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut pos = scan::space(bytes, 0) + 1;
    std::iter::from_fn(move || {
        let start = behind_comma(bytes, pos);
        // The text is JSON: only the closing bracket is no value here.
        pos = scan::value(bytes, start).ok()?;
        Some(&text[start..pos])
    })
}

fn behind_comma(bytes: &[u8], pos: usize) -> usize {
    let pos = scan::space(bytes, pos);
    if bytes.get(pos) == Some(&b',') {
        scan::space(bytes, pos + 1)
    } else {
        pos
    }
}
