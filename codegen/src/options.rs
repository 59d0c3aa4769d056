//! What a build script or the command line may choose.

use std::path::PathBuf;

/// Options of a generation.
#[derive(Debug, Clone)]
pub struct Options {
    /// The manifest, if it does not stand in the schema directory as `aggregates.yaml`.
    pub manifest: Option<PathBuf>,
    /// Which side is generated.
    pub side: Side,
    /// How generated files name the schema directory.
    pub origin: String,
}

/// Which side is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// Both, in one crate.
    Both,
    /// Events, versions, upcasters and codecs: for a crate that several services share.
    EventsOnly,
    /// Mutators, handlers and the app, on top of events at this path (`::shop_events::events`).
    ServiceFrom(String),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            manifest: None,
            side: Side::Both,
            origin: "schemas".to_owned(),
        }
    }
}
