//! `evgen manifest-schema`: the JSON Schema of aggregates.yaml.

use super::console::Console;
use super::stop::Stop;
use crate::load::manifest::manifest_schema;

pub(crate) fn run(console: &mut Console<'_>) -> Result<(), Stop> {
    console.print(manifest_schema())
}
