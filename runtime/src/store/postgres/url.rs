//! The URL of a server: checked before the driver reads it, since neither a warning nor an error may show it, and encrypted
//! unless the server is this machine.

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::open_error::OpenError;

/// What the driver knows, beside `options[…]`.
const PARAMETERS: &[&str] = &[
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

pub(super) fn parse(url: &str) -> Result<PgConnectOptions, OpenError> {
    let wrong = |problem: String| OpenError::Url { problem };
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return Err(wrong("does not begin with `postgres://`".to_owned()));
    }
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let parameters = || {
        query
            .split('&')
            .map(|pair| pair.split_once('=').map_or(pair, |(key, _)| key))
    };
    for key in parameters().filter(|key| !key.is_empty()) {
        let decoded = key.replace("%5B", "[").replace("%5b", "[");
        if !PARAMETERS.contains(&key) && !decoded.starts_with("options[") {
            return Err(wrong(format!("has a parameter `{key}` that is not known")));
        }
    }
    let options: PgConnectOptions = url.parse().map_err(|error: sqlx::Error| {
        // The source says what is wrong with it; only that.
        let problem = std::error::Error::source(&error).map(ToString::to_string);
        wrong(format!("cannot be read: {}", problem.unwrap_or_default()))
    })?;
    let told = std::env::var_os("PGSSLMODE").is_some()
        || parameters().any(|key| matches!(key, "sslmode" | "ssl-mode"));
    if told || is_local(&options) {
        return Ok(options);
    }
    Ok(options.ssl_mode(PgSslMode::VerifyFull))
}

/// How errors call the server.
pub(super) fn server(options: &PgConnectOptions) -> String {
    let host = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => options.get_host().to_owned(),
    };
    let database = options.get_database().unwrap_or(options.get_username());
    format!(
        "PostgreSQL at {host}:{}, database {database}",
        options.get_port()
    )
}

fn is_local(options: &PgConnectOptions) -> bool {
    let host = options
        .get_host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    let is_loopback = host
        .parse::<std::net::IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    options.get_socket().is_some()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_elsewhere_are_encrypted_unless_told() {
        let mode = |url: &str| parse(url).unwrap().get_ssl_mode();
        assert!(matches!(
            mode("postgres://u:p@db.example.com/x"),
            PgSslMode::VerifyFull
        ));
        assert!(matches!(
            mode("postgres://u:p@db.example.com/x?sslmode=disable"),
            PgSslMode::Disable
        ));
        assert!(matches!(
            mode("postgres://u:p@db.example.com/x?ssl-mode=require"),
            PgSslMode::Require
        ));
        for local in ["localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpostgresql"] {
            let mode = mode(&format!("postgres://u@{local}/x"));
            assert!(matches!(mode, PgSslMode::Prefer), "{local}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said_without_its_password() {
        for url in [
            "mysql://u:secret@h/x",
            "postgres://u:secret@h/x?pasword=secret",
            "postgres://u:secret@h:port/x",
            "postgres://u:secret@h/x?sslmode=secret2",
            "postgres://u:secret@h/x?port=1&hostaddr=nowhere",
            "postgres://u:secret@[h/x",
        ] {
            let error = format!("{0} {0:?}", parse(url).unwrap_err());
            assert!(
                !error.contains("secret@") && !error.contains("=secret"),
                "{error}"
            );
        }
        let options = parse("postgres://u:secret@h:99/x").unwrap();
        assert_eq!(server(&options), "PostgreSQL at h:99, database x");
    }
}
