//! What a build script or the command line may choose.

use std::path::PathBuf;

/// Options of a generation.
#[derive(Debug, Clone)]
pub struct Options {
    /// The manifest, if it does not stand in the schema directory as `aggregates.yaml`.
    pub manifest: Option<PathBuf>,
    /// Where the released versions are pinned.
    pub lock: LockFile,
    /// Which side is generated.
    pub side: Side,
    /// How generated files name the schema directory.
    pub origin: String,
    /// Generates readers also for versions without a way to the latest: they read what data allows, and fail where it does
    /// not. For tests beside other implementations, which decide so; a service must know at build time.
    #[doc(hidden)]
    pub depends_on_data: bool,
}

/// Where `evgen.lock` is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LockFile {
    /// In the schema directory.
    #[default]
    InDirectory,
    /// At this path.
    At(PathBuf),
    /// Not read: every version counts as a draft.
    Ignored,
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
            lock: LockFile::InDirectory,
            side: Side::Both,
            origin: "schemas".to_owned(),
            depends_on_data: false,
        }
    }
}
