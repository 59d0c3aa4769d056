//! The command `evgen`.

fn main() -> std::process::ExitCode {
    evgen::cli::main()
}
