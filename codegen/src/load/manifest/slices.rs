//! Where each aggregate stands in the manifest's text, so that some of them can be read without the others. Reading is as ever:
//! the text without the other entries is a manifest, too.

use crate::load::yaml::{Node, NodeKind};
use crate::source::Span;

/// The lines of each entry of `aggregates`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slices {
    /// First byte of each entry's first line, in order. An entry ends where the next one begins.
    pub(crate) starts: Vec<usize>,
    /// Past the last entry.
    pub(crate) end: usize,
}

impl Slices {
    /// The lines, where every entry has lines of its own: in block style, without anchors, since what one means depends on
    /// what stands before.
    pub(super) fn of(root: &Node, text: &str) -> Option<Self> {
        if text.contains('&') {
            return None;
        }
        let NodeKind::Mapping(keys) = &root.kind else {
            return None;
        };
        let roots = starts(text, keys.iter().map(|(key, _)| key.span))?;
        let place = keys.iter().position(|(key, _)| key.value == "aggregates")?;
        let (key, node) = &keys[place];
        let NodeKind::Mapping(entries) = &node.kind else {
            return None;
        };
        let starts = starts(text, entries.iter().map(|(name, _)| name.span))?;
        let between = text.get(key.span.end as usize..*starts.first()?)?;
        let nothing = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        let end = roots.get(place + 1).copied().unwrap_or(text.len());
        let is_block = between
            .trim_start()
            .strip_prefix(':')
            .is_some_and(|rest| rest.lines().all(nothing));
        (is_block && *starts.last()? < end).then_some(Self { starts, end })
    }

    /// The manifest with only those entries that are `wanted`, by their place.
    pub(crate) fn reduce(&self, text: &str, wanted: impl Fn(usize) -> bool) -> Option<String> {
        let mut reduced = text.get(..*self.starts.first()?)?.to_owned();
        for (place, &start) in self.starts.iter().enumerate() {
            if wanted(place) {
                let end = self.starts.get(place + 1).copied().unwrap_or(self.end);
                reduced.push_str(text.get(start..end)?);
            }
        }
        reduced.push_str(text.get(self.end..)?);
        Some(reduced)
    }
}

/// First bytes of the lines of keys that stand below each other, each first in its line.
fn starts(text: &str, keys: impl Iterator<Item = Span>) -> Option<Vec<usize>> {
    let mut starts: Vec<usize> = Vec::new();
    let mut column = None;
    for key in keys {
        let at = key.start as usize;
        let before = text.get(..at)?;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let is_first = before[start..].bytes().all(|byte| byte == b' ');
        let is_below = starts.last().is_none_or(|last| *last < start);
        if !is_first || !is_below || *column.get_or_insert(at - start) != at - start {
            return None;
        }
        starts.push(start);
    }
    Some(starts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::load::yaml;
    use crate::source::SourceId;

    fn slices(text: &str) -> Option<Slices> {
        let root = yaml::parse(SourceId(0), text, &mut Diagnostics::default()).unwrap();
        Slices::of(&root, text)
    }

    #[test]
    fn entries_are_cut_out_with_their_lines() {
        let text = "format: 1\naggregates: # all\n  # first\n  A:\n    events: { X: {} }\n  # second\n  \"B\": { events: {\n    \
                    Y: {} } }\n\n  C: { events: none }\nsettings:\n  validate: true\n";
        let slices = slices(text).unwrap();
        assert_eq!(
            slices.reduce(text, |place| place == 1).unwrap(),
            "format: 1\naggregates: # all\n  # first\n  \"B\": { events: {\n    Y: {} } }\n\nsettings:\n  validate: true\n"
        );
        assert_eq!(slices.reduce(text, |_| true).unwrap(), text);
    }

    #[test]
    fn other_layouts_are_not_cut() {
        for text in [
            "format: 1\naggregates: { A: { events: none },\n  B: { events: none } }\n",
            "format: 1\naggregates: {\n  A: { events: none },\n  B: { events: none } }\n",
            "format: 1\naggregates:\n  A: &a { events: none }\n  B: *a\n",
            "format: 1\naggregates:\n  ? A\n  : { events: none }\n",
            "format: 1\naggregates: !!map\n  A: { events: none }\n",
            "{ format: 1, aggregates: { A: { events: none } } }\n",
            "format: 1\naggregates: {}\n",
            "format: 1\n",
        ] {
            assert_eq!(slices(text), None, "{text}");
        }
    }
}
