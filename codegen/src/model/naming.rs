//! How djangoevents makes file names and event types of class names. Both rules are its own, quirks included:
//! neither is a general snake case.

/// `stringcase.snakecase`: `HTTPCall` → `h_t_t_p_call`. Names of schema directories and files.
#[must_use]
pub fn file_name_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 8);
    for (index, c) in name.chars().enumerate() {
        let c = if matches!(c, '-' | '.') || is_python_space(c) {
            '_'
        } else {
            c
        };
        if index == 0 {
            snake.extend(c.to_lowercase());
        } else if c.is_ascii_uppercase() {
            snake.push('_');
            snake.push(c.to_ascii_lowercase());
        } else {
            snake.push(c);
        }
    }
    snake
}

/// `\s` of Python's `re`.
fn is_python_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// The event type that djangoevents gives to an event: `http_calltl_sv13_negotiated`.
#[must_use]
pub fn event_type(aggregate: &str, event: &str) -> String {
    camel_case_to_snake_case(&format!("{aggregate}{event}"))
}

/// djangoevents' `camel_case_to_snake_case`: an underscore before each capital that a small letter follows.
#[must_use]
pub fn camel_case_to_snake_case(name: &str) -> String {
    let mut marked = String::with_capacity(name.len() + 8);
    let mut chars = name.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        let starts_word =
            c.is_ascii_uppercase() && chars.peek().is_some_and(char::is_ascii_lowercase);
        if starts_word && !first {
            marked.push('_');
        }
        marked.push(c);
        first = false;
    }
    marked.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::load::json;
    use crate::model::types::Json;
    use crate::source::SourceId;

    /// Verdicts of djangoevents itself.
    const VERDICTS: &str = include_str!("../../tests/djangoevents_names.json");

    fn entries(json: &Json, key: &str) -> Vec<Json> {
        let Some(Json::Array(items)) = get(json, key) else {
            panic!("{key}")
        };
        items.into_iter().map(|item| item.value).collect()
    }

    fn get(json: &Json, key: &str) -> Option<Json> {
        let Json::Object(entries) = json else {
            panic!()
        };
        entries
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(_, value)| value.value.clone())
    }

    fn text(json: &Json, key: &str) -> String {
        let Some(Json::String(text)) = get(json, key) else {
            panic!("{key}")
        };
        text
    }

    #[test]
    fn names_are_those_of_djangoevents() {
        let verdicts = json::parse(SourceId(0), VERDICTS, &mut Diagnostics::default())
            .unwrap()
            .value;
        for case in entries(&verdicts, "names") {
            let name = text(&case, "name");
            assert_eq!(
                camel_case_to_snake_case(&name),
                text(&case, "camel_case_to_snake_case")
            );
            assert_eq!(
                file_name_case(&name),
                text(&case, "stringcase_snakecase"),
                "{name}"
            );
        }
        for case in entries(&verdicts, "pairs") {
            if get(&case, "event").is_none() {
                continue;
            }
            let (aggregate, event) = (text(&case, "aggregate"), text(&case, "event"));
            assert_eq!(event_type(&aggregate, &event), text(&case, "event_type"));
            let (aggregate, event) = (file_name_case(&aggregate), file_name_case(&event));
            let path = format!("avro/{aggregate}/v1_{aggregate}_{event}.json");
            assert_eq!(path, text(&case, "avro_path_v1"));
        }
    }
}
