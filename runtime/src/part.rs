//! Rows that are read as several events: the manifest says `split`. One row stays one event of the journal, with one id, one
//! position and one version; what it holds today is several, one after the other. The steps that split are generated traits'.

use crate::envelope::{EventContext, RecordedEvent};
use crate::error::DecodeError;
use crate::event::{AggregateDescriptor, AggregateEvent, AnyEvent, Found};

/// Which of the events of one row an event is. Almost always the only one: a row is several where the manifest splits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    index: u32,
    is_last: bool,
}

impl Part {
    /// The row is one event.
    pub const WHOLE: Self = Self {
        index: 0,
        is_last: true,
    };

    /// Its place among the events of its row, from 0: with the event's id, a key of its own.
    #[must_use]
    pub fn index(self) -> u32 {
        self.index
    }

    /// Whether no other event of its row follows, among those that were asked for: whoever keeps positions keeps the row's
    /// now, and not before.
    #[must_use]
    pub fn is_last(self) -> bool {
        self.is_last
    }
}

/// What a row is read as.
#[derive(Debug, Clone)]
pub(crate) enum Parts<E> {
    /// Itself. No list is made for it: nearly all rows are.
    One(E),
    /// As many as the step made of it; none, too.
    Several(Vec<(Part, E)>),
}

impl<E> Parts<E> {
    /// Nothing.
    pub(crate) const NONE: Self = Self::Several(Vec::new());

    fn several(events: Vec<E>) -> Self {
        let part = |index| Part {
            index,
            is_last: false,
        };
        Self::ending((0..).map(part).zip(events).collect())
    }

    fn ending(mut events: Vec<(Part, E)>) -> Self {
        let last = events.len().saturating_sub(1);
        for (place, (part, _)) in events.iter_mut().enumerate() {
            part.is_last = place == last;
        }
        Self::Several(events)
    }

    /// The last one first.
    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::One(event) => Self::One(event),
            Self::Several(mut events) => {
                events.reverse();
                Self::ending(events)
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Part, &E)> {
        let (one, several) = match self {
            Self::One(event) => (Some((Part::WHOLE, event)), &[][..]),
            Self::Several(events) => (None, events.as_slice()),
        };
        let several = several.iter().map(|(part, event)| (*part, event));
        one.into_iter().chain(several)
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Several(events) if events.is_empty())
    }

    /// Those that `keep` gives something for.
    pub(crate) fn filter_map<T>(self, mut keep: impl FnMut(E) -> Option<T>) -> Parts<T> {
        match self {
            Self::One(event) => keep(event).map_or(Parts::NONE, Parts::One),
            Self::Several(events) => {
                let kept = events
                    .into_iter()
                    .filter_map(|(part, event)| Some((part, keep(event)?)));
                Parts::ending(kept.collect())
            }
        }
    }
}

impl<E> IntoIterator for Parts<E> {
    type Item = (Part, E);
    type IntoIter =
        std::iter::Chain<std::option::IntoIter<(Part, E)>, std::vec::IntoIter<(Part, E)>>;

    fn into_iter(self) -> Self::IntoIter {
        let (one, several) = match self {
            Self::One(event) => (Some((Part::WHOLE, event)), Vec::new()),
            Self::Several(events) => (None, events),
        };
        one.into_iter().chain(several)
    }
}

impl Found {
    /// Reads the row as the events that it is today.
    pub(crate) fn read<E: AggregateEvent>(
        &self,
        raw: &RecordedEvent<'_>,
        cx: &EventContext<'_>,
    ) -> Result<Parts<E>, DecodeError> {
        if self.splits.is_some() {
            E::read_parts(self.index, raw, cx).map(Parts::several)
        } else if self.event.is_some() {
            E::read(self.index, raw, cx).map(Parts::One)
        } else {
            Ok(Parts::NONE)
        }
    }

    /// As [`Self::read`], where the aggregate is known at run time only.
    pub(crate) fn read_any(
        &self,
        aggregate: &AggregateDescriptor,
        raw: &RecordedEvent<'_>,
    ) -> Result<Parts<AnyEvent>, DecodeError> {
        let cx = EventContext::new(*raw);
        if let (Some(_), Some(read_parts)) = (self.splits, aggregate.read_parts) {
            read_parts(self.index, raw, &cx).map(Parts::several)
        } else if self.event.is_some() {
            (aggregate.read)(self.index, raw, &cx).map(Parts::One)
        } else {
            Ok(Parts::NONE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Parts};

    #[test]
    fn the_last_part_is_the_last() {
        let parts: Vec<_> = Parts::several(vec!['a', 'b', 'c']).into_iter().collect();
        assert_eq!(parts.len(), 3);
        let last: Vec<_> = parts.iter().map(|(part, _)| part.is_last()).collect();
        assert_eq!(last, [false, false, true]);
        assert!(Part::WHOLE.is_last());
    }

    #[test]
    fn places_are_those_in_the_row() {
        let parts = Parts::several(vec![1, 2, 3]).filter_map(|n| (n != 2).then_some(n));
        let places: Vec<_> = parts.iter().map(|(part, n)| (part.index(), *n)).collect();
        assert_eq!(places, [(0, 1), (2, 3)]);
        let reversed: Vec<_> = parts.reversed().into_iter().collect();
        assert_eq!((reversed[0].1, reversed[1].1), (3, 1));
        assert!(!reversed[0].0.is_last() && reversed[1].0.is_last());
        assert!(Parts::several(Vec::<u8>::new()).is_empty());
    }
}
