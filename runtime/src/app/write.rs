//! `WriteOptions`: what every call that stores events takes beside them, and the builder methods for it.

use crate::metadata::{IntoMetadata, Metadata, MetadataError};

#[derive(Debug, Default)]
pub(crate) struct WriteOptions {
    pub(crate) command_id: Option<String>,
    metadata: Metadata,
    /// Told when the call is awaited: builder methods cannot fail.
    bad_metadata: Option<MetadataError>,
    pub(crate) strict: bool,
}

impl WriteOptions {
    pub(crate) fn add_metadata(&mut self, metadata: impl IntoMetadata) {
        if let Err(error) = metadata.add_to(&mut self.metadata) {
            self.bad_metadata.get_or_insert(error);
        }
    }

    pub(crate) fn take_metadata(&mut self) -> Result<Metadata, MetadataError> {
        match self.bad_metadata.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut self.metadata)),
        }
    }
}

/// The builder methods over a field `options: WriteOptions`.
macro_rules! write_options {
    () => {
        /// Names the command, so that repeating it is harmless: a command that has stored events in this stream answers
        /// as it did then. Stored in the metadata as `command_id`.
        pub fn command_id(mut self, command_id: impl ::std::fmt::Display) -> Self {
            self.options.command_id = Some(command_id.to_string());
            self
        }

        /// Adds metadata: a `(key, value)` pair, an array or `Vec` of pairs, or a [`Metadata`](crate::Metadata).
        pub fn metadata(mut self, metadata: impl $crate::metadata::IntoMetadata) -> Self {
            self.options.add_metadata(metadata);
            self
        }

        /// Makes an inline handler that fails an error of this call. The events stay stored.
        pub fn strict(mut self) -> Self {
            self.options.strict = true;
            self
        }
    };
}

pub(crate) use write_options;
