//! What a change of the schemas breaks: the groups that the rules of `evgen check --against` belong to.

use super::{Code, codes};

/// What a change breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Files that others know by name.
    File,
    /// What is stored and sent: names of events, Avro's binary form.
    Wire,
    /// What is stored as JSON.
    Json,
    /// Rust code that uses the generated code.
    Source,
}

impl Category {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::File, Self::Wire, Self::Json, Self::Source];

    /// What manifest and docs call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Wire => "wire",
            Self::Json => "json",
            Self::Source => "source",
        }
    }

    /// The category of a rule; `None` for a code that is no rule about changes.
    #[must_use]
    pub fn of(code: &Code) -> Option<Self> {
        Some(match code.id.get(..5)? {
            "EV042" => Self::File,
            "EV043" => Self::Wire,
            "EV044" => Self::Json,
            "EV045" => Self::Source,
            _ => return None,
        })
    }

    /// The rule about changes that has this id.
    #[must_use]
    pub fn rule(id: &str) -> Option<&'static Code> {
        codes::ALL
            .iter()
            .copied()
            .find(|code| code.id == id && Self::of(code).is_some())
    }
}
