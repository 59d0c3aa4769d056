//! Fields as one types them: `name:type` or `name:type=default` → a field of an Avro record.

use crate::diagnostic::suggest::nearest;

use super::stop::Stop;

/// Names that are types by themselves, and the schema they mean.
const TYPES: &[(&str, &str)] = &[
    ("boolean", r#""boolean""#),
    ("int", r#""int""#),
    ("long", r#""long""#),
    ("float", r#""float""#),
    ("double", r#""double""#),
    ("bytes", r#""bytes""#),
    ("string", r#""string""#),
    ("uuid", r#"{ "type": "string", "logicalType": "uuid" }"#),
    ("date", r#"{ "type": "int", "logicalType": "date" }"#),
    (
        "time-millis",
        r#"{ "type": "int", "logicalType": "time-millis" }"#,
    ),
    (
        "time-micros",
        r#"{ "type": "long", "logicalType": "time-micros" }"#,
    ),
    (
        "timestamp-millis",
        r#"{ "type": "long", "logicalType": "timestamp-millis" }"#,
    ),
    (
        "timestamp-micros",
        r#"{ "type": "long", "logicalType": "timestamp-micros" }"#,
    ),
    (
        "timestamp-nanos",
        r#"{ "type": "long", "logicalType": "timestamp-nanos" }"#,
    ),
    (
        "local-timestamp-millis",
        r#"{ "type": "long", "logicalType": "local-timestamp-millis" }"#,
    ),
    (
        "local-timestamp-micros",
        r#"{ "type": "long", "logicalType": "local-timestamp-micros" }"#,
    ),
    (
        "local-timestamp-nanos",
        r#"{ "type": "long", "logicalType": "local-timestamp-nanos" }"#,
    ),
];

/// Deepest nesting of a type.
const DEPTH_LIMIT: usize = 16;

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name.
    pub(crate) name: String,
    /// It as JSON, on one line.
    pub(crate) json: String,
    /// Whether it has a default.
    pub(crate) has_default: bool,
}

/// Reads what was typed.
pub(crate) fn parse_all(fields: &[String]) -> Result<Vec<Field>, Stop> {
    let parsed: Vec<Field> = fields
        .iter()
        .map(|field| parse(field))
        .collect::<Result<_, _>>()?;
    for (index, field) in parsed.iter().enumerate() {
        if parsed[..index].iter().any(|other| other.name == field.name) {
            return Err(Stop::usage(
                format!("field `{}` is given twice", field.name),
                "give it once",
            ));
        }
    }
    Ok(parsed)
}

fn parse(text: &str) -> Result<Field, Stop> {
    let wrong = |problem: &str| {
        Stop::usage(
            format!("`{text}` is not a field: {problem}"),
            "write it as `name:type` or `name:type=default`: `label:string`, `due:date?`, `priority:int=0`",
        )
    };
    let (name, rest) = text.split_once(':').ok_or_else(|| wrong("it has no `:`"))?;
    if !is_name(name) {
        return Err(wrong(
            "its name has other characters than letters, digits and `_`",
        ));
    }
    let (kind, default) = match rest.split_once('=') {
        Some((kind, default)) => (kind, Some(default)),
        None => (rest, None),
    };
    let optional = kind.strip_suffix('?');
    let mut schema =
        schema(name, optional.unwrap_or(kind), 0).map_err(|problem| wrong(&problem))?;
    let mut default = default.map(|default| as_json(&schema, default));
    if optional.is_some() {
        // The default is of the union's first branch.
        schema = match default.as_deref() {
            None | Some("null") => format!(r#"["null", {schema}]"#),
            Some(_) => format!(r#"[{schema}, "null"]"#),
        };
        default.get_or_insert_with(|| "null".to_owned());
    }
    let default = default.map(|default| format!(r#", "default": {default}"#));
    let has_default = default.is_some();
    let default = default.unwrap_or_default();
    let json = format!(r#"{{ "name": "{name}", "type": {schema}{default} }}"#);
    Ok(Field {
        name: name.to_owned(),
        json,
        has_default,
    })
}

fn schema(field: &str, kind: &str, depth: usize) -> Result<String, String> {
    let kind = kind.trim();
    if depth > DEPTH_LIMIT {
        return Err("its type is nested too deep".to_owned());
    }
    if let Some((_, schema)) = TYPES.iter().find(|(name, _)| *name == kind) {
        return Ok((*schema).to_owned());
    }
    if let Some(inner) = kind.strip_suffix('?') {
        return Ok(format!(r#"["null", {}]"#, schema(field, inner, depth + 1)?));
    }
    if let Some(items) = between(kind, "[", "]") {
        let items = schema(field, items, depth + 1)?;
        return Ok(format!(r#"{{ "type": "array", "items": {items} }}"#));
    }
    if let Some(values) = between(kind, "map<", ">") {
        let values = schema(field, values, depth + 1)?;
        return Ok(format!(r#"{{ "type": "map", "values": {values} }}"#));
    }
    if let Some(numbers) = between(kind, "decimal(", ")") {
        return decimal(numbers);
    }
    if let Some(symbols) = between(kind, "enum(", ")") {
        return symbols_of(field, symbols);
    }
    if kind.contains('.') && kind.split('.').all(is_name) {
        return Ok(format!(r#""{kind}""#));
    }
    let known = TYPES.iter().map(|(name, _)| *name);
    Err(
        match nearest(kind, known.chain(["map<string>", "decimal(9,2)"])) {
            Some(name) => format!("there is no type `{kind}`, did you mean `{name}`?"),
            None => format!("there is no type `{kind}`"),
        },
    )
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

fn decimal(numbers: &str) -> Result<String, String> {
    let (precision, scale) = numbers.split_once(',').unwrap_or((numbers, "0"));
    let number = |text: &str| {
        text.trim()
            .parse::<u32>()
            .map_err(|_| "a decimal is `decimal(precision,scale)`".to_owned())
    };
    let (precision, scale) = (number(precision)?, number(scale)?);
    Ok(format!(
        r#"{{ "type": "bytes", "logicalType": "decimal", "precision": {precision}, "scale": {scale} }}"#
    ))
}

fn symbols_of(field: &str, symbols: &str) -> Result<String, String> {
    let symbols: Vec<&str> = symbols.split(',').map(str::trim).collect();
    if !symbols.iter().all(|symbol| is_name(symbol)) {
        return Err("an enum is `enum(LOW,HIGH)`".to_owned());
    }
    let symbols: Vec<_> = symbols
        .iter()
        .map(|symbol| format!(r#""{symbol}""#))
        .collect();
    let symbols = symbols.join(", ");
    Ok(format!(
        r#"{{ "type": "enum", "name": "{field}", "symbols": [{symbols}] }}"#
    ))
}

/// Text needs no quotes of its own.
fn as_json(schema: &str, default: &str) -> String {
    let is_text = schema.contains(r#""string""#)
        && !schema.contains(r#""array""#)
        && !schema.contains(r#""map""#)
        || schema.contains(r#""enum""#)
        || schema == r#""bytes""#;
    let is_json = serde_json::from_str::<serde_json::Value>(default).is_ok();
    let is_literal = default.starts_with('"') || default == "null" || !is_text;
    if is_json && is_literal {
        return default.to_owned();
    }
    serde_json::Value::from(default).to_string()
}

pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        let json = parse(text).unwrap().json;
        serde_json::from_str::<serde_json::Value>(&json).unwrap();
        json
    }

    fn problem(text: &str) -> String {
        match parse(text) {
            Err(Stop::Usage { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn types_become_avro() {
        assert_eq!(
            json("label:string"),
            r#"{ "name": "label", "type": "string" }"#
        );
        assert_eq!(
            json("by:string?"),
            r#"{ "name": "by", "type": ["null", "string"], "default": null }"#
        );
        assert_eq!(
            json("tags:[string]=[]"),
            r#"{ "name": "tags", "type": { "type": "array", "items": "string" }, "default": [] }"#
        );
        assert_eq!(
            json("m:map<[uuid]>"),
            r#"{ "name": "m", "type": { "type": "map", "values": { "type": "array", "items": { "type": "string", "logicalType": "uuid" } } } }"#
        );
        assert!(json("price:decimal(9,2)").contains(r#""precision": 9, "scale": 2"#));
        assert!(
            json("p:enum(LOW,HIGH)=LOW")
                .ends_with(r#""symbols": ["LOW", "HIGH"] }, "default": "LOW" }"#)
        );
        assert!(json("price:shop.Money").contains(r#""type": "shop.Money""#));
    }

    #[test]
    fn defaults_are_json_and_text_needs_no_quotes() {
        assert!(json("n:int=3").ends_with(r#""default": 3 }"#));
        assert!(json("s:string=3").ends_with(r#""default": "3" }"#));
        assert!(json("s:string=a=\"b").ends_with(r#""default": "a=\"b" }"#));
        assert!(json("s:string?=x").contains(r#"["string", "null"], "default": "x""#));
    }

    #[test]
    fn slips_are_explained() {
        assert!(problem("label").contains("no `:`"));
        assert!(problem("la-bel:string").contains("its name"));
        assert!(problem("label:strng").contains("did you mean `string`?"));
        assert!(
            problem(&format!("x:{}int{}", "[".repeat(99), "]".repeat(99))).contains("too deep")
        );
    }
}
