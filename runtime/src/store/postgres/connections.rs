//! Where connections come from: a small pool of the store's own, or the caller's.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool, Postgres, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Of the pool's own connections, for the store's own statements: each has one good plan, by an index, which is made once, and
/// also while the tables are small, when others seem as good.
const SETTINGS: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; SET jit = off; \
                        SET plan_cache_mode = force_generic_plan";

/// What begins a transaction of the app's statements on such a connection, as on any other.
const BEGIN_WITHOUT: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
     SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL enable_bitmapscan TO DEFAULT; SET LOCAL enable_sort TO DEFAULT; \
     SET LOCAL jit TO DEFAULT; SET LOCAL plan_cache_mode TO DEFAULT";

/// Gives out connections, at most so many at a time.
pub(super) struct Connections {
    source: Source,
    idle: Arc<Mutex<Vec<PgConnection>>>,
    turns: Arc<Semaphore>,
    /// How long to wait for a turn, and for a server that does not answer.
    timeout: Duration,
}

enum Source {
    Own(Box<PgConnectOptions>),
    Pool(PgPool),
}

/// A connection in use. Dropping it gives it back; [`Lent::spoil`] does not.
pub(crate) struct Lent {
    connection: Option<Held>,
    idle: Arc<Mutex<Vec<PgConnection>>>,
    /// Whether it was used before: then the server may have gone away meanwhile.
    pub(super) reused: bool,
    /// Whether it has the settings of the store's own statements.
    pub(super) is_set: bool,
    _turn: Option<OwnedSemaphorePermit>,
}

enum Held {
    Own(PgConnection),
    Pool(PoolConnection<Postgres>),
}

impl Connections {
    pub(super) fn own(options: PgConnectOptions, max: u32, timeout: Duration) -> Self {
        let max = usize::try_from(max.max(1)).unwrap_or(usize::MAX);
        Self {
            source: Source::Own(Box::new(options)),
            idle: Arc::default(),
            turns: Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))),
            timeout,
        }
    }

    pub(super) fn of_pool(pool: PgPool) -> Self {
        Self {
            timeout: pool.options().get_acquire_timeout(),
            source: Source::Pool(pool),
            idle: Arc::default(),
            turns: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        }
    }

    /// Whether they are a caller's, who needs them, too.
    pub(super) fn are_borrowed(&self) -> bool {
        matches!(self.source, Source::Pool(_))
    }

    /// Options of the connections.
    pub(super) fn options(&self) -> PgConnectOptions {
        match &self.source {
            Source::Own(options) => (**options).clone(),
            Source::Pool(pool) => (*pool.connect_options()).clone(),
        }
    }

    /// One of the pool, or a new one; waits while all are in use.
    pub(super) async fn get(&self) -> Result<Lent, sqlx::Error> {
        match &self.source {
            Source::Pool(pool) => Ok(self.lend(Held::Pool(pool.acquire().await?), true, None)),
            Source::Own(_) => {
                let turn =
                    tokio::time::timeout(self.timeout, Arc::clone(&self.turns).acquire_owned())
                        .await
                        .map_err(|_| sqlx::Error::PoolTimedOut)?
                        .map_err(|_| sqlx::Error::PoolClosed)?;
                let idle = lock(&self.idle).pop();
                match idle {
                    Some(connection) => {
                        let mut lent = self.lend(Held::Own(connection), true, Some(turn));
                        lent.is_set = true;
                        Ok(lent)
                    }
                    None => self.connect_and_set(Some(turn)).await,
                }
            }
        }
    }

    /// One that does not count, and is as others are, for what is the app's. Of a caller's pool it does count.
    pub(super) async fn get_extra(&self) -> Result<Lent, sqlx::Error> {
        match &self.source {
            Source::Pool(_) => self.get().await,
            Source::Own(_) => {
                let connection = self.connect().await?;
                let mut lent = self.lend(Held::Own(connection), false, None);
                lent.idle = Arc::default();
                Ok(lent)
            }
        }
    }

    /// One that does not count, for the writer. Of a caller's pool it does count.
    pub(super) async fn get_for_writer(&self) -> Result<Lent, sqlx::Error> {
        match &self.source {
            Source::Pool(_) => self.get().await,
            Source::Own(_) => {
                let mut lent = self.connect_and_set(None).await?;
                lent.idle = Arc::default();
                Ok(lent)
            }
        }
    }

    async fn connect_and_set(
        &self,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Result<Lent, sqlx::Error> {
        let mut connection = self.connect().await?;
        connection.execute(SETTINGS).await?;
        let mut lent = self.lend(Held::Own(connection), false, turn);
        lent.is_set = true;
        Ok(lent)
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let options = self.options();
        tokio::time::timeout(self.timeout, options.connect())
            .await
            .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
    }

    fn lend(&self, held: Held, reused: bool, turn: Option<OwnedSemaphorePermit>) -> Lent {
        Lent {
            connection: Some(held),
            idle: Arc::clone(&self.idle),
            reused,
            is_set: false,
            _turn: turn,
        }
    }

    /// Forgets idle connections: the server went away.
    pub(super) fn forget(&self) {
        lock(&self.idle).clear();
    }

    /// Refuses new ones and closes those that are idle. A caller's pool stays open.
    pub(super) fn close(&self) {
        self.turns.close();
        self.forget();
    }
}

impl Lent {
    /// Begins a transaction of isolation level READ COMMITTED for the app's own statements.
    pub(super) async fn begin_for_app(&mut self) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
        let begin = match self.is_set {
            false => "BEGIN ISOLATION LEVEL READ COMMITTED",
            true => BEGIN_WITHOUT,
        };
        self.begin_with(begin).await
    }

    /// Closes the connection instead of giving it back.
    pub(super) fn spoil(mut self) {
        if let Some(Held::Pool(mut connection)) = self.connection.take() {
            connection.close_on_drop();
        }
    }
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match self.connection.as_ref().expect("it is taken on drop only") {
            Held::Own(connection) => connection,
            Held::Pool(connection) => connection,
        }
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self.connection.as_mut().expect("it is taken on drop only") {
            Held::Own(connection) => connection,
            Held::Pool(connection) => connection,
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(Held::Own(connection)) = self.connection.take() {
            lock(&self.idle).push(connection);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
