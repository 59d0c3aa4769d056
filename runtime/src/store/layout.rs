//! `Layout`: how a journal's tables look, for stores that have several.

use jiff::tz::TimeZone;

/// How the journal's tables look.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Layout {
    /// evgen's own tables; SQLite makes them where they are missing, PostgreSQL where it is told to migrate.
    #[default]
    Native,
    /// djangoevents' table `event_journal`, opened in place. Made only where there are no tables at all.
    Djangoevents {
        /// The zone that `create_date` is written in: UTC, unless Django runs with `USE_TZ = False`. PostgreSQL keeps
        /// instants, so there it means nothing.
        time_zone: TimeZone,
    },
}

impl Layout {
    /// djangoevents' journal, its times in UTC (`USE_TZ = True`).
    #[must_use]
    pub fn djangoevents() -> Self {
        Self::Djangoevents {
            time_zone: TimeZone::UTC,
        }
    }
}
