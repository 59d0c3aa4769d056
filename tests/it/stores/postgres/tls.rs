//! TLS to a real server, with certificates made here: verified unless told, where the server is not this machine.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use evgen_runtime::sqlx::{Executor as _, Row as _};
use evgen_runtime::store::EventStore as _;
use evgen_runtime::store::postgres::PostgresStore;
use evgen_tests::postgres::{Database, program};

use super::any;
use crate::stores::chain;

/// A certificate authority, and a server's certificate for `0.0.0.0`: on this machine a way to the loopback that no rule
/// takes for local.
fn certificates(folder: &Path) -> Option<()> {
    let openssl = program("openssl")?;
    std::fs::write(folder.join("names"), "subjectAltName=IP:0.0.0.0").unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for command in [
        &format!("req -x509 {key} -keyout ca.key -out ca.crt -days 2 -subj /CN=evgen"),
        &format!("req {key} -keyout server.key -out server.csr -subj /CN=server"),
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt",
    ] {
        let made = Command::new(&openssl)
            .args(command.split(' '))
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "{command}");
    }
    // PostgreSQL's own user reads them.
    for name in ["", "server.crt", "server.key"] {
        let path = folder.join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    Some(())
}

/// What a store says that does not open, with all causes; never its password.
async fn refusal(url: &str) -> String {
    let error = PostgresStore::connect(url).await.unwrap_err();
    let said = chain(&error);
    assert!(!format!("{error:?} {said}").contains("secret"), "{said}");
    said
}

/// Whether the connections of a store at `url` are encrypted.
async fn is_encrypted(database: &Database, url: &str) -> bool {
    let store = PostgresStore::builder(format!("{url}&application_name=evgen_tls"))
        .migrate_at_start(true)
        .connect()
        .await
        .unwrap_or_else(|error| panic!("{}", chain(&error)));
    store.append(any("a")).await.unwrap();
    let mut admin = database.connect().await;
    let row = admin.fetch_one(
        "SELECT bool_and(s.ssl), bool_or(s.ssl) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
         WHERE a.application_name = 'evgen_tls'",
    );
    let row = row.await.unwrap();
    let (all, any): (bool, bool) = (row.get(0), row.get(1));
    assert_eq!(all, any);
    store.close().await;
    drop(store);
    while !admin
        .fetch_all("SELECT FROM pg_stat_activity WHERE application_name = 'evgen_tls'")
        .await
        .unwrap()
        .is_empty()
    {
        tokio::task::yield_now().await;
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_elsewhere_is_verified_unless_told() {
    let folder = tempfile::tempdir().unwrap();
    if certificates(folder.path()).is_none() {
        return;
    }
    let Some(database) = Database::with_tls(folder.path()).await else {
        return;
    };
    let local = &database.url;
    let elsewhere = local.replace("127.0.0.1", "0.0.0.0");
    let ca = folder.path().join("ca.crt");
    let ca = ca.display();
    // By default it is asked who answers, and nobody known has signed.
    let said = refusal(&elsewhere).await;
    assert!(said.contains("`sslrootcert=FILE`"), "{said}");
    assert!(is_encrypted(&database, &format!("{elsewhere}?sslrootcert={ca}")).await);
    // The certificate is another server's.
    let said = refusal(&format!("{local}?sslmode=verify-full&sslrootcert={ca}")).await;
    assert!(
        said.contains("the server as its certificate does"),
        "{said}"
    );
    let any_name = format!("{local}?sslmode=verify-ca&sslrootcert={ca}");
    assert!(is_encrypted(&database, &any_name).await);
    assert!(is_encrypted(&database, &format!("{elsewhere}?sslmode=require")).await);
    assert!(!is_encrypted(&database, &format!("{elsewhere}?sslmode=disable")).await);
    let said = refusal(&format!("{elsewhere}?sslrootcert=/nowhere/ca.crt")).await;
    assert!(said.contains("no such file of a certificate"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_tls_says_what_to_do() {
    let Some(database) = Database::on_own_server().await else {
        return;
    };
    let elsewhere = database.url.replace("127.0.0.1", "0.0.0.0");
    let said = refusal(&elsewhere).await;
    assert!(
        said.contains("does not offer TLS") && said.contains("`sslmode=disable`"),
        "{said}"
    );
    assert!(!is_encrypted(&database, &format!("{elsewhere}?sslmode=disable")).await);
    assert!(!is_encrypted(&database, &format!("{}?sslmode=prefer", database.url)).await);
}
