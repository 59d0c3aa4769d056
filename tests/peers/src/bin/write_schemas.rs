//! `write_schemas DIRECTORY EVENTS`: schemas to try a generator with.

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().expect("directory");
    let events = arguments
        .next()
        .and_then(|events| events.parse().ok())
        .expect("events");
    evgen_peers::write_schemas(directory.as_ref(), events)
}
