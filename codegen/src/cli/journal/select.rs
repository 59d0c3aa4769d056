//! Which events of a journal are wanted, and the query that comes closest.

use std::ops::Bound;

use evgen_runtime::store::{Direction, JournalQuery, StreamQuery};
use evgen_runtime::{Position, RecordedEvent, StreamId};

use super::args::Select;
use super::scan::Query;
use super::schemas::Schemas;

impl Select {
    /// What to read; [`Self::takes`] and [`Self::is_past`] do the rest.
    pub(super) fn query(&self, direction: Direction) -> Query {
        let mut query = match (&self.aggregate[..], &self.id[..]) {
            ([aggregate], [id]) => {
                let mut query = StreamQuery::new(StreamId::new(aggregate.as_str(), id.as_str()));
                query.time.0 = self.since.map_or(Bound::Unbounded, Bound::Included);
                query.time.1 = self.until.map_or(Bound::Unbounded, Bound::Excluded);
                Query::Stream(query)
            }
            (aggregates, _) => Query::Journal(JournalQuery {
                only: aggregates.iter().map(|name| (name.clone(), None)).collect(),
                ..JournalQuery::default()
            }),
        };
        query.set_direction(direction);
        let after = match direction {
            Direction::Forward => self.from.map(|from| from.saturating_sub(1)),
            Direction::Backward => self.to.map(|to| to.saturating_add(1)),
        };
        if let Some(after) = after {
            query.set_after(Position(after));
        }
        query
    }

    /// Whether an event is wanted.
    pub(super) fn takes(&self, event: &RecordedEvent<'_>, schemas: &Schemas) -> bool {
        let named =
            |names: &[String], name: &str| names.is_empty() || names.iter().any(|of| of == name);
        named(&self.aggregate, event.aggregate_type)
            && named(&self.id, event.aggregate_id)
            && self.from.is_none_or(|from| event.position.0 >= from)
            && self.to.is_none_or(|to| event.position.0 <= to)
            && self.since.is_none_or(|since| event.create_date >= since)
            && self.until.is_none_or(|until| event.create_date < until)
            && (named(&self.event, event.event_type) || self.takes_name(event, schemas))
    }

    fn takes_name(&self, event: &RecordedEvent<'_>, schemas: &Schemas) -> bool {
        let Some(descriptor) = schemas.event(event) else {
            return false;
        };
        self.event
            .iter()
            .any(|wanted| match wanted.split_once('.') {
                Some((aggregate, name)) => {
                    descriptor.aggregate_type == aggregate && descriptor.name == name
                }
                None => descriptor.name == wanted,
            })
    }

    /// Whether a read that has come to `position` finds nothing more.
    pub(super) fn is_past(&self, position: Position, direction: Direction) -> bool {
        match direction {
            Direction::Forward => self.to.is_some_and(|to| position.0 >= to),
            Direction::Backward => self.from.is_some_and(|from| position.0 <= from),
        }
    }
}
