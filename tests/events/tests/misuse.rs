//! What must not compile, with the errors that a newcomer sees (`tests/compile_fail`).

use std::io::Write as _;

#[test]
fn misuse_does_not_compile_and_says_why() {
    let version = std::process::Command::new("rustc").arg("-V").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    // The words are the compiler's, and change with it.
    if !version.is_ok_and(|version| version.starts_with("rustc 1.95.")) {
        // Past the capture of output: `tests/run` gathers these lines.
        let line = "did without the texts of compile errors: they are rustc 1.95's\n";
        let _ = std::io::stderr().write_all(line.as_bytes());
        return;
    }
    trybuild::TestCases::new().compile_fail("../compile_fail/*.rs");
}
