//! Tells subscribers of appends: by this store at once, by other processes through LISTEN and NOTIFY; and by polling, for
//! what a notification did not reach.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::watch;

use super::core::Core;
use super::failure::Failure;
use super::patience::Patience;
use super::read;
use crate::position::Position;

/// Least time between two notifications to other processes: they tell of everything meanwhile.
const PAUSE: Duration = Duration::from_millis(5);

/// The sending end.
pub(super) struct Changes {
    /// Gone once the store is closed.
    sender: Mutex<Option<watch::Sender<Position>>>,
}

impl Changes {
    /// Also gives the receiver that subscribers are cloned from; as long as it is the only one, nobody subscribes.
    pub(super) fn new(head: i64) -> (Self, watch::Receiver<Position>) {
        let (sender, receiver) = watch::channel(Position(head));
        let sender = Mutex::new(Some(sender));
        (Self { sender }, receiver)
    }

    /// Tells of an append; positions never go back.
    pub(super) fn tell(&self, head: i64) {
        if let Some(sender) = &*self.lock() {
            sender.send_if_modified(|told| {
                let more = head > told.0;
                *told = Position(told.0.max(head));
                more
            });
        }
    }

    fn has_subscribers(&self) -> bool {
        self.lock()
            .as_ref()
            .is_some_and(|sender| sender.receiver_count() > 1)
    }

    pub(super) fn close(&self) {
        self.lock().take();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<watch::Sender<Position>>> {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hears of other processes' appends while somebody subscribes.
pub(super) async fn listen(core: Weak<Core>) {
    let mut patience = Patience::new(None);
    loop {
        let Some(strong) = core.upgrade() else { return };
        let channel = strong.names.text("evgen.events");
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(strong.connections.options());
        drop(strong);
        let mut listener = PgListener::connect_with(&pool).await;
        if let Ok(listening) = &mut listener
            && let Err(error) = listening.listen(&channel).await
        {
            listener = Err(error);
        }
        match listener {
            Ok(mut listener) => loop {
                // What came before LISTEN, and what a notification did not reach.
                let poll = match core.upgrade() {
                    Some(core) if core.changes.has_subscribers() => {
                        look(&core).await;
                        core.pause()
                    }
                    _ => return,
                };
                match tokio::time::timeout(poll, listener.try_recv()).await {
                    Ok(Ok(Some(notification))) => {
                        patience = Patience::new(None);
                        let Some(core) = core.upgrade() else { return };
                        // In djangoevents' layout the look says how far it is settled.
                        if core.django.is_none()
                            && let Ok(head) = notification.payload().parse()
                        {
                            core.changes.tell(head);
                        }
                    }
                    // The connection was lost, and is there again.
                    Ok(Ok(None)) | Err(_) => {}
                    Ok(Err(error)) => {
                        tracing::debug!(%error, "listening for appends was interrupted");
                        break;
                    }
                }
            },
            Err(error) => {
                tracing::debug!(%error, "cannot listen for appends, polling instead");
                match core.upgrade() {
                    Some(core) if core.changes.has_subscribers() => look(&core).await,
                    _ => return,
                }
            }
        }
        patience.wait().await;
    }
}

/// Looks for appends. A failure is left to the next time: reads will tell of it.
async fn look(core: &Core) {
    if let Ok(head) = core.head().await {
        core.changes.tell(head);
    }
}

/// Between two looks while a transaction of others keeps what is visible from being settled.
const IMPATIENT: Duration = Duration::from_millis(20);

impl Core {
    /// The last position that readers may go to.
    pub(super) async fn head(&self) -> Result<i64, Failure> {
        match &self.django {
            Some(django) => django.horizon.settle(self).await,
            None => {
                self.run(|connection, sql| Box::pin(read::head(connection, sql)))
                    .await
            }
        }
    }

    /// Tells subscribers of an append of this store.
    pub(super) async fn stored(&self, position: i64) {
        match self.django {
            Some(_) if self.changes.has_subscribers() => look(self).await,
            Some(_) => {}
            None => self.changes.tell(position),
        }
    }

    /// How long to wait before the next look, where nobody tells of anything.
    fn pause(&self) -> Duration {
        match &self.django {
            Some(django) if django.horizon.is_waiting() => self.poll.min(IMPATIENT),
            _ => self.poll,
        }
    }
}

/// Notifies other processes of this one's appends, until the writer has ended. Not within the append's transaction:
/// PostgreSQL lets only one transaction at a time commit that notifies.
pub(super) async fn announce(core: Arc<Core>, mut heads: watch::Receiver<i64>) {
    while heads.changed().await.is_ok() {
        let head = heads.borrow_and_update().to_string();
        let notified = core.run(|connection, sql| {
            let notify = sqlx::query(sql.notify.get()).bind(head.clone());
            Box::pin(async move {
                notify.execute(connection).await?;
                Ok(())
            })
        });
        if let Err(error) = notified.await {
            tracing::debug!(?error, "could not notify other processes of an append");
        }
        tokio::time::sleep(PAUSE).await;
    }
}
