//! `evgen manifest-schema`: the JSON Schema of aggregates.yaml.

use super::console::Console;
use super::stop::Stop;

pub(crate) fn run(console: &mut Console<'_>) -> Result<(), Stop> {
    console.print(include_str!("../../manifest.schema.json"))
}
