//! `evgen explain`: one section of errors.md.

use super::args;
use super::console::Console;
use super::stop::Stop;
use crate::diagnostic::codes;
use crate::diagnostic::suggest::nearest;

const ERRORS: &str = include_str!("../../errors.md");

pub(crate) fn run(args: &args::Explain, console: &mut Console<'_>) -> Result<(), Stop> {
    let wanted = args.code.trim().to_uppercase();
    match section(&wanted) {
        Some(section) => console.print(&format!("{}\n", section.trim())),
        None => Err(unknown(&args.code, &wanted)),
    }
}

/// The section whose heading begins with `code`.
fn section(code: &str) -> Option<&'static str> {
    let heading = format!("## {code}:");
    let start = ERRORS
        .match_indices(&heading)
        .map(|(at, _)| at)
        .find(|&at| at == 0 || ERRORS.as_bytes()[at - 1] == b'\n')?;
    let section = &ERRORS[start..];
    Some(
        section[1..]
            .find("\n## ")
            .map_or(section, |end| &section[..=end]),
    )
}

fn unknown(given: &str, wanted: &str) -> Stop {
    let advice = match nearest(wanted, codes::ALL.iter().map(|code| code.id)) {
        Some(code) => format!("did you mean `{code}`?"),
        None => "a code looks like `EV0203`; each diagnostic shows its own".to_owned(),
    };
    Stop::usage(format!("there is no code `{given}`"), advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_section_of_its_own() {
        for code in codes::ALL {
            let section = section(code.id).unwrap_or_else(|| panic!("{}", code.id));
            assert_eq!(section.matches("\n## ").count(), 0, "{section}");
        }
        assert!(section("EV").is_none());
    }
}
