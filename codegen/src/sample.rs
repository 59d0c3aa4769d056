//! A made-up value of a version: the sample that `evgen release` writes for the team to edit. The same schema gives the same
//! text; names, docs and defaults say what it looks like. Whether a sample fits is for the runtime to say.

mod words;

use crate::model::types::{Field, Json, Logical, NamedId, NamedKind, Type, TypeKind, Types};
use words::Words;

/// Directory of samples, below the schema directory.
pub const SAMPLES: &str = "samples";

/// Most values of one sample: nested records could multiply.
const BUDGET: usize = 2_000;
/// A moment, in seconds since 1970, its date in days, and its time of day in milliseconds.
const MOMENT: (i64, i64, i64) = (1_715_938_200, 19_860, 34_200_000);

/// Where the JSON sample of a schema file is: `todo/v1_todo_created.avsc` → `samples/todo/v1_todo_created.json`.
#[must_use]
pub fn json_path(schema: &str) -> String {
    let stem = schema.rsplit_once('.').map_or(schema, |(stem, _)| stem);
    format!("{SAMPLES}/{stem}.json")
}

/// Where the Avro sample beside a JSON sample is.
#[must_use]
pub fn avro_path(json: &str) -> String {
    let stem = json.strip_suffix(".json").unwrap_or(json);
    format!("{stem}.avro")
}

/// JSON text of a value of a record, without the fields that `skip` names at its top; `raw_time` as in the settings. `None`:
/// it has no value, since it holds itself without end, or an enum without symbols.
#[must_use]
pub fn sample(types: &Types, record: NamedId, skip: &[String], raw_time: bool) -> Option<String> {
    let mut maker = Maker {
        types,
        raw_time,
        inside: vec![record],
        left: BUDGET,
    };
    let fields = types.get(record).fields().iter();
    let fields = fields.filter(|field| !skip.contains(&field.name.value));
    let members: Option<Vec<_>> = fields
        .map(|field| Some((field.name.value.clone(), maker.field(field)?)))
        .collect();
    let mut out = String::new();
    Value::Object(members?).write(0, &mut out);
    out.push('\n');
    Some(out)
}

/// A value, to be printed.
enum Value {
    /// JSON as it is.
    Plain(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl Value {
    fn text(text: &str) -> Self {
        Self::Plain(Json::String(text.to_owned()).to_text())
    }

    fn write(&self, depth: usize, out: &mut String) {
        let line = |depth: usize, out: &mut String| {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        };
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Array(items) if items.is_empty() => out.push_str("[]"),
            Self::Object(members) if members.is_empty() => out.push_str("{}"),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    line(depth + 1, out);
                    item.write(depth + 1, out);
                }
                line(depth, out);
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    line(depth + 1, out);
                    out.push_str(&Json::String(name.clone()).to_text());
                    out.push_str(": ");
                    value.write(depth + 1, out);
                }
                line(depth, out);
                out.push('}');
            }
        }
    }
}

struct Maker<'m> {
    types: &'m Types,
    raw_time: bool,
    /// Records that the value is being made of: none is put into itself.
    inside: Vec<NamedId>,
    left: usize,
}

