//! The command line of `evgen journal`, and the help that it shows.

use std::path::PathBuf;

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

#[derive(Debug, clap::Args)]
pub(crate) struct Journal {
    #[command(subcommand)]
    pub(crate) what: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Subcommand {
    /// Prints events, their data read by the schemas
    #[command(after_help = CAT_HELP)]
    Cat(Cat),
    /// Prints the last events, then new ones as they come
    #[command(after_help = TAIL_HELP)]
    Tail(Tail),
    /// Reads every event by the schemas, and says which cannot be read
    #[command(after_help = VERIFY_HELP)]
    Verify(Verify),
    /// Counts events, streams and bytes
    #[command(after_help = STATS_HELP)]
    Stats(Stats),
    /// Writes all events to files: JSON lines, or Avro
    #[command(after_help = EXPORT_HELP)]
    Export(Export),
    /// Stores the events of an export
    #[command(after_help = IMPORT_HELP)]
    Import(Import),
    /// Brings a store's tables to the newest layout
    #[command(after_help = MIGRATE_HELP)]
    Migrate(Migrate),
}

/// Which journal, and how it is opened.
#[derive(Debug, clap::Args)]
pub(crate) struct Store {
    /// The journal: an SQLite file or `sqlite:FILE`, in evgen's layout or djangoevents', or `postgres://…`
    #[arg(value_name = "STORE")]
    pub(crate) url: String,
    /// Zone of the times of a djangoevents journal that Django wrote with USE_TZ = False [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    pub(crate) time_zone: Option<TimeZone>,
    /// Schema of a journal in PostgreSQL [default: evgen; public for djangoevents' `event_journal`]
    #[arg(long, value_name = "NAME")]
    pub(crate) schema: Option<String>,
    /// How long to wait for a file that another process keeps locked, or for a server
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(crate) wait: u64,
}

/// Which events.
#[derive(Debug, clap::Args)]
pub(crate) struct Select {
    /// Only of these aggregates, by their stored names
    #[arg(long, value_name = "NAME")]
    pub(crate) aggregate: Vec<String>,
    /// Only of aggregates with these ids
    #[arg(long, value_name = "ID")]
    pub(crate) id: Vec<String>,
    /// Only these: `todo_created` as stored or, with schemas, `Todo.Created` and `Created`
    #[arg(long, value_name = "EVENT")]
    pub(crate) event: Vec<String>,
    /// Only from this position on
    #[arg(long, value_name = "POSITION")]
    pub(crate) from: Option<i64>,
    /// Only up to this position
    #[arg(long, value_name = "POSITION")]
    pub(crate) to: Option<i64>,
    /// Only made at this time or later: `2026-05-01`, `2026-05-01T12:30`, `2026-05-01T12:30:00+02:00`; UTC unless it says
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<Timestamp>,
    /// Only made before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) until: Option<Timestamp>,
}

const CAT_HELP: &str = "\
The journal is only read: nothing is written, and other processes may go on writing. Schemas are those of --dir, or those found \
here; without any, JSON data is shown as it is, Avro data by the schemas that the store keeps. With `--format json`, each event is one JSON object on a line of its own, with all \
of its envelope: what `journal export` writes.

Examples:
  evgen journal cat app.db
  evgen journal cat app.db --aggregate Todo --id 5f0c --long
  evgen journal cat app.db --event Todo.Completed --since 2026-05-01 --format json
  evgen journal cat db.sqlite3 --reverse --limit 20";

#[derive(Debug, clap::Args)]
pub(crate) struct Cat {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) select: Select,
    /// At most so many
    #[arg(long, value_name = "NUMBER")]
    pub(crate) limit: Option<usize>,
    /// The newest first
    #[arg(long)]
    pub(crate) reverse: bool,
    /// Several lines per event, with its id and metadata
    #[arg(long)]
    pub(crate) long: bool,
}

const TAIL_HELP: &str = "\
Ends with Ctrl-C, or when what reads its output does.

Examples:
  evgen journal tail app.db
  evgen journal tail app.db -n 0 --aggregate Todo
  evgen journal tail app.db --no-follow --format json";

#[derive(Debug, clap::Args)]
pub(crate) struct Tail {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) select: Select,
    /// How many of those that are there already
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 10)]
    pub(crate) lines: usize,
    /// Do not wait for new ones
    #[arg(long)]
    pub(crate) no_follow: bool,
    /// Several lines per event, with its id and metadata
    #[arg(long)]
    pub(crate) long: bool,
}

