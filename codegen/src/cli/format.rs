//! Formats generated code that is checked in. Build scripts do without: templates print a readable layout.

use crate::render::GeneratedFile;

/// A file as `rustfmt` would have it, nearly.
///
/// # Errors
/// It is not Rust, which is a defect of evgen.
pub fn format(file: &GeneratedFile) -> Result<GeneratedFile, String> {
    let parsed = syn::parse_file(&file.text).map_err(|error| {
        let start = error.span().start();
        format!("{}:{}: {error}", file.path, start.line)
    })?;
    // prettyplease drops `//` comments; the header is the only one.
    let header = file
        .text
        .lines()
        .next()
        .filter(|line| line.starts_with("//"))
        .unwrap_or_default();
    let text = format!("{header}\n\n{}", prettyplease::unparse(&parsed));
    Ok(GeneratedFile {
        path: file.path.clone(),
        text,
    })
}
