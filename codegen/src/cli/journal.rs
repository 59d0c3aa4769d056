//! `evgen journal`: reads, checks and carries over the journals of services, whatever store keeps them. Subcommands that
//! only read write nothing at all. What needs the app's own code (upcasters, projections) is in the app's own commands.

pub(crate) mod args;
mod avro_schema;
mod cat;
mod container;
mod export;
mod findings;
mod import;
mod line;
mod migrate;
mod numbers;
mod progress;
mod scan;
mod schemas;
mod select;
mod show;
mod stats;
mod store_url;
mod tail;
mod verify;

use super::args::{Format, Global};
use super::console::Console;
use super::stop::Stop;
use args::Subcommand;

pub(crate) fn run(
    args: &args::Journal,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    match &args.what {
        Subcommand::Cat(args) => cat::run(args, global, console),
        Subcommand::Tail(args) => tail::run(args, global, console),
        Subcommand::Verify(args) => verify::run(args, global, console),
        Subcommand::Stats(args) => stats::run(args, console),
        Subcommand::Export(args) => export::run(args, global, console),
        Subcommand::Import(args) => import::run(args, global, console),
        Subcommand::Migrate(args) => migrate::run(args, console),
    }
}

/// Whether answers are JSON; findings of other formats are not what the subcommand gives.
fn is_json(console: &Console<'_>) -> Result<bool, Stop> {
    match console.format() {
        Format::Text => Ok(false),
        Format::Json => Ok(true),
        Format::Github | Format::Sarif => Err(Stop::usage(
            "this answers with events, not with findings",
            "choose `--format text` or `--format json`",
        )),
    }
}
