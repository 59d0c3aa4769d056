//! Waiting until a projection has reached a position: read your own write.

use std::future::IntoFuture;
use std::time::Duration;

use super::{App, WaitError};
use crate::position::Position;
use crate::runner::load_checkpoint;
use crate::store::BoxFuture;

/// How often it is looked whether another process, which runs the projection, has got there.
const LOOK: Duration = Duration::from_millis(50);

/// Waits for a projection or durable handler; made by [`App::wait_for`].
#[derive(Debug)]
#[must_use = "nothing is waited for until it is awaited"]
pub struct WaitFor<'a> {
    app: &'a App,
    name: &'a str,
    position: Position,
    timeout: Duration,
}

impl<'a> WaitFor<'a> {
    pub(super) fn new(app: &'a App, name: &'a str, position: Position) -> Self {
        Self {
            app,
            name,
            position,
            timeout: Duration::from_secs(5),
        }
    }

    /// Waits no longer than this.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    async fn run(self) -> Result<(), WaitError> {
        let Self {
            app,
            name,
            position,
            timeout,
        } = self;
        let runners = &app.inner.runners;
        let Some(runner) = runners.get(name) else {
            return Err(WaitError::Unknown {
                name: name.to_owned(),
                known: runners.names(),
            });
        };
        let mut progress = runner.progress.clone();
        let mut here = runner.progress.clone();
        let elsewhere = async {
            loop {
                tokio::time::sleep(LOOK).await;
                // What cannot be read now may be read the next time; the time is bounded anyhow.
                let stored = load_checkpoint(&*app.inner.store, &runner.plan.key).await;
                if stored.is_ok_and(|(stored, _)| stored >= position) {
                    return;
                }
            }
        };
        let reached = async {
            tokio::select! {
                reached = here.wait_for(|at| at.finished >= position) => reached.map(drop),
                () = elsewhere => Ok(()),
            }
        };
        match tokio::time::timeout(timeout, reached).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_stopped)) => Err(WaitError::Stopped {
                name: name.to_owned(),
                reached: progress.borrow().finished,
            }),
            Err(_elapsed) => {
                let progress = progress.borrow_and_update();
                Err(WaitError::TimedOut {
                    name: name.to_owned(),
                    position,
                    reached: progress.finished,
                    waited: timeout,
                    failing: progress.failing.clone(),
                })
            }
        }
    }
}

impl<'a> IntoFuture for WaitFor<'a> {
    type Output = Result<(), WaitError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
