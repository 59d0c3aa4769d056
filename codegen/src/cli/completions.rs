//! `evgen completions`: a script for a shell.

use clap::CommandFactory as _;

use super::args::{self, Args};
use super::console::Console;
use super::stop::Stop;

pub(crate) fn run(args: &args::Completions, console: &mut Console<'_>) -> Result<(), Stop> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "evgen", &mut script);
    console.print(&String::from_utf8_lossy(&script))
}
