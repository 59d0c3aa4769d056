//! A to-do service on evgen. `cargo run -p example-app` tells its story; `cargo run -p example-app -- serve` starts it as a
//! web service with a page. Read `todo.rs` first, then `story.rs`.

#![expect(unreachable_pub, reason = "`pub` says what other files may use")]

mod events {
    //! Generated from `schemas/` by build.rs.
    evgen_runtime::include_events!();
}
mod handlers;
mod open_todos;
mod serve;
mod story;
mod todo;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use evgen_runtime::prelude::*;
// Where generated code looks for it, unless the manifest says otherwise.
use todo::Todo;

const HELP: &str = "\
A to-do service on evgen.

Usage: example-app [serve | admin COMMAND...] [--port PORT] [--db FILE]

  (nothing)       tell the story: what is stored, refused, replayed and handled
  serve           serve a page on http://127.0.0.1:8080
  admin           the app's own commands; without one, says which there are
  --port PORT     another port; 0 takes a free one
  --db FILE       another SQLite file than ./example.db
";

#[tokio::main]
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a command"
)]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(mistake) => {
            eprintln!("{mistake}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match run(arguments).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let store = SqliteStore::open(arguments.db).await?;
    let app = events::app(store.clone())
        .handlers(handlers::Reactions)
        .projections(open_todos::ReadModels)
        .build()
        .await?;
    let done = if let Some(command) = arguments.admin {
        Ok(app.admin(command).await)
    } else if arguments.serve {
        let served = serve::serve(&app, &store, arguments.port).await;
        served.map(|()| ExitCode::SUCCESS)
    } else {
        let told = story::tell(&app, &store).await;
        told.map(|()| ExitCode::SUCCESS).map_err(Into::into)
    };
    app.shutdown().await;
    done
}

struct Arguments {
    serve: bool,
    /// The words of one of the app's own commands.
    admin: Option<Vec<String>>,
    port: u16,
    db: PathBuf,
}

impl Arguments {
    /// `None`: help is asked for.
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut arguments = Self {
            serve: false,
            admin: None,
            port: 8080,
            db: "example.db".into(),
        };
        while let Some(word) = words.next() {
            if let Some(command) = &mut arguments.admin
                && word != "--db"
            {
                command.push(word);
                continue;
            }
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "serve" => arguments.serve = true,
                "admin" => arguments.admin = Some(Vec::new()),
                "--port" => {
                    let port = value()?;
                    arguments.port = port
                        .parse()
                        .map_err(|_| format!("--port: `{port}` is no port, 0 to 65535"))?;
                }
                "--db" => arguments.db = value()?.into(),
                "-h" | "--help" => return Ok(None),
                _ => return Err(format!("unknown argument `{word}`")),
            }
        }
        Ok(Some(arguments))
    }
}