impl Maker<'_> {
    fn field(&mut self, field: &Field) -> Option<Value> {
        let words = Words::new(&field.name.value, field.doc.as_deref());
        match &field.default {
            Some(default) => self
                .of_default(&field.ty, &default.value)
                .or_else(|| self.value(&field.ty, &words)),
            None => self.value(&field.ty, &words),
        }
    }

    /// A default that says something, and has the same form in data.
    fn of_default(&self, ty: &Type, default: &Json) -> Option<Value> {
        let is_symbol = |id: NamedId| matches!(self.types.get(id).kind, NamedKind::Enum { .. });
        match (&ty.kind, default) {
            _ if ty.logical.is_some() => None,
            (TypeKind::Boolean, Json::Bool(_)) => Some(Value::Plain(default.to_text())),
            (TypeKind::Int | TypeKind::Long, Json::Number(text)) if text != "0" => {
                Some(Value::Plain(text.clone()))
            }
            (TypeKind::String, Json::String(text)) if !text.is_empty() => Some(Value::text(text)),
            (TypeKind::Named(id), Json::String(text)) if is_symbol(*id) => Some(Value::text(text)),
            _ => None,
        }
    }

    /// `None`: there is no value that does not hold one of the records again.
    fn value(&mut self, ty: &Type, words: &Words<'_>) -> Option<Value> {
        self.left = self.left.saturating_sub(1);
        if let Some(logical) = ty.logical {
            return Some(self.logical(logical, usize::MAX));
        }
        Some(match &ty.kind {
            TypeKind::Null => Value::Plain("null".to_owned()),
            TypeKind::Boolean => Value::Plain("true".to_owned()),
            TypeKind::Int | TypeKind::Long => Value::Plain(words.integer().to_string()),
            TypeKind::Float | TypeKind::Double => Value::Plain(words.fraction().to_owned()),
            TypeKind::Bytes => Value::text("\u{1}\u{2}\u{3}"),
            TypeKind::String => Value::text(&words.text()),
            TypeKind::Array(items) => Value::Array(self.inner(items, words).into_iter().collect()),
            TypeKind::Map(values) => {
                let value = self.inner(values, words);
                Value::Object(
                    value
                        .map(|value| ("key".to_owned(), value))
                        .into_iter()
                        .collect(),
                )
            }
            TypeKind::Union(branches) => {
                let is_null = |ty: &&Type| matches!(ty.kind, TypeKind::Null);
                let some = branches.iter().filter(|branch| !is_null(branch));
                let null = branches.iter().filter(is_null);
                let wanted: Vec<&Type> = if self.left == 0 {
                    null.chain(some).collect()
                } else {
                    some.chain(null).collect()
                };
                return wanted
                    .into_iter()
                    .find_map(|branch| self.value(branch, words));
            }
            TypeKind::Named(id) => return self.named(*id),
        })
    }

    fn inner(&mut self, ty: &Type, words: &Words<'_>) -> Option<Value> {
        if self.left == 0 {
            return None;
        }
        self.value(ty, &words.one())
    }

    fn named(&mut self, id: NamedId) -> Option<Value> {
        let types = self.types;
        match &types.get(id).kind {
            NamedKind::Enum { symbols, .. } => {
                symbols.first().map(|symbol| Value::text(&symbol.value))
            }
            NamedKind::Fixed {
                size,
                logical: Some(logical),
            } => Some(self.logical(*logical, *size)),
            NamedKind::Fixed { size, .. } => {
                let bytes: String = (1..=127u8).map(char::from).cycle().take(*size).collect();
                Some(Value::text(&bytes))
            }
            NamedKind::Record { fields } => {
                if self.inside.contains(&id) {
                    return None;
                }
                self.inside.push(id);
                let members: Option<Vec<_>> = fields
                    .iter()
                    .map(|field| Some((field.name.value.clone(), self.field(field)?)))
                    .collect();
                self.inside.pop();
                members.map(Value::Object)
            }
        }
    }

    fn logical(&self, logical: Logical, size: usize) -> Value {
        let (seconds, days, millis) = MOMENT;
        if self.raw_time
            && let Some(number) = match logical {
                Logical::Date => Some(days),
                Logical::TimeMillis => Some(millis),
                Logical::TimeMicros => Some(millis * 1_000),
                Logical::TimestampMillis | Logical::LocalTimestampMillis => Some(seconds * 1_000),
                Logical::TimestampMicros | Logical::LocalTimestampMicros => {
                    Some(seconds * 1_000_000)
                }
                Logical::TimestampNanos | Logical::LocalTimestampNanos => {
                    Some(seconds * 1_000_000_000)
                }
                _ => None,
            }
        {
            return Value::Plain(number.to_string());
        }
        Value::text(&match logical {
            Logical::Decimal { precision, scale } => decimal(precision, scale, size),
            Logical::BigDecimal => "12.50".to_owned(),
            Logical::Uuid => words::UUID.to_owned(),
            Logical::Date => "2024-05-17".to_owned(),
            Logical::TimeMillis | Logical::TimeMicros => "09:30:00".to_owned(),
            Logical::TimestampMillis | Logical::TimestampMicros | Logical::TimestampNanos => {
                "2024-05-17T09:30:00Z".to_owned()
            }
            Logical::LocalTimestampMillis
            | Logical::LocalTimestampMicros
            | Logical::LocalTimestampNanos => "2024-05-17T09:30:00".to_owned(),
            Logical::Duration => "P1M2DT3S".to_owned(),
        })
    }
}

/// A number of at most `precision` digits, `scale` of them behind the point, that `size` bytes hold.
fn decimal(precision: u32, scale: u32, size: usize) -> String {
    let digits = match size {
        0 => 0,
        1 => 2,
        2 => 4,
        _ => usize::MAX,
    };
    let digits = digits.min(precision as usize).min(4);
    let unscaled = "1250".get(..digits).unwrap_or_default();
    let scale = scale as usize;
    if scale == 0 {
        return format!("{unscaled:0>1}");
    }
    let padded = format!("{unscaled:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    format!("{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::load_schema;

    fn made(schema: &str) -> String {
        let schema = load_schema("schema.json", schema.to_owned()).unwrap();
        let TypeKind::Named(id) = schema.top.kind else {
            panic!("not a record")
        };
        sample(&schema.types, id, &["entity_id".to_owned()], false).unwrap()
    }

    #[test]
    fn names_docs_and_defaults_say_what_it_looks_like() {
        let text = made(
            r#"{"type":"record","name":"r","fields":[
            {"name":"entity_id","type":"string"},
            {"name":"email","type":["null","string"],"default":null},
            {"name":"city","type":"string","doc":"Where, e.g. `Leipzig`."},
            {"name":"priority","type":{"type":"enum","name":"p","symbols":["LOW","HIGH"]},"default":"HIGH"},
            {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":3,"scale":3}},
            {"name":"tags","type":{"type":"array","items":"string"},"default":[]}]}"#,
        );
        let expected = r#"{
  "email": "ada@example.com",
  "city": "Leipzig",
  "priority": "HIGH",
  "price": "0.125",
  "tags": [
    "tag"
  ]
}
"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn a_tree_ends() {
        let text = made(
            r#"{"type":"record","name":"tree","fields":[
            {"name":"left","type":["null","tree"]},{"name":"all","type":{"type":"array","items":"tree"}}]}"#,
        );
        assert_eq!(text, "{\n  \"left\": null,\n  \"all\": []\n}\n");
    }

    #[test]
    fn decimals_fit() {
        assert_eq!(decimal(9, 2, usize::MAX), "12.50");
        assert_eq!(decimal(1, 0, usize::MAX), "1");
        assert_eq!(decimal(9, 2, 1), "0.12");
        assert_eq!(decimal(9, 6, usize::MAX), "0.001250");
    }
}
