//! One generation, as a build script runs it: `generate_evgen SCHEMAS OUT`. Prints CPU seconds and MB.

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (schemas, out) = (arguments.next().expect("schemas"), arguments.next().expect("out"));
    evgen::Builder::new(schemas).out_dir(out).compile();
    let (seconds, megabytes) = evgen_peers::used();
    eprintln!("{seconds:.2} {megabytes:.0}");
}
