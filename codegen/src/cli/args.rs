//! The command line, and the help that it shows.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Typed, versioned Rust from the Avro schemas of an event-sourced service.
#[derive(Debug, Parser)]
#[command(
    name = "evgen",
    version,
    max_term_width = 100,
    subcommand_required = true
)]
#[command(arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  cargo new shop && cd shop && evgen init      a service that builds, runs and tests at once
  evgen new event Todo.ChangedLabel label:string
  evgen check                                  what is wrong with schemas and manifest
  evgen explain EV0203                         what a code means, and what to do

Exit codes: 0 done, 1 findings, 2 usage, 3 stale output (generate --check), 70 defect of evgen, 74 I/O.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// Schema directory [default: schemas, or the one that holds aggregates.yaml]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Manifest, if it is not aggregates.yaml in the schema directory
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,
    /// Lock of the released versions, if it is not evgen.lock in the schema directory
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) lock: Option<PathBuf>,
    /// How findings are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// When to colour; NO_COLOR turns `auto` off
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, with the text underlined
    Text,
    /// One JSON object per line
    Json,
    /// GitHub workflow commands, shown beside the lines of a pull request
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a cargo package into a small event-sourced service
    #[command(after_help = INIT_HELP)]
    Init(Init),
    /// Adds an aggregate or an event: schema, manifest and Rust stubs
    New(New),
    /// Starts the next version of an event's schema
    #[command(after_help = BUMP_HELP)]
    Bump(Bump),
    /// Writes the generated code, formatted, to be checked in
    #[command(after_help = GENERATE_HELP)]
    Generate(Generate),
    /// Adds the missing stubs to your Rust files; changes nothing else
    #[command(after_help = SYNC_HELP)]
    Sync(Sync),
    /// Says what is wrong with schemas and manifest
    #[command(after_help = CHECK_HELP)]
    Check(Check),
    /// Pins drafts in evgen.lock, and writes a sample of each for tests to read
    #[command(after_help = RELEASE_HELP)]
    Release(Release),
    /// Says what a diagnostic's code means, and what to do
    #[command(after_help = "Example:\n  evgen explain EV0203")]
    Explain(Explain),
    /// Shows what a stage of the generator makes of the schemas
    #[command(after_help = "Example:\n  evgen inspect --stage resolved")]
    Inspect(Inspect),
    /// Drafts the manifest of a service that runs on djangoevents
    #[command(after_help = IMPORT_DJANGO_HELP)]
    ImportDjango(ImportDjango),
    /// Reads, checks and carries over journals: cat, tail, verify, stats, export, import, migrate
    Journal(super::journal::args::Journal),
    /// Prints the JSON Schema of aggregates.yaml, for editors
    #[command(after_help = "Example:\n  evgen manifest-schema > schemas/.aggregates.schema.json")]
    ManifestSchema,
    /// Prints a completion script for a shell
    #[command(
        after_help = "Example:\n  evgen completions bash > ~/.local/share/bash-completion/completions/evgen"
    )]
    Completions(Completions),
}

const INIT_HELP: &str = "\
Run it in a package that `cargo new` made. Existing files are never overwritten; src/main.rs is replaced only where it is \
cargo's untouched \"Hello, world!\".

Examples:
  cargo new shop && cd shop && evgen init
  evgen init --name Account";

#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// Name of the first aggregate
    #[arg(long, default_value = "Todo")]
    pub(crate) name: String,
    /// Depend on evgen and evgen-runtime in this checkout of evgen's repository, not on crates.io
    #[arg(long, value_name = "CHECKOUT")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct New {
    #[command(subcommand)]
    pub(crate) what: NewWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NewWhat {
    /// Adds an aggregate with an event that creates it
    #[command(after_help = "Example:\n  evgen new aggregate Account owner:string 'limit:long=0'")]
    Aggregate(NewAggregate),
    /// Adds an event to an aggregate
    #[command(after_help = NEW_EVENT_HELP)]
    Event(NewEvent),
}

const NEW_EVENT_HELP: &str = "\
Fields are `name:type` or `name:type=default`. Types:
  boolean int long float double bytes string    Avro's primitives
  uuid date decimal(9,2) timestamp-millis …     Avro's logical types
  string?                                       nullable, null by default
  [string]  map<long>                           arrays and maps
  enum(LOW,HIGH)                                symbols
  shop.Money                                    a type of schemas/types/, by its full name

Examples:
  evgen new event Todo.ChangedLabel label:string
  evgen new event Todo.Scheduled 'due:date?' 'tags:[string]=[]' 'priority:int=0'
  evgen new event Todo.Archived --discards";

#[derive(Debug, clap::Args)]
pub(crate) struct NewAggregate {
    /// Its name, as in `Account`
    pub(crate) name: String,
    /// Fields of the event that creates it, as `name:type`
    #[arg(value_name = "FIELD")]
    pub(crate) fields: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct NewEvent {
    /// Aggregate and event, as in `Todo.ChangedLabel`
    #[arg(value_name = "AGGREGATE.EVENT")]
    pub(crate) event: String,
    /// Its fields, as `name:type`
    #[arg(value_name = "FIELD")]
    pub(crate) fields: Vec<String>,
    /// It creates the aggregate
    #[arg(long, conflicts_with = "discards")]
    pub(crate) creates: bool,
    /// It discards the aggregate
    #[arg(long)]
    pub(crate) discards: bool,
    /// It sets these fields of a generated state; then no mutator method is needed
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',')]
    pub(crate) sets: Vec<String>,
}

