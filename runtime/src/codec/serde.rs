//! Serde for the types of fields that are this crate's own, so that users may derive it on generated types.
//! Events are stored without it; what serde writes here is the same text.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};

use super::{Decimal, Duration, duration};
use crate::json_object::JsonObject;

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text("a decimal", |text| text.parse().ok()))
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text("an ISO 8601 duration", duration::parse))
    }
}

/// As an object: numbers may lose precision, and lone surrogates are an error.
impl Serialize for JsonObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value()
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_json::Map::deserialize(deserializer).map(Self::from)
    }
}

/// Reads a text: what it is, and how.
struct Text<T>(&'static str, fn(&str) -> Option<T>);

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.1)(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_events() {
        let decimal: Decimal = "-12.30".parse().unwrap();
        let duration = Duration {
            months: 1,
            days: 2,
            millis: 3004,
        };
        let object: JsonObject = serde_json::from_str(r#"{"a":[1,null]}"#).unwrap();
        let text = serde_json::to_string(&(&decimal, duration, &object)).unwrap();
        assert_eq!(text, r#"["-12.30","P1M2DT3.004S",{"a":[1,null]}]"#);
        let read: (Decimal, Duration, JsonObject) = serde_json::from_str(&text).unwrap();
        assert_eq!(read, (decimal, duration, object));
        assert!(serde_json::from_str::<Decimal>("\"x\"").is_err());
    }
}
