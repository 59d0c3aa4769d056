//! Why a command did not end well, and the exit code that says so.

use std::io;
use std::path::{Path, PathBuf};

use crate::render::RenderError;
use crate::write::WriteError;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Findings, shown already.
    Findings,
    /// What was asked for cannot be done: why, and what to do.
    Usage { problem: String, advice: String },
    /// Generated code is not what the schemas say; shown already.
    Stale,
    /// EV0900: a defect of evgen.
    Bug(String),
    /// A file that could not be read or written.
    Io { path: PathBuf, source: io::Error },
    /// A store that could not be opened, read or written.
    Store(String),
    /// Nobody reads our output any more.
    Closed,
}

impl Stop {
    pub(crate) const DONE: u8 = 0;
    pub(crate) const USAGE: u8 = 2;
    pub(crate) const BUG: u8 = 70;

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Findings => 1,
            Self::Usage { .. } => Self::USAGE,
            Self::Stale => 3,
            Self::Bug(_) => Self::BUG,
            Self::Io { .. } | Self::Store(_) => 74,
            Self::Closed => Self::DONE,
        }
    }

    pub(crate) fn usage(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Usage {
            problem: problem.into(),
            advice: advice.into(),
        }
    }

    /// For `map_err`: something about `path`.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}

impl From<WriteError> for Stop {
    fn from(error: WriteError) -> Self {
        Self::Io {
            path: error.path,
            source: error.source,
        }
    }
}

impl From<RenderError> for Stop {
    fn from(error: RenderError) -> Self {
        Self::Bug(format!("{}: {}", error.file, error.problem))
    }
}
