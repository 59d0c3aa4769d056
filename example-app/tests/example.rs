//! The example as its user runs it: the story, the service over HTTP, the page in a browser.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

#[test]
fn the_story_is_told_twice_on_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let first = tell(folder.path());
    for line in [
        "(0 events from before are in that file)",
        "now:      “buy oat milk”, next version 2",
        "before:   “buy milk”",
        "refused, a todo needs a label",
        "“call grandmother”, priority NORMAL, tags []: version 2's defaults",
        "refused:  `/label`: expected a string, found `7`",
        "refused:  `/priority`: ",
        "refused:  `/tags/1`: ",
        "conflict, expected version 2, the next is 3 by now",
        "stored:   4 events",
        "handler:  “buy oat milk, two cartons” is done. Well done, Ann!",
        "in the table open_todos: 1",
        "it is discarded",
        "todo_created v1        {\"label\": \"call grandmother\"}",
    ] {
        assert!(first.contains(line), "{line}\nis not in\n{first}");
    }
    let second = tell(folder.path());
    assert!(second.contains("(8 events from before"), "{second}");
    assert!(second.contains("in the table open_todos: 2"), "{second}");
}

#[test]
fn the_service_answers_with_the_status_of_each_error() {
    let service = Service::start();
    assert_eq!(service.call("GET", "/api/todos/1", "", "").status, 404);
    let created = service.call("PUT", "/api/todos/1", "", r#"{"label": "milk"}"#);
    assert_eq!(created.status, 201);
    assert!(created.head.contains("etag: \"1\""), "{}", created.head);

    let again = service.call("PUT", "/api/todos/1", "", r#"{"label": "milk"}"#);
    assert_eq!(again.status, 409);
    let nothing = service.call("POST", "/api/todos/1/rename", "", r#"{"label": " "}"#);
    assert_eq!(nothing.status, 422);
    assert!(nothing.body.contains("a todo needs a label"));

    let (path, body) = ("/api/todos/1/rename", r#"{"label": "oat milk"}"#);
    let guarded = "If-Match: \"1\"\r\nIdempotency-Key: k\r\n";
    for _ in 0..2 {
        let renamed = service.call("POST", path, guarded, body);
        assert_eq!(renamed.status, 200);
        assert!(renamed.body.contains(r#""version":2"#), "{}", renamed.body);
    }
    let stale = service.call("POST", path, "If-Match: \"1\"\r\n", body);
    assert_eq!(stale.status, 409);
    assert!(stale.body.contains(r#""version":2"#), "{}", stale.body);

    let list = service.call("GET", "/api/todos", "", "").body;
    assert!(list.contains("oat milk"), "{list}");
    assert_eq!(service.call("DELETE", "/api/todos/1", "", "").status, 200);
    assert_eq!(service.call("GET", "/api/todos/1", "", "").status, 410);
    let events = service.call("GET", "/api/todos/1/events", "", "").body;
    assert!(events.contains("todo_discarded"), "{events}");
    assert_eq!(service.call("GET", "/api/todos", "", "").body, "[]");
}

#[test]
fn a_browser_shows_the_page() {
    let Some(browser) = browser() else {
        return;
    };
    let service = Service::start();
    let body = r#"{"label": "read <b>a book</b>", "important": true}"#;
    service.call("PUT", "/api/todos/1", "", body);

    let profile = tempfile::tempdir().unwrap();
    let page = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        .args(["--disable-quic", "--no-first-run", "--disable-sync"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        // The page asks for its list; the picture is taken when it has it.
        .args(["--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("http://{}/", service.address))
        .output()
        .unwrap();
    let page = String::from_utf8(page.stdout).unwrap();
    assert!(page.contains("read &lt;b&gt;a book&lt;/b&gt;"), "{page}");
    assert!(page.contains("important"), "{page}");
    assert!(page.contains("Rename: read"), "{page}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_service() {
    let mut service = Service::start();
    service.call("PUT", "/api/todos/1", "", r#"{"label": "milk"}"#);
    let id = service.process.id().to_string();
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -INT {id}")])
        .status();
    assert!(sent.unwrap().success());
    assert!(service.process.wait().unwrap().success());
}

fn tell(folder: &Path) -> String {
    let told = Command::new(env!("CARGO_BIN_EXE_example-app"))
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(told.status.success(), "{told:?}");
    assert!(folder.join("example.db").exists());
    String::from_utf8(told.stdout).unwrap()
}

struct Service {
    process: Child,
    address: String,
    _folder: TempDir,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Service {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_example-app"))
            .args(["serve", "--port", "0"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.split("http://").nth(1).unwrap();
        Self {
            address: address.split(' ').next().unwrap().to_owned(),
            process,
            _folder: folder,
        }
    }

    fn call(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A Chromium of this machine. Without one the test says so; with `CI` in the environment it fails.
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .flat_map(|folder| {
            ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name))
        })
        .find(|file| file.exists());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "chromium is missing");
        // Past the capture of test output: `tests/run` gathers these lines.
        let _ = writeln!(std::io::stderr(), "did without chromium");
    }
    found
}
