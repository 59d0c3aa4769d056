//! What can go wrong below: what PostgreSQL or the driver says, with the server and what to do, on its way to the errors of
//! the trait. No text here holds a password: neither do those of the driver.

use std::io::ErrorKind;
use std::sync::Arc;

use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::error::{AppendError, ReadError};
use crate::position::Position;

/// What PostgreSQL said, with the server and what to do about it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{server}: {advice}")]
pub struct PostgresError {
    server: Arc<str>,
    advice: &'static str,
    source: Arc<sqlx::Error>,
}

impl PostgresError {
    pub(super) fn new(server: &Arc<str>, source: sqlx::Error) -> Self {
        Self {
            server: Arc::clone(server),
            advice: advice(&source),
            source: Arc::new(source),
        }
    }

    /// The driver's own error.
    #[must_use]
    pub fn sqlx(&self) -> &sqlx::Error {
        &self.source
    }

    /// Whether the server could not be reached, or went away: trying again may help.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        is_lost(&self.source)
    }
}

/// SQLSTATE, where the server said it.
pub(super) fn code(error: &sqlx::Error) -> Option<&str> {
    said(error).map(PgDatabaseError::code)
}

fn said(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

/// Whether all of the server ends: it could not sync its log, say. What it was asked may be done when it is back.
fn is_panic(error: &sqlx::Error) -> bool {
    said(error).is_some_and(|error| matches!(error.severity(), PgSeverity::Panic))
}

/// Whether the connection is gone, or there is none yet: a new one may do.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::PoolTimedOut => true,
        error if is_panic(error) => true,
        _ => code(error).is_some_and(|code| {
            matches!(code, "57P01" | "57P02" | "57P03" | "53300") || code.starts_with("08")
        }),
    }
}

/// Whether PostgreSQL ended the transaction for its own sake: the same again may do.
pub(super) fn is_transient(error: &sqlx::Error) -> bool {
    matches!(code(error), Some("40001" | "40P01"))
}

/// Whether a read model that is part of the append was behind.
pub(super) fn is_behind(error: &sqlx::Error) -> bool {
    let constraint = error
        .as_database_error()
        .and_then(|error| error.constraint());
    constraint == Some("evgen_behind")
}

/// Whether a unique key stands in the way.
pub(super) fn is_taken(error: &sqlx::Error) -> bool {
    code(error) == Some("23505")
}

const UNVERIFIED: &str = "TLS could not be set up; name the certificate authority that signed the server's certificate with \
                          `sslrootcert=FILE`, and the server as its certificate does, or choose another `sslmode` in the URL";

fn advice(error: &sqlx::Error) -> &'static str {
    let code = match error {
        sqlx::Error::Io(error) => {
            return match error.kind() {
                ErrorKind::ConnectionRefused => {
                    "no server answers there; check host and port, and that it runs"
                }
                ErrorKind::NotFound => {
                    "there is no such socket, or no such file of a certificate; check the paths in the URL"
                }
                ErrorKind::UnexpectedEof
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe => {
                    "the connection was lost; try again once the server is back"
                }
                // What rustls says of certificates comes as this.
                ErrorKind::InvalidData => UNVERIFIED,
                ErrorKind::TimedOut => {
                    "the server did not answer in time; check the network, or set a longer timeout"
                }
                _ => "the server cannot be reached; check its name and the network",
            };
        }
        sqlx::Error::Tls(error) if error.to_string().contains("does not support TLS") => {
            return "the server does not offer TLS, which a server elsewhere is asked for unless told; set `ssl = on` in its \
                    postgresql.conf, or, on a network that you trust, add `sslmode=disable` to the URL";
        }
        sqlx::Error::Tls(_) => return UNVERIFIED,
        sqlx::Error::PoolTimedOut => {
            return "no connection became free in time; let the pool have more, or find what holds them";
        }
        sqlx::Error::PoolClosed => return "the caller's pool is closed",
        error if is_behind(error) => {
            return "a build that does not know the read model has appended meanwhile; begin the transaction anew";
        }
        error => code(error),
    };
    match code.unwrap_or_default() {
        "28P01" => "the password is wrong, or the user does not exist",
        "28000" => {
            "the server does not let this user in from here; check user name and pg_hba.conf"
        }
        "3D000" => "there is no such database; make it with CREATE DATABASE",
        "42501" => "the user lacks a privilege; docs/postgres.md lists which ones are needed",
        "53100" => "the server's disk is full; make room and try again",
        "53200" => "the server is out of memory, or of locks: see max_locks_per_transaction",
        "53300" => {
            "the server has no connection left; make pools smaller, or max_connections greater"
        }
        "25006" => {
            "the server only reads: it is a replica, or set to be read-only; connect to the primary"
        }
        "57P01" | "57P02" => {
            "the server was shut down, or the connection ended by an administrator"
        }
        "57P03" => "the server is starting up or shutting down; try again",
        "57014" => "the statement was cancelled: by a timeout, or by somebody",
        "42P01" | "3F000" | "42883" | "42703" => {
            "the journal's tables are missing or older than this build; migrate the store first"
        }
        "22021" => "PostgreSQL keeps no text with the character U+0000",
        "22001" => {
            "a text is longer than its column; djangoevents' ids and names have 255 characters"
        }
        "22003" => "a number is beyond what its column holds",
        "22P02" => "data or metadata is not JSON as PostgreSQL reads it",
        "58030" => "the server cannot read or write its disk; its log says what of it",
        "54000" => "an id is too long for PostgreSQL's indexes (2,700 bytes)",
        "54001" => "JSON is nested deeper than PostgreSQL's max_stack_depth lets it check",
        "55P03" => "another transaction holds a lock for longer than lock_timeout; end it",
        "40001" => "the transaction's isolation level is not READ COMMITTED",
        "40P01" => "PostgreSQL ended the transaction to resolve a deadlock; try again",
        "26000" => {
            "a pooler gives every transaction another connection; add `statement-cache-capacity=0` to the URL"
        }
        _ => "PostgreSQL refused",
    }
}

/// Why work on a connection stopped.
#[derive(Debug)]
pub(super) enum Failure {
    /// The append is refused.
    Refused(AppendError),
    /// A row cannot be an event.
    Row { row: i64, problem: String },
    /// Others keep it from being done; why.
    Unsettled(&'static str),
    /// PostgreSQL or the driver said no.
    Postgres(sqlx::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Postgres(error)
    }
}

impl Failure {
    pub(super) fn is_lost(&self) -> bool {
        matches!(self, Self::Postgres(error) if is_lost(error))
    }

    pub(super) fn into_read_error(self, server: &Arc<str>) -> ReadError {
        match self {
            Self::Refused(error) => ReadError::Backend {
                source: error.into(),
            },
            Self::Row { row, problem } => ReadError::Row {
                row: Position(row),
                problem,
            },
            Self::Unsettled(why) => ReadError::Backend { source: why.into() },
            Self::Postgres(error) => ReadError::Backend {
                source: PostgresError::new(server, error).into(),
            },
        }
    }
}
