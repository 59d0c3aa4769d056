//! Folding a stream where its store has it: events are neither copied nor handed from thread to thread, only the state is.

use std::any::Any;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Folded, LoadError, ReplayError};
use crate::aggregate::Aggregate;
use crate::envelope::RecordedEvent;
use crate::error::ReadError;
use crate::store::{EventStore, StreamQuery, Visit};

/// What came of it.
pub(super) enum Visited<A> {
    Folded(Folded<A>),
    /// The store has pages alone.
    Untouched(Folded<A>),
}

/// Folds what the query asks for, behind what was folded before.
pub(super) async fn fold<A: Aggregate>(
    store: &dyn EventStore,
    query: &StreamQuery,
    folded: Folded<A>,
) -> Result<Visited<A>, LoadError> {
    let (visitor, back) = Visitor::new(folded);
    let Some(read) = store.visit_stream(query.clone(), visitor.into_visit()) else {
        return Ok(Visited::Untouched(back.take()?.folded));
    };
    read.await?;
    let Fold { folded, stopped } = back.take()?;
    match stopped {
        None => Ok(Visited::Folded(folded)),
        Some(Stopped::Failed(error)) => Err(error.into()),
        // A mutator's panic is its caller's, as if it had been called there.
        Some(Stopped::Panicked(panic)) => resume_unwind(panic),
    }
}

struct Fold<A> {
    folded: Folded<A>,
    stopped: Option<Stopped>,
}

enum Stopped {
    Failed(Box<ReplayError>),
    Panicked(Box<dyn Any + Send>),
}

/// Where the fold is put when the store is done with it.
struct Back<A>(Arc<Mutex<Option<Fold<A>>>>);

impl<A> Back<A> {
    fn take(&self) -> Result<Fold<A>, ReadError> {
        let mut back = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        back.take().ok_or_else(|| ReadError::Backend {
            source: "the store has answered, and still visits events".into(),
        })
    }
}

struct Visitor<A> {
    /// There until it is put back.
    fold: Option<Fold<A>>,
    back: Back<A>,
}

impl<A: Aggregate> Visitor<A> {
    fn new(folded: Folded<A>) -> (Self, Back<A>) {
        let back = Arc::default();
        let fold = Fold {
            folded,
            stopped: None,
        };
        let visitor = Self {
            fold: Some(fold),
            back: Back(Arc::clone(&back)),
        };
        (visitor, Back(back))
    }

    fn into_visit(mut self) -> Visit {
        Box::new(move |event| self.visit(event))
    }

    fn visit(&mut self, event: &RecordedEvent<'_>) -> ControlFlow<()> {
        let Some(fold) = &mut self.fold else {
            return ControlFlow::Break(());
        };
        // What calls it may be C.
        fold.stopped = match catch_unwind(AssertUnwindSafe(|| fold.folded.absorb(event))) {
            Ok(Ok(())) => return ControlFlow::Continue(()),
            Ok(Err(error)) => Some(Stopped::Failed(error)),
            Err(panic) => Some(Stopped::Panicked(panic)),
        };
        ControlFlow::Break(())
    }
}

impl<A> Drop for Visitor<A> {
    fn drop(&mut self) {
        let mut back = self.back.0.lock().unwrap_or_else(PoisonError::into_inner);
        *back = self.fold.take();
    }
}
