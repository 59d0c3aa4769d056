//! Why a projection whose read model is in the journal's database made no step: one error for all databases.

use crate::error::BoxError;

/// Why a projection made no step. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// A note is not what was believed: another process has made the step, or owns the projection now.
    #[error("note `{key}` is {}, not what was expected", actual.as_deref().unwrap_or("missing"))]
    Changed {
        /// The note's key.
        key: String,
        /// What it is; `None`: there is none.
        actual: Option<String>,
    },
    /// The projection itself refused.
    #[error("the projection refused an event")]
    Refused {
        /// What it said.
        source: BoxError,
    },
    /// The store is closed: the app was shut down.
    #[error("the store is closed")]
    Closed,
    /// The backend refused or could not be reached.
    #[error("could not save {what}")]
    Backend {
        /// The notes that were to be changed.
        what: String,
        /// What the backend said.
        source: BoxError,
    },
}
