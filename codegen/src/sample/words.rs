//! What a field's name and docs say of its values: an address for `email`, the example that the docs give.

/// An id that no generator makes by chance.
pub(super) const UUID: &str = "5f0c2f0e-7b1a-4c6e-9d43-0a8f6c2b1e77";

/// What is known of a field by its words.
pub(super) struct Words<'a> {
    name: &'a str,
    doc: Option<&'a str>,
    /// The name's parts, lower-case.
    parts: Vec<String>,
}

/// Texts by the last part of a name that says something.
const TEXTS: &[(&[&str], &str)] = &[
    (&["email", "mail"], "ada@example.com"),
    (&["url", "uri", "link", "website"], "https://example.com/"),
    (&["id", "uuid", "guid"], UUID),
    (&["phone", "telephone", "mobile"], "+44 20 7946 0018"),
    (&["currency"], "EUR"),
    (&["country"], "GB"),
    (&["city", "town"], "London"),
    (&["street"], "12 Elm Street"),
    (&["zip", "postcode", "postal"], "N1 9GU"),
    (&["language", "locale"], "en"),
    (&["first", "given"], "Ada"),
    (&["surname", "family"], "Lovelace"),
    (
        &["person", "owner", "author", "user", "customer", "by"],
        "Ada Lovelace",
    ),
    (&["label", "title", "subject"], "A few words"),
    (
        &[
            "text",
            "note",
            "comment",
            "description",
            "reason",
            "message",
        ],
        "Some words about it.",
    ),
    (&["date", "day"], "2024-05-17"),
    (&["at", "time", "timestamp"], "2024-05-17T09:30:00Z"),
];

/// Whole numbers by such a part.
const INTEGERS: &[(&[&str], i64)] = &[
    (&["year"], 2024),
    (&["month"], 5),
    (&["day"], 17),
    (&["hour"], 9),
    (&["minute", "minutes"], 30),
    (&["age"], 36),
    (&["percent", "percentage"], 15),
    (&["count", "quantity", "number", "size", "by"], 3),
    (
        &[
            "price", "amount", "cents", "cost", "total", "balance", "limit",
        ],
        1250,
    ),
];

/// Fractions by such a part.
const FRACTIONS: &[(&[&str], &str)] = &[
    (&["latitude", "lat"], "51.5"),
    (&["longitude", "lon", "lng"], "-0.125"),
    (&["rate", "ratio", "share"], "0.25"),
    (&["percent", "percentage"], "15.0"),
];

impl<'a> Words<'a> {
    pub(super) fn new(name: &'a str, doc: Option<&'a str>) -> Self {
        Self {
            name,
            doc,
            parts: parts(name),
        }
    }

    /// The words of one of several: `tags` → `tag`.
    pub(super) fn one(&self) -> Self {
        let one = self
            .name
            .strip_suffix('s')
            .filter(|one| one.len() > 2 && !one.ends_with('s'));
        Self::new(one.unwrap_or(self.name), self.doc)
    }

    pub(super) fn text(&self) -> String {
        if let Some(example) = self.doc.and_then(example) {
            return example.to_owned();
        }
        self.find(TEXTS)
            .map_or_else(|| self.parts.join(" "), str::to_owned)
    }

    pub(super) fn integer(&self) -> i64 {
        self.find(INTEGERS).unwrap_or(7)
    }

    pub(super) fn fraction(&self) -> &'static str {
        self.find(FRACTIONS).unwrap_or("12.5")
    }

    fn find<T: Copy>(&self, table: &[(&[&str], T)]) -> Option<T> {
        self.parts.iter().rev().find_map(|part| {
            let found = table.iter().find(|(words, _)| words.contains(&&**part));
            found.map(|(_, value)| *value)
        })
    }
}

/// `firstName`, `first_name` → `first`, `name`
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before = '_';
    for c in name.chars() {
        let starts = c == '_' || (c.is_ascii_uppercase() && !before.is_ascii_uppercase());
        if starts && parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(String::new());
        }
        if let (true, Some(part)) = (c != '_', parts.last_mut()) {
            part.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// The quoted words behind "e.g.", "for example", "such as".
fn example(doc: &str) -> Option<&str> {
    let behind = ["e.g.", "for example", "For example", "such as"]
        .iter()
        .find_map(|mark| doc.split_once(mark))?
        .1
        .trim_start_matches([',', ':', ' ']);
    let quote = behind.chars().next().filter(|c| matches!(c, '`' | '"'))?;
    let (example, _) = behind[1..].split_once(quote)?;
    (!example.is_empty()).then_some(example)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case() {
        assert_eq!(Words::new("contactEmail", None).text(), "ada@example.com");
        assert_eq!(Words::new("changed_by", None).text(), "Ada Lovelace");
        assert_eq!(Words::new("new_label", None).text(), "A few words");
        assert_eq!(Words::new("colour_scheme", None).text(), "colour scheme");
        assert_eq!(Words::new("order_total", None).integer(), 1250);
        assert_eq!(Words::new("x", Some("A b, e.g. \"c d\".")).text(), "c d");
        assert_eq!(Words::new("addresses", None).one().name, "addresse");
    }
}
