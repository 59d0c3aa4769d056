//! `evgen journal migrate`: brings a store's own tables to the newest layout, which a service does when it opens the store.

use std::path::Path;

use evgen_runtime::rusqlite::{self, Connection, OpenFlags, OptionalExtension as _};
use evgen_runtime::store::postgres::{LAYOUT_VERSION as POSTGRES, OpenError};
use evgen_runtime::store::sqlite::LAYOUT_VERSION;

use super::super::console::Console;
use super::super::stop::Stop;
use super::args;
use super::store_url::{self, Place, Url};

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
enum Holds {
    /// There is none yet, or it has no tables of a journal.
    Nothing,
    /// evgen's tables, of a layout.
    Native(i64),
    /// djangoevents' table.
    Djangoevents,
}

pub(crate) fn run(args: &args::Migrate, console: &mut Console<'_>) -> Result<(), Stop> {
    let path = match store_url::place(&args.store.url)? {
        Place::Sqlite(path) => path,
        Place::Postgres(url) => return postgres(args, &url, console),
    };
    let name = path.display().to_string();
    let before = match look(&console.path(&path)) {
        Ok(before) => before,
        // Opening says more, and what to do.
        Err(error) => {
            return Err(match store_url::open(&args.store, console) {
                Err(stop) => stop,
                Ok(_) => Stop::Store(format!("{name}: {error}")),
            });
        }
    };
    let (done, would) = match before {
        Holds::Djangoevents => {
            let text = format!("{name}: djangoevents' own table; nothing to do");
            return console.print(&format!("{text}\n"));
        }
        Holds::Native(LAYOUT_VERSION) => {
            let text = format!("{name}: layout {LAYOUT_VERSION}, the newest; nothing to do");
            return console.print(&format!("{text}\n"));
        }
        Holds::Nothing => (
            format!("{name}: made the tables of layout {LAYOUT_VERSION}"),
            format!("{name}: would make the tables of layout {LAYOUT_VERSION}"),
        ),
        Holds::Native(found) if found < LAYOUT_VERSION => (
            format!("{name}: brought from layout {found} to {LAYOUT_VERSION}"),
            format!("{name}: would bring it from layout {found} to {LAYOUT_VERSION}"),
        ),
        // Opening refuses it, and says why.
        Holds::Native(_) => (String::new(), String::new()),
    };
    if args.dry_run && !would.is_empty() {
        return console.print(&format!("{would}\n"));
    }
    store_url::create(&args.store, console)?;
    console.print(&format!("{done}\n"))
}

fn postgres(args: &args::Migrate, url: &Url, console: &mut Console<'_>) -> Result<(), Stop> {
    let runtime = store_url::runtime()?;
    let django = runtime.block_on(url.djangoevents(&args.store));
    if let Some(django) = django.map_err(|error| url.stop(error))? {
        let text = match args.dry_run {
            true => "would make evgen's own tables beside `event_journal`, where they are missing",
            false => {
                let migrated = runtime.block_on(django.run_migrations());
                migrated.map_err(|error| url.stop(error))?;
                "evgen's own tables stand beside `event_journal`"
            }
        };
        return console.print(&format!("{url}: {text}\n"));
    }
    let look = url.builder(&args.store).read_only(true).connect();
    let (done, would) = match runtime.block_on(look) {
        Ok(_) => {
            let text = format!("{url}: layout {POSTGRES}, the newest; nothing to do");
            return console.print(&format!("{text}\n"));
        }
        Err(OpenError::NotMigrated { .. }) => (
            format!("{url}: made the tables of layout {POSTGRES}"),
            format!("{url}: would make the tables of layout {POSTGRES}"),
        ),
        Err(OpenError::OlderLayout { found, .. }) => (
            format!("{url}: brought from layout {found} to {POSTGRES}"),
            format!("{url}: would bring it from layout {found} to {POSTGRES}"),
        ),
        Err(error) => return Err(url.stop(error)),
    };
    if args.dry_run {
        return console.print(&format!("{would}\n"));
    }
    let migrate = url.builder(&args.store).run_migrations();
    runtime.block_on(migrate).map_err(|error| url.stop(error))?;
    console.print(&format!("{done}\n"))
}

/// Looks at a file without changing it.
fn look(path: &Path) -> rusqlite::Result<Holds> {
    if !path.exists() {
        return Ok(Holds::Nothing);
    }
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let has = |table: &str| {
        db.query_row(
            "SELECT 1 FROM sqlite_master WHERE name = ?1",
            [table],
            |_| Ok(()),
        )
        .optional()
    };
    if has("evgen_meta")?.is_some() {
        let layout = "SELECT value FROM evgen_meta WHERE key = 'layout'";
        return Ok(Holds::Native(db.query_row(layout, [], |row| row.get(0))?));
    }
    Ok(match has("event_journal")? {
        Some(()) => Holds::Djangoevents,
        None => Holds::Nothing,
    })
}