const BUMP_HELP: &str = "\
Copies the highest version's schema to the next number, with the fields added. With a default, old events are read as new ones \
by Avro's rules; without one, a step in Rust is needed (--upcast).

Examples:
  evgen bump Todo.Created 'priority:int=0'
  evgen bump Todo.Created owner:string --upcast";

#[derive(Debug, clap::Args)]
pub(crate) struct Bump {
    /// Aggregate and event, as in `Todo.Created`
    #[arg(value_name = "AGGREGATE.EVENT")]
    pub(crate) event: String,
    /// Fields to add, as `name:type=default`
    #[arg(value_name = "FIELD")]
    pub(crate) fields: Vec<String>,
    /// Declare a step in Rust from the version before to this one
    #[arg(long)]
    pub(crate) upcast: bool,
}

const GENERATE_HELP: &str = "\
A build script needs none of this. For code that is checked in, include it with `evgen_runtime::include_events!(\"src/events/mod.rs\");` \
or as the module `mod events;`.

Examples:
  evgen generate                     writes src/events/
  evgen generate --check             exit code 3 if src/events/ is not what the schemas say";

#[derive(Debug, clap::Args)]
pub(crate) struct Generate {
    /// Where to
    #[arg(long, value_name = "DIR", default_value = "src/events")]
    pub(crate) out: PathBuf,
    /// Write nothing; exit code 3 where something is stale
    #[arg(long)]
    pub(crate) check: bool,
}

const SYNC_HELP: &str = "\
Adds a stub for every method that the generated traits ask for and your impls do not have: mutators, upcasters, handlers, \
projections. What you wrote stays as it is, byte for byte.

Examples:
  evgen sync
  evgen sync --check                 lists what is missing, exit code 1 if anything is";

#[derive(Debug, clap::Args)]
pub(crate) struct Sync {
    /// Directory of your Rust files
    #[arg(long, value_name = "DIR", default_value = "src")]
    pub(crate) src: PathBuf,
    /// Write nothing; exit code 1 where something is missing
    #[arg(long)]
    pub(crate) check: bool,
}

const CHECK_HELP: &str = "\
The same diagnostics as in a build. With --against, also what changed since an older state of the directory and breaks \
stored events, older builds or Rust code: docs/compatibility.md has the rules.

Examples:
  evgen check
  evgen check --against main            a branch, a tag, a commit
  evgen check --against main...         where this branch left main
  evgen check --against ../old/schemas
  evgen check ../schemas --format github
  evgen check --released             the deploy gate: exit code 1 if a version is a draft";

#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// Schema directory, as --dir
    #[arg(value_name = "DIR", conflicts_with = "dir")]
    pub(crate) directory: Option<PathBuf>,
    /// An older state to compare with: a commit of git, or a directory
    #[arg(long, value_name = "REF|DIR")]
    pub(crate) against: Option<String>,
    /// Fail where a version is a draft, too: not in evgen.lock
    #[arg(long)]
    pub(crate) released: bool,
}

const RELEASE_HELP: &str = "\
A released version is what stored events were written by: from then on an edit of it fails every build, and `evgen bump` starts the \
next. A draft is free. Samples stand in samples/, as JSON and Avro; edit the JSON ones so that they look like your data: `cargo test` \
reads each by today's code, with upcasters and mutators.

Examples:
  evgen release                      every draft
  evgen release Todo.Created         drafts of one event
  evgen release --dry-run";

#[derive(Debug, clap::Args)]
pub(crate) struct Release {
    /// Aggregate and event, as in `Todo.Created` [default: all]
    #[arg(value_name = "AGGREGATE.EVENT")]
    pub(crate) events: Vec<String>,
    /// Write nothing, only say what would be released
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// The code, as in EV0203
    pub(crate) code: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Inspect {
    /// The stage
    #[arg(long, value_enum)]
    pub(crate) stage: Stage,
}

/// A stage of the generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// The files that were read
    Load,
    /// What they say together
    Model,
    /// The same, every rule checked
    Checked,
    /// Rust names and types, all decided
    Resolved,
    /// The generated files
    Files,
}

const IMPORT_DJANGO_HELP: &str = "\
The schema directory is read as djangoevents laid it out, the journal (an SQLite file with the table event_journal) to know names, \
versions and rows. Both stay as they are. What was guessed stands beside it as a comment.

Examples:
  evgen import-django avro
  evgen import-django avro --journal db.sqlite3
  evgen import-django avro --journal db.sqlite3 --out -";

#[derive(Debug, clap::Args)]
pub(crate) struct ImportDjango {
    /// djangoevents' schema directory (EVENT_SCHEMA_VALIDATION.SCHEMA_DIR)
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// Its journal
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// The manifest to write, `-` for stdout [default: aggregates.yaml in DIR]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
