//! One generation, as a build script runs it: `generate_evgen SCHEMAS OUT [events_only]`. Prints CPU seconds and MB.

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (schemas, out) = (
        arguments.next().expect("schemas"),
        arguments.next().expect("out"),
    );
    let builder = evgen::Builder::new(schemas).out_dir(out);
    match arguments.next() {
        Some(_) => builder.events_only().compile(),
        None => builder.compile(),
    }
    let (seconds, megabytes) = evgen_peers::used();
    eprintln!("{seconds:.2} {megabytes:.0}");
}
