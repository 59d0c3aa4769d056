//! `JsonObject`: the text of a JSON object, kept as it is. What its members mean is its reader's business.

use std::fmt;

use crate::codec::{
    DataError, JsonReader, JsonWriter, Resolution, Value, document, members_of, quote, shortened,
    syntax_error,
};
use crate::types::TypeNode;

/// A JSON object as its text: numbers of any precision, lone surrogates, the order of keys and the nesting stay as they
/// were written.
///
/// Two are equal when their texts are: `{"a":1}` and `{ "a": 1 }` are not.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct JsonObject {
    text: Box<str>,
}

impl JsonObject {
    /// Takes a text that is one JSON object. `NaN` and the infinities, which Python writes, are let through.
    ///
    /// # Errors
    /// `text` is not JSON, or not an object.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        document(text).map_err(|error| syntax_error(text, error))?;
        let trimmed = text.trim_matches([' ', '\t', '\r', '\n']);
        if trimmed.starts_with('{') {
            Ok(Self { text: text.into() })
        } else {
            Err(DataError::new("an object", shortened(trimmed)))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The JSON text of the member `key`; of several, the last one, as in Python.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        members_of(&self.text)
            .filter(|(name, _)| name.as_deref() == Some(key))
            .last()
            .map(|(_, value)| value)
    }

    /// The whole object as `serde_json` has it: a number may lose precision.
    ///
    /// # Errors
    /// `serde_json` cannot hold it: lone surrogates, numbers that are not finite, nesting deeper than 128.
    pub fn to_value(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::from_str(&self.text)
    }
}

impl Default for JsonObject {
    fn default() -> Self {
        Self { text: "{}".into() }
    }
}

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for JsonObject {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        Self::parse(text)
    }
}

impl From<serde_json::Map<String, serde_json::Value>> for JsonObject {
    fn from(map: serde_json::Map<String, serde_json::Value>) -> Self {
        let mut text = String::from("{");
        for (index, (key, value)) in map.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            quote(key, &mut text);
            text.push(':');
            text.push_str(&value.to_string());
        }
        text.push('}');
        Self { text: text.into() }
    }
}

impl Value for JsonObject {
    fn empty() -> Self {
        Self::default()
    }

    fn write_json(&self, _node: &'static TypeNode, out: &mut JsonWriter) {
        out.raw(&self.text);
    }

    /// Takes any object, by whatever resolution.
    fn read_json(&mut self, _how: &Resolution, reader: &mut JsonReader<'_>) {
        if let Some(text) = reader.object_text() {
            self.text = text.into();
        }
    }

    fn equals(&self, other: &dyn Value) -> Option<bool> {
        crate::codec::equal_values(self, other)
    }

    fn assign(&mut self, from: &dyn Value) -> bool {
        crate::codec::assign_value(self, from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_stays_as_it_is() {
        for text in [
            "{}",
            " { \"b\" : 1e400, \"a\":\"\\ud800\", \"a\": 123456789012345678901234567890.10 } ",
            "{\"x\":NaN}",
        ] {
            assert_eq!(JsonObject::parse(text).unwrap().as_str(), text);
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(JsonObject::parse(&deep).unwrap().as_str(), deep);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for (text, message) in [
            ("", "expected a value, found the end of the text"),
            ("[1]", "expected an object, found `[1]`"),
            (
                "{} {}",
                "expected the end of the text, found `{}` at byte 3",
            ),
            ("{\"a\":}", "expected a value, found `}` at byte 5"),
        ] {
            assert_eq!(JsonObject::parse(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn members_are_found_by_key() {
        let object =
            JsonObject::parse("{\"\\ud800\":0, \"a\" : [1, {\"b\":2}] ,\"\\u0062\":3,\"b\":4}")
                .unwrap();
        assert_eq!(object.get("a"), Some("[1, {\"b\":2}]"));
        assert_eq!(object.get("b"), Some("4"));
        assert_eq!(object.get("c"), None);
        assert_eq!(JsonObject::default().get("a"), None);
        assert!(object.to_value().is_err());
    }

    #[test]
    fn serde_json_maps_become_objects() {
        let value = serde_json::json!({"a": [1, "x\n"], "b": null});
        let serde_json::Value::Object(map) = value.clone() else {
            unreachable!()
        };
        assert_eq!(JsonObject::from(map).to_value().unwrap(), value);
    }
}
