//! Read models in the journal's own SQLite file.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::exactly_once::{self, PageEvent, ReadModel, prepared};
use crate::envelope::EventContext;
use crate::error::BoxError;
use crate::handler::HandlerError;
use crate::projection::{SqlitePrepareCall, SqliteProjectionCall};
use crate::store::sqlite::{Apply, SqliteStore};
use crate::store::{BoxFuture, NoteChange, Page, ProjectError};

/// The user's projection and the store that holds its read model.
pub(super) type Target = exactly_once::Target<SqliteStore, SqlitePrepareCall, SqliteProjectionCall>;

impl ReadModel for Target {
    fn prepare(&self) -> BoxFuture<'_, Result<(), BoxError>> {
        let prepare = Arc::clone(&self.prepare);
        let apply: Apply = Box::new(move |tx| prepare(tx).map_err(HandlerError::into_source));
        Box::pin(async { prepared(self.store.project(Vec::new(), apply).await) })
    }

    fn fold(
        &self,
        changes: Vec<NoteChange>,
        page: Arc<Page>,
        events: Vec<PageEvent>,
        at: Arc<AtomicUsize>,
    ) -> BoxFuture<'_, Result<(), ProjectError>> {
        let call = Arc::clone(&self.apply);
        let apply: Apply = Box::new(move |tx| {
            for (place, part, event) in &events {
                at.store(*place, Ordering::SeqCst);
                if let Some(raw) = page.get(*place) {
                    call(tx, event, &EventContext::of_part(raw, *part))
                        .map_err(HandlerError::into_source)?;
                }
            }
            Ok(())
        });
        self.store.project(changes, apply)
    }
}
