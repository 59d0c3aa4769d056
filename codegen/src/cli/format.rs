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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proc_macro2::{TokenStream, TokenTree};

    use super::*;

    /// Tokens, without the commas and braces that a layout on several lines adds.
    fn tokens(text: &str, into: &mut Vec<String>) {
        fn walk(tokens: TokenStream, into: &mut Vec<String>) {
            for token in tokens {
                match token {
                    TokenTree::Group(group) => {
                        into.push(format!("{:?}", group.delimiter()));
                        walk(group.stream(), into);
                    }
                    token => into.push(token.to_string()),
                }
            }
        }
        walk(text.parse().unwrap(), into);
        into.retain(|token| token != "Brace" && token != ",");
    }

    #[test]
    fn formatted_code_has_the_same_tokens() {
        let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
        let generated = crate::generate(&schemas, &crate::Options::default()).unwrap();
        for file in &generated.files {
            let formatted = format(file).unwrap();
            let (mut found, mut expected) = (Vec::new(), Vec::new());
            tokens(&formatted.text, &mut found);
            tokens(&file.text, &mut expected);
            for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
                assert_eq!(found, expected, "{}: token {index}", file.path);
            }
            assert_eq!(found.len(), expected.len());
            assert_eq!(formatted.text.lines().next(), file.text.lines().next());
        }
    }
}
