//! How djangoevents writes what it stores: JSON text, dates, event ids. The tables themselves belong to the stores.

#[cfg(any(test, feature = "sqlite"))]
mod dates;
mod ids;
mod json_text;

#[cfg(any(test, feature = "sqlite"))]
pub(crate) use dates::parse_date;
#[cfg(feature = "sqlite")]
pub(crate) use dates::write_date;
pub use ids::{event_id, time_of};
pub use json_text::{JsonTextError, float_text, json_text};
