//! What an explicit upcast step may answer. The traits with the steps are generated; Avro's own rules are in `codec`.

use crate::error::{BoxError, DecodeError};

/// Why a step could not take an event over. Any error becomes one by `?`.
#[derive(Debug)]
pub struct UpcastError(BoxError);

impl UpcastError {
    /// A refusal in words.
    pub fn message(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    /// As the replay reports it: the step from version `from` refused the event.
    #[must_use]
    pub fn at(self, from: i32) -> DecodeError {
        DecodeError::Upcast {
            from,
            source: self.0,
        }
    }
}

// Not an `Error` itself, so that any error converts.
impl<E: std::error::Error + Send + Sync + 'static> From<E> for UpcastError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}
