//! `Metadata`: what is stored beside an event's data (who, why, by which command). Which keys are filled in by default is
//! in `app/origin.rs`.

use std::fmt;
use std::sync::OnceLock;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Names of the keys that evgen fills in.
pub mod keys {
    /// The command that decided the event.
    pub const COMMAND_ID: &str = "command_id";
    /// What led to the event directly: an event's id, or a command's.
    pub const CAUSATION_ID: &str = "causation_id";
    /// What began the chain that the event belongs to.
    pub const CORRELATION_ID: &str = "correlation_id";
}

/// What is stored beside an event's data: text keys, JSON values.
///
/// Stored metadata is read as JSON when it is first looked into.
#[derive(Clone, Default)]
pub struct Metadata {
    /// As it is stored, until it is changed.
    text: Option<Box<str>>,
    /// What it says; without either there is none.
    read: OnceLock<Box<Values>>,
}

/// Metadata as JSON values.
#[derive(Debug, Clone, PartialEq, Default)]
struct Values {
    /// `None`: there is none; an object without keys is stored as one.
    map: Option<Map<String, Value>>,
    /// Metadata that is no JSON object (djangoevents takes any value), kept to be read back.
    other: Option<Value>,
}

static NONE: Values = Values {
    map: None,
    other: None,
};

impl Metadata {
    /// No metadata.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads stored metadata. Text that is not JSON is kept as a JSON string.
    #[must_use]
    pub fn from_stored(text: Option<&str>) -> Self {
        Self {
            text: text.map(Into::into),
            read: OnceLock::new(),
        }
    }

    fn values(&self) -> &Values {
        match (self.read.get(), &self.text) {
            (Some(values), _) => values,
            (None, Some(text)) => self.read.get_or_init(|| Box::new(Values::from_text(text))),
            (None, None) => &NONE,
        }
    }

    fn values_mut(&mut self) -> &mut Values {
        if let Some(text) = self.text.take() {
            self.read.get_or_init(|| Box::new(Values::from_text(&text)));
        }
        self.read.get_or_init(Box::default);
        self.read.get_mut().expect("it was made just now")
    }

    /// Sets a key.
    ///
    /// # Errors
    /// serde cannot write the value as JSON.
    pub fn insert(
        &mut self,
        key: impl Into<String>,
        value: impl Serialize,
    ) -> Result<(), MetadataError> {
        let key = key.into();
        match serde_json::to_value(value) {
            Ok(value) => {
                self.values_mut()
                    .map
                    .get_or_insert_default()
                    .insert(key, value);
                Ok(())
            }
            Err(source) => Err(MetadataError { key, source }),
        }
    }

    /// The value of a key; `None` where it is missing or of another type.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.values().map.as_ref()?.get(key)?;
        T::deserialize(value).ok()
    }

    /// The text of a key; `None` where it is missing or no text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.values().map.as_ref()?.get(key)?.as_str()
    }

    /// The command that decided the event.
    #[must_use]
    pub fn command_id(&self) -> Option<&str> {
        self.text(keys::COMMAND_ID)
    }

    /// What led to the event directly: an event's id, or a command's.
    #[must_use]
    pub fn causation_id(&self) -> Option<&str> {
        self.text(keys::CAUSATION_ID)
    }

    /// What began the chain that the event belongs to.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.text(keys::CORRELATION_ID)
    }

    /// Keys and values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let members = self.values().map.iter().flatten();
        members.map(|(key, value)| (key.as_str(), value))
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Values { map, other } = self.values();
        map.as_ref().is_none_or(Map::is_empty) && other.is_none()
    }

    /// All of it as one JSON value; `null` where there is none.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let Values { map, other } = self.values();
        match (other, map) {
            (Some(other), _) => other.clone(),
            (None, Some(map)) => Value::Object(map.clone()),
            (None, None) => Value::Null,
        }
    }

    /// The text to store; `None` where there is none.
    pub(crate) fn to_stored(&self) -> Option<String> {
        let Values { map, other } = self.values();
        match (other, map) {
            (Some(other), _) => Some(other.to_string()),
            // Texts as keys, and values of JSON: it is always written. Faster than through `fmt`.
            (None, Some(map)) => Some(
                serde_json::to_string(map)
                    .unwrap_or_else(|_| Value::Object(map.clone()).to_string()),
            ),
            (None, None) => None,
        }
    }

    /// Sets a key that has no value yet.
    pub(crate) fn fill(&mut self, key: &str, value: &str) {
        let map = self.values_mut().map.get_or_insert_default();
        if !map.contains_key(key) {
            map.insert(key.to_owned(), Value::from(value));
        }
    }

    fn merge(&mut self, mut other: Self) {
        let more = std::mem::take(other.values_mut());
        let values = self.values_mut();
        if let Some(map) = more.map {
            values.map.get_or_insert_default().extend(map);
        }
        values.other = more.other.or(values.other.take());
    }
}

impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.values() == other.values()
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Values { map, other } = self.values();
        f.debug_struct("Metadata")
            .field("map", map)
            .field("other", other)
            .finish()
    }
}

impl Values {
    fn from_text(text: &str) -> Self {
        match serde_json::from_str(text).unwrap_or_else(|_| text.into()) {
            Value::Null => Self::default(),
            Value::Object(map) => Self {
                map: Some(map),
                other: None,
            },
            other => Self {
                map: None,
                other: Some(other),
            },
        }
    }
}

/// A metadata value that serde cannot write as JSON.
#[derive(Debug, thiserror::Error)]
#[error("metadata `{key}` cannot be written as JSON")]
pub struct MetadataError {
    /// The key that it was to stand under.
    pub key: String,
    source: serde_json::Error,
}

/// What `.metadata(..)` takes: one `(key, value)`, an array or `Vec` of pairs, or a [`Metadata`].
pub trait IntoMetadata {
    /// Adds it to `metadata`; later values win.
    ///
    /// # Errors
    /// serde cannot write a value as JSON.
    fn add_to(self, metadata: &mut Metadata) -> Result<(), MetadataError>;
}

impl<K: Into<String>, V: Serialize> IntoMetadata for (K, V) {
    fn add_to(self, metadata: &mut Metadata) -> Result<(), MetadataError> {
        metadata.insert(self.0, self.1)
    }
}

impl<K: Into<String>, V: Serialize, const N: usize> IntoMetadata for [(K, V); N] {
    fn add_to(self, metadata: &mut Metadata) -> Result<(), MetadataError> {
        self.into_iter().try_for_each(|pair| pair.add_to(metadata))
    }
}

impl<K: Into<String>, V: Serialize> IntoMetadata for Vec<(K, V)> {
    fn add_to(self, metadata: &mut Metadata) -> Result<(), MetadataError> {
        self.into_iter().try_for_each(|pair| pair.add_to(metadata))
    }
}

impl IntoMetadata for Metadata {
    fn add_to(self, metadata: &mut Metadata) -> Result<(), MetadataError> {
        metadata.merge(self);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_metadata_is_stored_again_as_it_was() {
        for text in [
            "{}",
            r#"{"by":"zoë"}"#,
            "[1]",
            "5.159480368284561e-21",
            r#"{"f":5.159480368284561e-21}"#,
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            let metadata = Metadata::from_stored(Some(text));
            assert_eq!(metadata.to_stored(), Some(value.to_string()), "{text}");
        }
        assert_eq!(Metadata::from_stored(Some("null")).to_stored(), None);
        assert_eq!(Metadata::from_stored(None), Metadata::new());
        assert!(Metadata::from_stored(Some("{}")).is_empty());
        let float = Metadata::from_stored(Some("5.159480368284561e-21"));
        assert_eq!(
            float.to_stored().as_deref(),
            Some("5.159480368284561e-21"),
            "a float is read as it was written"
        );
    }
}
