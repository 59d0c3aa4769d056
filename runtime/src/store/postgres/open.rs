//! Opening: the builder, and the look at the server. What can be wrong is in `open_error.rs`, what is made in a new schema in
//! `migrate.rs`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, PgPool, Row};

use super::connections::Connections;
use super::core::Core;
use super::django::{self, Django};
use super::failure::{Failure, PostgresError};
use super::open_error::OpenError;
use super::sql::{Names, Sql};
use super::subscribe::Changes;
use super::transactional::Attached;
use super::{Layout, PostgresStore, migrate, url};

/// Sets up a PostgreSQL store. It shows no password.
#[derive(Clone)]
#[must_use = "nothing is opened before `connect`"]
pub struct PostgresBuilder {
    source: Source,
    layout: Layout,
    schema: Option<String>,
    max_connections: u32,
    timeout: Duration,
    patience: Duration,
    poll: Duration,
    migrate: bool,
    read_only: bool,
}

#[derive(Clone)]
enum Source {
    Url(String),
    Options(Box<PgConnectOptions>),
    Pool(PgPool),
}

impl PostgresBuilder {
    pub(super) fn url(url: String) -> Self {
        Self::new(Source::Url(url))
    }

    pub(super) fn options(options: PgConnectOptions) -> Self {
        Self::new(Source::Options(Box::new(options)))
    }

    pub(super) fn pool(pool: PgPool) -> Self {
        Self::new(Source::Pool(pool))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            layout: Layout::Native,
            schema: None,
            max_connections: 10,
            timeout: Duration::from_secs(10),
            patience: Duration::from_secs(30),
            poll: Duration::from_secs(1),
            migrate: false,
            read_only: false,
        }
    }

    /// How the journal's tables look; [`Layout::Native`] unless told.
    pub fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// The schema of the tables; `evgen` unless told, `public` in djangoevents' layout. Lower-case letters, digits and `_`.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Most connections that read, or save notes and snapshots, at a time; 10 unless told. Appends have one more; so
    /// have subscriptions, and appends that wait for other transactions have up to four; in djangoevents' layout appends have
    /// as many again. A caller's pool has its own limit.
    pub fn max_connections(mut self, max: u32) -> Self {
        self.max_connections = max;
        self
    }

    /// How long to wait for a free connection, and for the server to let one in; 10 s unless told.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long an append tries again while the server is away; 30 s unless told.
    pub fn reconnect_for(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How often other processes' appends are looked for while somebody subscribes, beside being notified of them; 1 s
    /// unless told. Behind a pooler, which lets no notification through, this is how late they are.
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.poll = interval.max(Duration::from_millis(10));
        self
    }

    /// Makes tables that are missing or older when the store is opened. Several processes may do so at once.
    pub fn migrate_at_start(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// Only read, a replica say: nothing is made, and every write is refused.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Makes the tables, or brings those of an older build up to date, and opens nothing. Builds of before go on beside it.
    ///
    /// # Errors
    /// See [`OpenError`]; each says what to do.
    pub async fn run_migrations(self) -> Result<(), OpenError> {
        let names = self.names()?;
        let (connections, server) = self.connections()?;
        let postgres = |error| OpenError::Postgres(PostgresError::new(&server, error));
        let mut connection = connections.get().await.map_err(postgres)?;
        check_server(&mut connection, &server).await?;
        if names.django {
            let made = django::open::make_where_empty(&mut connection, &names).await;
            if let Err(error) = made {
                connection.spoil();
                return Err(postgres(error));
            }
            django::open::check(&mut connection, &names, true, &server).await?;
        }
        let found = migrate::find(&mut connection, &names)
            .await
            .map_err(postgres)?;
        if let Err(error @ OpenError::NewerLayout { .. }) = migrate::check(found.as_ref(), &names) {
            return Err(error);
        }
        let migrated = migrate::migrate(&mut connection, &names).await;
        if migrated.is_err() {
            // A transaction may be open on it.
            connection.spoil();
        }
        migrated.map_err(postgres)
    }

    /// Connects, and checks what is there.
    ///
    /// # Errors
    /// See [`OpenError`]; each says what to do.
    pub async fn connect(self) -> Result<PostgresStore, OpenError> {
        if self.migrate && !self.read_only {
            self.clone().run_migrations().await?;
        }
        let names = self.names()?;
        let (connections, server) = self.connections()?;
        let postgres = |error| OpenError::Postgres(PostgresError::new(&server, error));
        let mut connection = connections.get().await.map_err(postgres)?;
        check_server(&mut connection, &server).await?;
        if names.django {
            django::open::check(&mut connection, &names, self.read_only, &server).await?;
        }
        let found = migrate::find(&mut connection, &names)
            .await
            .map_err(postgres)?;
        migrate::check(found.as_ref(), &names)?;
        drop(connection);
        let django = match names.django {
            true => Some(Django::new(self.connections()?.0)),
            false => None,
        };
        let (changes, receiver) = Changes::new(0);
        let core = Core {
            connections,
            sql: Sql::new(&names),
            names,
            django,
            server: Arc::clone(&server),
            read_only: self.read_only,
            patience: self.patience,
            poll: self.poll,
            changes,
            attached: Attached::default(),
            closed: AtomicBool::new(false),
        };
        let head = match core.head().await {
            Ok(head) => head,
            Err(Failure::Postgres(error)) => {
                return Err(OpenError::Postgres(PostgresError::new(&server, error)));
            }
            Err(_) => 0,
        };
        core.changes.tell(head);
        Ok(PostgresStore::start(Arc::new(core), receiver, head))
    }

    fn names(&self) -> Result<Names, OpenError> {
        let django = matches!(self.layout, Layout::Djangoevents { .. });
        let unless_told = if django { "public" } else { "evgen" };
        let schema = self.schema.as_deref().unwrap_or(unless_told).to_owned();
        let is_name = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let name = schema.as_bytes();
        if !name.iter().all(is_name)
            || name.first().is_none_or(u8::is_ascii_digit)
            || name.len() > 63
        {
            return Err(OpenError::SchemaName { schema });
        }
        Ok(Names { schema, django })
    }

    fn connections(&self) -> Result<(Connections, Arc<str>), OpenError> {
        let options = match &self.source {
            Source::Pool(pool) => {
                let server = url::server(&pool.connect_options()).into();
                return Ok((Connections::of_pool(pool.clone()), server));
            }
            Source::Options(options) => (**options).clone(),
            Source::Url(url) => url::parse(url)?,
        };
        let server = url::server(&options);
        let encrypted = matches!(
            options.get_ssl_mode(),
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull
        );
        if encrypted && !cfg!(feature = "tls") {
            return Err(OpenError::NoTls { server });
        }
        let options = options.disable_statement_logging();
        let connections = Connections::own(options, self.max_connections, self.timeout);
        Ok((connections, server.into()))
    }
}

