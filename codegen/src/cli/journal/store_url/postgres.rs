//! Journals in PostgreSQL. No text here holds a password.

use std::fmt;
use std::time::Duration;

use evgen_runtime::BoxError;
use evgen_runtime::store::postgres::{Layout, OpenError, PostgresBuilder, PostgresStore};

use super::super::super::stop::Stop;
use super::args;

/// A URL that shows no password.
#[derive(Clone, PartialEq, Eq)]
pub(in super::super) struct Url(pub(super) String);

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::shown(&self.0))
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&super::shown(&self.0), f)
    }
}

impl Url {
    /// How the journal there is opened: one command has no use for many connections, nor for much patience.
    pub(in super::super) fn builder(&self, args: &args::Store) -> PostgresBuilder {
        let wait = Duration::from_secs(args.wait.max(1));
        let builder = PostgresStore::builder(&self.0)
            .max_connections(2)
            .connect_timeout(wait)
            .reconnect_for(wait);
        match &args.schema {
            Some(schema) => builder.schema(schema),
            None => builder,
        }
    }

    /// How a journal of djangoevents is opened, where there is one and none of evgen's own layout. Nothing is made.
    pub(in super::super) async fn djangoevents(
        &self,
        args: &args::Store,
    ) -> Result<Option<PostgresBuilder>, OpenError> {
        let native = self.builder(args).read_only(true).connect().await;
        let Err(OpenError::NotMigrated { .. }) = native else {
            // It is there, or opening it says what is wrong.
            return Ok(None);
        };
        let django = self.builder(args).layout(Layout::djangoevents());
        match django.clone().read_only(true).connect().await {
            Ok(_) => Ok(Some(django)),
            Err(OpenError::NoEventJournal { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What opening said, and what to do.
    pub(in super::super) fn stop(&self, error: OpenError) -> Stop {
        match error {
            OpenError::NotMigrated { schema } => Stop::usage(
                format!("{self} holds no journal in schema `{schema}`"),
                "name its schema with `--schema`; a service that may makes the tables when it opens its store, and so does \
                 `evgen journal migrate`",
            ),
            OpenError::OlderLayout {
                schema,
                found,
                known,
            } => Stop::usage(
                format!(
                    "{self} has tables of layout {found} in schema `{schema}`, this build needs {known}"
                ),
                "bring them up to date with `evgen journal migrate`; services of older builds go on beside it",
            ),
            OpenError::NewerLayout { found, known, .. } => Stop::usage(
                format!("{self} has tables of layout {found}, this build knows up to {known}"),
                "use the evgen that made them, or a newer one",
            ),
            error @ (OpenError::Url { .. } | OpenError::SchemaName { .. }) => {
                Stop::usage(error.to_string(), "check the URL and `--schema`")
            }
            error => {
                let mut text = error.to_string();
                let error: BoxError = error.into();
                let mut cause = error.source();
                while let Some(error) = cause {
                    let why = error.to_string();
                    if !text.contains(&why) {
                        text = format!("{text} ({why})");
                    }
                    cause = error.source();
                }
                Stop::Store(text)
            }
        }
    }
}
