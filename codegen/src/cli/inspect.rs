//! `evgen inspect`: what a stage of the generator makes of the schemas. For people who look for the reason of
//! something, not for programs: its form may change.

use std::fmt::Write as _;

use super::args::{self, Global, Stage};
use super::console::Console;
use super::project::Project;
use super::stop::Stop;
use crate::load::{self, LoadOptions};
use crate::model;
use crate::render;
use crate::resolve;

pub(crate) fn run(
    args: &args::Inspect,
    global: &Global,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let project = Project::find(global, console)?;
    let text = match args.stage {
        Stage::Load | Stage::Model => {
            let options = LoadOptions {
                manifest: project.options.manifest.clone(),
                lock: project.options.lock.clone(),
            };
            let sources = load::load(&project.directory, &options)
                .map_err(|report| console.report(&report))?;
            if args.stage == Stage::Load {
                format!("{sources:#?}\n")
            } else {
                format!("{:#?}\n", model::build::build(sources))
            }
        }
        Stage::Checked => format!("{:#?}\n", project.check(console)?),
        Stage::Resolved => {
            let checked = project.check(console)?;
            format!("{:#?}\n", resolve::resolve(&checked, &project.options))
        }
        Stage::Files => {
            let checked = project.check(console)?;
            let files = render::render(resolve::resolve(&checked, &project.options))?;
            let mut text = String::new();
            for file in files {
                let _ = writeln!(text, "==> {} <==\n{}", file.path, file.text);
            }
            text
        }
    };
    console.print(&text)
}