impl fmt::Debug for PostgresBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresBuilder")
            .field("layout", &self.layout)
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

async fn check_server(
    connection: &mut sqlx::PgConnection,
    server: &Arc<str>,
) -> Result<(), OpenError> {
    let asked = async {
        let row = sqlx::query(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
             current_setting('server_encoding')",
        )
        .fetch_one(connection)
        .await?;
        Ok((
            row.try_get::<i32, _>(0)?,
            row.try_get::<String, _>(1)?,
            row.try_get::<String, _>(2)?,
        ))
    };
    let (number, version, encoding) = asked
        .await
        .map_err(|error| OpenError::Postgres(PostgresError::new(server, error)))?;
    let server = server.to_string();
    if number < 120_000 {
        return Err(OpenError::TooOld {
            server,
            found: version,
        });
    }
    if encoding != "UTF8" {
        return Err(OpenError::Encoding {
            server,
            found: encoding,
        });
    }
    Ok(())
}

#[cfg(all(test, not(feature = "tls")))]
mod tests {
    use super::*;

    #[test]
    fn an_encrypted_connection_needs_the_feature() {
        let url = "postgres://u:secret@db.example.com/x?sslmode=require";
        let refused = PostgresBuilder::url(url.to_owned()).connections().err();
        let said = refused.unwrap().to_string();
        assert!(said.contains("feature `tls`"), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}
