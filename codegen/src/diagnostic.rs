//! What the user can fix: `Diagnostic`, and the list in which a stage gathers them.
//! Codes stand in `codes.rs`; drawing is in `report.rs`.

pub mod category;
pub mod codes;
pub mod suggest;

use crate::source::Span;

/// One kind of mistake, with a number that is never reused.
#[derive(Debug)]
pub struct Code {
    /// `EV0203`
    pub id: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// What to do, where one answer serves every case.
    pub help: Option<&'static str>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Generation goes on.
    Warning,
    /// Nothing is generated.
    Error,
}

/// A place in the user's text, and what to see there.
#[derive(Debug, Clone)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What.
    pub text: String,
    /// Whether the mistake is here, or only what it conflicts with.
    pub primary: bool,
}

/// One mistake.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// Its kind.
    pub code: &'static Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in lower case, without a full stop.
    pub message: String,
    /// Where, the primary place first.
    pub labels: Vec<Label>,
    /// A file or directory that the mistake is about, where there is no text to point at.
    pub path: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    fn new(code: &'static Code, severity: Severity, message: String) -> Self {
        let help = code.help.map(str::to_owned);
        Self {
            code,
            severity,
            message,
            labels: Vec::new(),
            path: None,
            help,
        }
    }

    /// Points at the mistake.
    pub fn primary(&mut self, span: Span, text: impl Into<String>) -> &mut Self {
        self.labels.push(Label {
            span,
            text: text.into(),
            primary: true,
        });
        self
    }

    /// Points at what the mistake conflicts with.
    pub fn context(&mut self, span: Span, text: impl Into<String>) -> &mut Self {
        self.labels.push(Label {
            span,
            text: text.into(),
            primary: false,
        });
        self
    }

    /// Names the file or directory that the mistake is about.
    pub fn path(&mut self, path: impl Into<String>) -> &mut Self {
        self.path = Some(path.into());
        self
    }

    /// Says what to do.
    pub fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help = Some(text.into());
        self
    }

    /// Asks "did you mean …?" where a name was found.
    pub fn suggest(&mut self, name: Option<&str>) -> &mut Self {
        match name {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}

/// The mistakes that a stage has found, in the order in which it found them.
#[derive(Debug, Default, Clone)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    /// The latest of those that are counted, but not kept.
    dropped: Option<Box<Diagnostic>>,
}

/// Most errors, and most warnings, that are kept: nobody reads more, and input may have millions.
const LIMIT: usize = 200;

impl Diagnostics {
    /// Adds an error.
    pub fn error(&mut self, code: &'static Code, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Diagnostic::new(code, Severity::Error, message.into()))
    }

    /// Adds a warning.
    pub fn warning(&mut self, code: &'static Code, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Diagnostic::new(code, Severity::Warning, message.into()))
    }

    fn push(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        let count = match diagnostic.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count > LIMIT {
            return self.dropped.insert(Box::new(diagnostic));
        }
        let index = self.list.len();
        self.list.push(diagnostic);
        &mut self.list[index]
    }

    /// Takes over what another list holds.
    pub fn append(&mut self, other: Self) {
        let beyond = other.beyond();
        for diagnostic in other.list {
            self.push(diagnostic);
        }
        self.errors += beyond.0;
        self.warnings += beyond.1;
    }

    /// Errors and warnings that were counted, but not kept.
    #[must_use]
    pub fn beyond(&self) -> (usize, usize) {
        (
            self.errors.saturating_sub(LIMIT),
            self.warnings.saturating_sub(LIMIT),
        )
    }

    /// How many of them are errors.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Whether one of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// All that are kept.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
