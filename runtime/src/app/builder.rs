//! `AppBuilder`: what `events::app(store)` wraps. Generated code makes it with the tables of aggregates, handlers and
//! projections; the call of `.handlers` or `.projections` that must not be left out is generated, too.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::flights::Flights;
use super::options::{Backoff, Options};
use super::publish::InlineHandlers;
use super::turns::Turns;
use super::{App, BuildError, Inner};
use crate::envelope::PayloadFormat;
use crate::event::AggregateDescriptor;
use crate::handler::{Delivery, HandlerEntry, HandlerFailure};
use crate::projection::ProjectionEntry;
use crate::runner::{self, Plan, Runners};
use crate::schemas::Written;
use crate::store::EventStore;
use crate::subscription::Subscriptions;
use crate::validate::Validation;

/// What the manifest's `settings` say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether raw events are held against their schema (djangoevents' `EVENT_SCHEMA_VALIDATION.ENABLED`).
    pub validate: bool,
    /// Whether stored data carries its `schema_version` (djangoevents' `ADDS_SCHEMA_VERSION_TO_EVENT_DATA`).
    pub schema_version_in_data: bool,
    /// Whose verdict counts.
    pub validation: Validation,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            validate: true,
            schema_version_in_data: false,
            validation: Validation::Strict,
        }
    }
}

/// Makes an [`App`].
#[must_use = "call `.build().await`"]
pub struct AppBuilder {
    store: Arc<dyn EventStore>,
    aggregates: &'static [&'static AggregateDescriptor],
    options: Options,
    handlers: Vec<HandlerEntry>,
    projections: Vec<ProjectionEntry>,
}

impl AppBuilder {
    /// An app on `store`; called by generated code.
    pub fn new(
        store: Arc<dyn EventStore>,
        aggregates: &'static [&'static AggregateDescriptor],
        settings: Settings,
    ) -> Self {
        Self {
            store,
            aggregates,
            options: Options::new(settings),
            handlers: Vec::new(),
            projections: Vec::new(),
        }
    }

    /// Adds handlers behind those there are; called by generated code.
    pub fn add_handlers(mut self, handlers: Vec<HandlerEntry>) -> Self {
        self.handlers.extend(handlers);
        self
    }

    /// Adds projections; called by generated code.
    pub fn add_projections(mut self, projections: Vec<ProjectionEntry>) -> Self {
        self.projections.extend(projections);
        self
    }

    /// Overrides the manifest's `settings.validate`.
    pub fn validate(mut self, validate: bool) -> Self {
        self.options.settings.validate = validate;
        self
    }

    /// Overrides the manifest's `settings.validation`.
    pub fn validation(mut self, validation: Validation) -> Self {
        self.options.settings.validation = validation;
        self
    }

    /// Overrides the manifest's `settings.schema_version_in_data`.
    pub fn schema_version_in_data(mut self, in_data: bool) -> Self {
        self.options.settings.schema_version_in_data = in_data;
        self
    }

    /// How the data of new events is written: as JSON by default. A djangoevents journal takes JSON only.
    pub fn payload(mut self, format: PayloadFormat) -> Self {
        self.options.payload = format;
        self
    }

    /// Whether `command_id`, `causation_id` and `correlation_id` are filled in where the caller gives none: by
    /// default yes, but not in a journal of djangoevents' layout.
    pub fn fill_metadata(mut self, fill: bool) -> Self {
        self.options.fill_metadata = Some(fill);
        self
    }

    /// How often `update` decides, at least once, before it answers `Conflict`: 10 by default. Writers in this process
    /// queue, so only those of other processes use it up.
    pub fn update_attempts(mut self, attempts: u32) -> Self {
        self.options.attempts = attempts.max(1);
        self
    }

    /// The pause before a projection or durable handler tries a failed event again, doubled each time up to `longest`:
    /// from 100 ms to 30 s by default. Each is shortened at random, down to half of it.
    pub fn retry_pause(mut self, first: Duration, longest: Duration) -> Self {
        self.options.backoff = Backoff { first, longest };
        self
    }

    /// How often a projection or durable handler tries an event before it parks it, where the manifest's `attempts` does not
    /// say: 8 by default.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.options.handler_attempts = attempts.max(1);
        self
    }

    /// How long the process that runs a projection or durable handler may be silent before another one takes over: 15 s by
    /// default. One that is known to have ended is not waited for.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.options.lease = lease.max(Duration::from_millis(10));
        self
    }

    /// Whether projections and durable handlers are run by this app: yes by default. A process that only stores, or only
    /// looks after them, leaves them to others; transactional projections are part of its appends all the same.
    pub fn run_projections(mut self, run: bool) -> Self {
        self.options.runs = run;
        self
    }

    /// Calls `on_failure` for every inline handler that fails, after it was logged.
    pub fn on_handler_failure(
        mut self,
        on_failure: impl Fn(&HandlerFailure) + Send + Sync + 'static,
    ) -> Self {
        self.options.on_handler_failure = Some(Arc::new(on_failure));
        self
    }

    /// Checks the tables and starts projections and durable handlers: tasks of the Tokio runtime that this runs on.
    ///
    /// # Errors
    /// A name stands twice, a projection needs another kind of store, its tables cannot be made, a transactional one refuses
    /// what is stored already, or the journal cannot keep the payload's format.
    pub async fn build(self) -> Result<App, BuildError> {
        let Self {
            store,
            aggregates,
            options,
            handlers,
            projections,
        } = self;
        if options.payload != PayloadFormat::Json && store.is_djangoevents() {
            return Err(BuildError::JsonOnly);
        }
        let mut names = HashSet::new();
        for name in projections
            .iter()
            .map(|p| p.name)
            .chain(handlers.iter().map(|h| h.name))
        {
            if !names.insert(name) {
                return Err(BuildError::NameTwice { name });
            }
        }
        let (durable, inline): (Vec<_>, Vec<_>) = handlers
            .into_iter()
            .partition(|handler| handler.delivery == Delivery::Durable);
        let plans = projections
            .into_iter()
            .map(|projection| Plan::of_projection(projection, &*store))
            .chain(
                durable
                    .into_iter()
                    .map(|handler| Ok(Plan::of_handler(handler))),
            )
            .collect::<Result<Vec<_>, _>>()?;
        let runs = options.runs;
        let (runners, seats) = Runners::new(plans, aggregates).await?;
        let app = App {
            inner: Arc::new(Inner {
                store,
                aggregates,
                options,
                inline: InlineHandlers::new(inline),
                turns: Turns::default(),
                flights: Flights::default(),
                runners,
                subscriptions: Subscriptions::default(),
                schemas: Written::default(),
            }),
            cause: None,
        };
        if runs {
            runner::start(&app, seats);
        }
        Ok(app)
    }
}

impl std::fmt::Debug for AppBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppBuilder")
            .field("aggregates", &self.aggregates)
            .field("handlers", &self.handlers)
            .field("projections", &self.projections)
            .finish_non_exhaustive()
    }
}
