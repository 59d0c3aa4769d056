//! `evgen new event`: schema, entry of the manifest, stubs.

use super::args::NewEvent;
use super::console::Console;
use super::fields;
use super::init;
use super::manifest_edit::Entry;
use super::new;
use super::project::{self, Project};
use super::stop::Stop;
use crate::diagnostic::Diagnostics;
use crate::load::yaml::{self, Node, NodeKind};
use crate::model::naming::file_name_case;
use crate::source::SourceId;

pub(crate) fn run(
    args: &NewEvent,
    project: &Project,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let (aggregate, event) = split(&args.event)?;
    project::type_name(event)?;
    let fields = fields::parse_all(&args.fields)?;
    if let Some(field) = args.sets.iter().find(|field| !fields::is_name(field)) {
        return Err(Stop::usage(
            format!("`{field}` is not a field"),
            "`--sets label,done` names fields",
        ));
    }

    let old = new::manifest(project)?;
    let entry = Entry::flow(event, options(args));
    let text = new::with_entry(project, &old, &["aggregates", aggregate, "events"], &entry)?;
    let directory = directory(&old, aggregate);
    new::write_schema(project, &directory, (aggregate, event), &fields, console)?;
    init::write(&project.manifest, &text)?;
    console.file("edited", &project.manifest);
    new::stubs(project, console)
}

/// `Todo.ChangedLabel`
pub(crate) fn split(name: &str) -> Result<(&str, &str), Stop> {
    name.split_once('.')
        .filter(|(aggregate, event)| !aggregate.is_empty() && !event.is_empty())
        .ok_or_else(|| {
            Stop::usage(
                format!("`{name}` does not name an event"),
                "write aggregate and event: `Todo.ChangedLabel`",
            )
        })
}

fn options(args: &NewEvent) -> String {
    let mut options = Vec::new();
    if args.creates {
        options.push("creates: true".to_owned());
    }
    if args.discards {
        options.push("discards: true".to_owned());
    }
    if !args.sets.is_empty() {
        options.push(format!("sets: [{}]", args.sets.join(", ")));
    }
    if options.is_empty() {
        "{}".to_owned()
    } else {
        format!("{{ {} }}", options.join(", "))
    }
}

/// Where an aggregate's schemas stand: its `directory`, or its name in djangoevents' snake case.
fn directory(manifest: &str, aggregate: &str) -> String {
    let root = yaml::parse(SourceId(0), manifest, &mut Diagnostics::default());
    let entry = root
        .as_ref()
        .and_then(|root| value(root, "aggregates"))
        .and_then(|aggregates| value(aggregates, aggregate));
    match entry
        .and_then(|entry| value(entry, "directory"))
        .map(|node| &node.kind)
    {
        Some(NodeKind::Scalar { text, .. }) => text.clone(),
        _ => file_name_case(aggregate),
    }
}

fn value<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let NodeKind::Mapping(entries) = &node.kind else {
        return None;
    };
    entries
        .iter()
        .find(|(name, _)| name.value == key)
        .map(|(_, value)| value)
}
