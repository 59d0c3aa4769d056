//! Where text came from: `SourceMap`, `SourceId`, `Span`, `Spanned<T>`.
//! Drawing it is in `report.rs`.

use std::fmt;

/// Names one file of a [`SourceMap`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceId(pub u32);

/// Bytes `start..end` of one file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// Past the last byte.
    pub end: u32,
}

/// A value and where the user wrote it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// Another value at the same place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned {
            value: f(self.value),
            span: self.span,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Every file that was read, with its text.
#[derive(Debug, Default)]
pub struct SourceMap {
    /// Id of the first file.
    first: u32,
    files: Vec<SourceFile>,
}

/// One file that was read.
#[derive(Debug)]
pub struct SourceFile {
    /// Path as it is shown to the user (`schemas/todo/v1_todo_created.json`).
    pub path: String,
    /// Path relative to the schema directory, with `/` (`todo/v1_todo_created.json`): what generated code names.
    pub relative: String,
    /// Its text.
    pub text: String,
}

impl SourceMap {
    /// An empty map whose files get other ids than those of `self`, so that both can be put together.
    #[must_use]
    pub fn next(&self) -> Self {
        Self {
            first: self.next_id(),
            files: Vec::new(),
        }
    }

    /// Takes over the files of a map that [`next`](Self::next) made.
    pub fn append(&mut self, other: Self) {
        debug_assert_eq!(other.first, self.next_id(), "made by `next`");
        self.files.extend(other.files);
    }

    fn next_id(&self) -> u32 {
        self.first + u32::try_from(self.files.len()).expect("fewer than 2^32 files")
    }

    /// Adds a file.
    pub fn add(&mut self, file: SourceFile) -> SourceId {
        let id = self.next_id();
        self.files.push(file);
        SourceId(id)
    }

    /// The file.
    #[must_use]
    pub fn file(&self, id: SourceId) -> &SourceFile {
        &self.files[(id.0 - self.first) as usize]
    }

    /// All files, in the order in which they were read.
    pub fn files(&self) -> impl Iterator<Item = (SourceId, &SourceFile)> {
        (self.first..).map(SourceId).zip(&self.files)
    }

    /// The text at a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        &self.file(span.source).text[span.start as usize..span.end as usize]
    }

    /// Line and column of a span's start, both from 1; columns count characters.
    #[must_use]
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let before = &self.file(span.source).text[..span.start as usize];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }
}
