fn main() {
    let dir = std::env::args().nth(1).expect("schemas");
    let dir = std::path::Path::new(&dir);
    let say = |what: &str| { let (s, m) = evgen_peers::used(); eprintln!("{what}: {s:.2} {m:.0}"); };
    let options = evgen::Options::default();
    let sources = evgen::load::load(dir, &evgen::load::LoadOptions { manifest: None }).unwrap_or_else(|_| panic!());
    say("load");
    let model = evgen::model::build::build(sources);
    say("model");
    let checked = evgen::check::check(model).unwrap_or_else(|_| panic!());
    say("check");
    let resolved = evgen::resolve::resolve(&checked, &options);
    say("resolve");
    let files = evgen::render::render(resolved).unwrap_or_else(|_| panic!());
    say("render");
    let _ = evgen::write::write(std::path::Path::new("/tmp/b5o/evgen"), &files, evgen::write::Mode::Write);
    say("write");
}