const VERIFY_HELP: &str = "\
Each event is held against the schema of the version that its row names: what Avro's rules make of it for the latest version is \
decided at build time, and what an upcaster makes of it only the app can say, by its own `journal verify`. The journal is only read.

Exit code 1 when an event cannot be read, or is missing.

Examples:
  evgen journal verify app.db
  evgen journal verify app.db --dir schemas --format github
  evgen journal verify db.sqlite3 --format sarif > journal.sarif";

#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) store: Store,
    /// How many findings are shown; all are counted
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    pub(crate) limit: usize,
}

const STATS_HELP: &str = "\
The journal is only read, once. `--format json` gives one object.

Examples:
  evgen journal stats app.db
  evgen journal stats app.db --streams 50 --format json";

#[derive(Debug, clap::Args)]
pub(crate) struct Stats {
    #[command(flatten)]
    pub(crate) store: Store,
    /// How many of the biggest streams are named
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    pub(crate) streams: usize,
}

const EXPORT_HELP: &str = "\
JSON lines hold everything, and the text of JSON data byte for byte. Avro gives a directory with one object container file per \
version of an event, `Todo/todo_created.v1.avro`, whose `data` has the event's own schema, for tools that read Avro. Both can be \
imported again. docs/journal.md has the fields. The journal is only read.

Examples:
  evgen journal export app.db > journal.jsonl
  evgen journal export app.db --out journal.jsonl
  evgen journal export app.db --as avro --out journal/ --codec deflate";

#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) select: Select,
    /// What is written
    #[arg(long = "as", value_enum, value_name = "KIND", default_value_t = Kind::Jsonl)]
    pub(crate) kind: Kind,
    /// The file, or for Avro the directory; neither may exist [default: stdout]
    #[arg(long, value_name = "PATH", required_if_eq("kind", "avro"))]
    pub(crate) out: Option<PathBuf>,
    /// How blocks of Avro files are packed
    #[arg(long, value_enum, value_name = "CODEC", default_value_t = Codec::Null)]
    pub(crate) codec: Codec,
}

/// What an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// One JSON object per line
    Jsonl,
    /// Avro object container files
    Avro,
}

/// How blocks of Avro files are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Codec {
    /// Not at all
    Null,
    /// RFC 1951
    Deflate,
}

const IMPORT_HELP: &str = "\
The file is a journal as JSON lines, or a directory of Avro files, as `journal export` writes them. All of it is held against the \
schemas first: where anything does not fit, each place is named, and nothing is stored. Ids, versions, times, metadata and data stay \
as they are; positions are given anew, in the same order. Events that are in the store already are left alone, so an import that was \
interrupted is simply run again.

A store that does not exist is made, in evgen's own layout. So a djangoevents journal leaves Django for good:
  evgen journal export db.sqlite3 --out journal.jsonl
  evgen journal import app.db journal.jsonl

More examples:
  evgen journal import app.db journal/ --dir schemas
  evgen journal import app.db journal.jsonl --dry-run";

#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) store: Store,
    /// JSON lines, or a directory of Avro files
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Store nothing, only check
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Hold nothing against the schemas; only where the manifest says `validate: false`
    #[arg(long)]
    pub(crate) no_validate: bool,
}

const MIGRATE_HELP: &str = "\
A service does the same when it opens its store. Tables of djangoevents belong to Django, and stay as they are.

Examples:
  evgen journal migrate app.db --dry-run
  evgen journal migrate app.db";

#[derive(Debug, clap::Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    pub(crate) store: Store,
    /// Change nothing, only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
}

fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let local = text.parse::<DateTime>().or_else(|_| {
        text.parse::<Date>()
            .map(|date| date.to_datetime(jiff::civil::Time::midnight()))
    });
    local
        .and_then(|local| TimeZone::UTC.to_timestamp(local))
        .map_err(|_| "write it as `2026-05-01` or `2026-05-01T12:30:00Z`".to_owned())
}

fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        "this system knows no such zone: write it as in the IANA database, `Europe/Warsaw`"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_are_utc_unless_they_say() {
        for text in [
            "2026-05-01",
            "2026-05-01T00:00",
            "2026-05-01T02:00:00+02:00",
        ] {
            assert_eq!(time(text).unwrap().to_string(), "2026-05-01T00:00:00Z");
        }
        assert!(time("yesterday").is_err());
    }
}
