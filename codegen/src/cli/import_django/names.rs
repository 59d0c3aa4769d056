//! Names out of djangoevents' folders and files. `stringcase.snakecase` loses what it changes, so a name that the journal
//! does not decide is a guess: the one in CamelCase that gives the same file name.

use std::collections::BTreeMap;

use crate::model::naming::file_name_case;

/// The files of one event, by what their names say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stem {
    /// The folder: `h_t_t_p_call`.
    pub(super) directory: String,
    /// Aggregate and event: `h_t_t_p_call_i_o_error_seen`.
    pub(super) stem: String,
}

/// The versions of every event that has files, and the files that are no version of one.
pub(super) fn stems(files: &[String]) -> (BTreeMap<Stem, Vec<i32>>, Vec<String>) {
    let mut stems: BTreeMap<Stem, Vec<i32>> = BTreeMap::new();
    let mut others = Vec::new();
    for file in files {
        match parse(file) {
            Some((stem, version)) => stems.entry(stem).or_default().push(version),
            None => others.push(file.clone()),
        }
    }
    for versions in stems.values_mut() {
        versions.sort_unstable();
        versions.dedup();
    }
    (stems, others)
}

/// `todo/v1_todo_created.json`
fn parse(file: &str) -> Option<(Stem, i32)> {
    let (directory, name) = file.rsplit_once('/')?;
    let (name, _) = name.rsplit_once('.')?;
    let (version, stem) = name.strip_prefix('v')?.split_once('_')?;
    let is_number = version.bytes().all(|byte| byte.is_ascii_digit()) && !version.starts_with('0');
    let version = version.parse().ok().filter(|_| is_number)?;
    let stem = Stem {
        directory: directory.to_owned(),
        stem: stem.to_owned(),
    };
    Some((stem, version))
}

/// The name in CamelCase that `stringcase.snakecase` makes `snake` of, if there is one.
pub(super) fn camel_case(snake: &str) -> Option<String> {
    let mut name = String::with_capacity(snake.len());
    for part in snake.split('_') {
        let mut chars = part.chars();
        match chars.next() {
            Some(first) if first.is_ascii_lowercase() => {
                name.push(first.to_ascii_uppercase());
                name.push_str(chars.as_str());
            }
            // `x__y` is what `X_Y` becomes.
            _ => {
                name.push('_');
                name.push_str(part);
            }
        }
    }
    (file_name_case(&name) == snake).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn camel_case_undoes_stringcase() {
        for name in [
            "Todo",
            "HTTPCall",
            "OAuth2Token",
            "X509Cert",
            "A_B",
            "TLSv13Negotiated",
        ] {
            assert_eq!(camel_case(&file_name_case(name)).as_deref(), Some(name));
        }
        assert_eq!(camel_case("Todo"), None);
    }

    #[test]
    fn files_that_are_no_version_are_named() {
        let files = [
            "todo/v1_todo_created.json",
            "todo/v01_todo_x.json",
            "readme.json",
            "todo/todo.avsc",
        ];
        let (stems, others) = stems(&files.map(str::to_owned));
        assert_eq!(stems.into_values().collect::<Vec<_>>(), [[1]]);
        assert_eq!(others, files[1..]);
    }
}
