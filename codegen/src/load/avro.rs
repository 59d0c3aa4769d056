//! Schema JSON → types of the model, as Avro 1.12 and its Java parser read it: first every definition of a scope
//! is declared, then references are resolved, in any order and across files, then defaults are checked.

mod declare;
mod defaults;
mod logical;
mod names;
mod resolve;

use std::collections::HashMap;

pub(crate) use defaults::fits;

use crate::diagnostic::Diagnostics;
use crate::diagnostic::codes::{NOT_A_RECORD, NOT_A_SCHEMA};
use crate::model::types::{Field, FullName, Home, Json, NamedId, NamedKind, Type, TypeKind, Types};
use crate::source::{SourceId, Span, Spanned};

/// A schema file, parsed.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) source: SourceId,
    pub(crate) json: Spanned<Json>,
}

/// Names that see each other.
#[derive(Debug)]
pub(crate) struct Scope {
    home: Home,
    names: HashMap<FullName, NamedId>,
    /// Whether every file of it could be read; else an unknown name is no mistake of its user.
    is_complete: bool,
}

impl Scope {
    pub(crate) fn new(home: Home, is_complete: bool) -> Self {
        Self {
            home,
            names: HashMap::new(),
            is_complete,
        }
    }
}

/// Turns files into types.
pub(crate) struct Loader<'a> {
    types: Types,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(diagnostics: &'a mut Diagnostics) -> Self {
        Self {
            types: Types::default(),
            diagnostics,
        }
    }

    /// How many errors have been found so far.
    pub(crate) fn errors(&self) -> usize {
        self.diagnostics.errors()
    }

    pub(crate) fn into_types(self) -> Types {
        self.types
    }

    /// Loads the files of one scope, which may also see an outer one. Returns each file's top, where it is a schema.
    pub(crate) fn load(
        &mut self,
        files: &[File],
        scope: &mut Scope,
        outer: Option<&Scope>,
    ) -> Vec<Option<Type>> {
        let first = self.types.len();
        let mut declared = Vec::new();
        for file in files {
            let mut reader = self.reader(file.source, scope, outer);
            reader.declare(&file.json, "");
            declared.push(reader.declared);
        }
        let mut tops = Vec::new();
        for (file, declared) in files.iter().zip(declared) {
            let mut reader = self.reader(file.source, scope, outer);
            reader.declared = declared;
            tops.push(reader.resolve(&file.json, ""));
        }
        defaults::check(&mut self.types, first, self.diagnostics);
        tops
    }

    fn reader<'b>(
        &'b mut self,
        source: SourceId,
        scope: &'b mut Scope,
        outer: Option<&'b Scope>,
    ) -> Reader<'b> {
        let (types, diagnostics) = (&mut self.types, &mut *self.diagnostics);
        Reader {
            types,
            diagnostics,
            source,
            scope,
            outer,
            declared: Vec::new(),
        }
    }

    /// The record at the top of an event file.
    pub(crate) fn record_at_top(&mut self, top: &Type, file: &File) -> Option<NamedId> {
        if let TypeKind::Named(id) = top.kind
            && matches!(self.types.get(id).kind, NamedKind::Record { .. })
            && self.types.get(id).source == file.source
        {
            return Some(id);
        }
        let start = file.json.span;
        self.diagnostics
            .error(&NOT_A_RECORD, "the schema of an event is a record")
            .primary(start, "not a record");
        None
    }

    /// Fields of a generated state. They may name shared types, but define none.
    pub(crate) fn state_fields(
        &mut self,
        fields: &Spanned<Json>,
        source: SourceId,
        shared: &Scope,
    ) -> Vec<Field> {
        let mut scope = Scope::new(Home::EventFile, true);
        let mut reader = self.reader(source, &mut scope, Some(shared));
        let mut fields = reader.fields(fields, "");
        defaults::check_fields(&self.types, &mut fields, self.diagnostics);
        fields
    }
}

/// Reads one file.
struct Reader<'a> {
    types: &'a mut Types,
    diagnostics: &'a mut Diagnostics,
    source: SourceId,
    scope: &'a mut Scope,
    outer: Option<&'a Scope>,
    /// Definitions of this file: start of their JSON, in order.
    declared: Vec<(u32, NamedId)>,
}

impl Reader<'_> {
    fn not_a_schema(&mut self, span: Span, message: impl Into<String>, label: &str) {
        self.diagnostics
            .error(&NOT_A_SCHEMA, message)
            .primary(span, label);
    }

    /// The definition that starts at a place, if one was declared.
    fn declared_at(&self, span: Span) -> Option<NamedId> {
        let found = self
            .declared
            .binary_search_by_key(&span.start, |&(start, _)| start)
            .ok()?;
        Some(self.declared[found].1)
    }
}

/// Entries of an object.
type Object = [(Spanned<String>, Spanned<Json>)];

fn get<'a>(object: &'a Object, key: &str) -> Option<&'a Spanned<Json>> {
    object
        .iter()
        .find(|(name, _)| name.value == key)
        .map(|(_, value)| value)
}

/// The text of an entry, if it is a string.
fn text<'a>(object: &'a Object, key: &str) -> Option<(&'a str, Span)> {
    match get(object, key) {
        Some(Spanned {
            value: Json::String(text),
            span,
        }) => Some((text, *span)),
        _ => None,
    }
}

fn describe(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use crate::load::load_schema;

    /// The codes found in a schema, and the types that it defines.
    fn read(text: &str) -> Result<Vec<String>, Vec<&'static str>> {
        match load_schema("x.avsc", text.to_owned()) {
            Ok(schema) => Ok(schema
                .types
                .iter()
                .map(|(_, named)| named.name.to_string())
                .collect()),
            Err(report) => Err(report
                .diagnostics
                .iter()
                .map(|found| found.code.id)
                .collect()),
        }
    }

    fn field(rest: &str) -> String {
        format!(r#"{{"type": "record", "name": "R", "fields": [{{"name": "f", {rest}}}]}}"#)
    }

    #[test]
    fn namespaces_are_inherited() {
        let text = r#"{"type": "record", "name": "a.b.R", "namespace": "ignored", "fields": [
            {"name": "x", "type": {"type": "fixed", "name": "F", "size": 1}},
            {"name": "y", "type": {"type": "enum", "name": "E", "namespace": "", "symbols": []}},
            {"name": "z", "type": ["null", "F", "a.b.R", "E"]}]}"#;
        assert_eq!(
            read(text),
            Ok(vec!["a.b.R".into(), "a.b.F".into(), "E".into()])
        );
    }

    #[test]
    fn references_are_found_in_any_order() {
        let later = r#"[{"type": "record", "name": "A", "fields": [{"name": "b", "type": "B"}]},
            {"type": "record", "name": "B", "fields": [{"name": "a", "type": ["null", "A"]}]}]"#;
        assert_eq!(read(later), Ok(vec!["A".into(), "B".into()]));
        assert_eq!(read(r#""Nowhere""#), Err(vec!["EV0205"]));
    }

    #[test]
    fn defaults_are_as_java_takes_them() {
        let taken = [
            r#""type": ["null", "int"], "default": 5"#,
            r#""type": ["int", "null"], "default": null"#,
            r#""type": "double", "default": 1"#,
            r#""type": "double", "default": "NaN""#,
            r#""type": "bytes", "default": "\u00ff""#,
            r#""type": {"type": "map", "values": "long"}, "default": {"a": 1}"#,
            r#""type": {"type": "fixed", "name": "F", "size": 2}, "default": "a""#,
        ];
        for rest in taken {
            assert!(read(&field(rest)).is_ok(), "{rest}");
        }
        let refused = [
            r#""type": "int", "default": 1.0"#,
            r#""type": "int", "default": 2147483648"#,
            r#""type": "string", "default": null"#,
            r#""type": ["null", "int"], "default": "5""#,
            r#""type": {"type": "array", "items": "int"}, "default": [1, "2"]"#,
            r#""type": "R", "default": {}"#,
        ];
        for rest in refused {
            assert_eq!(read(&field(rest)), Err(vec!["EV0211"]), "{rest}");
        }
    }

    #[test]
    fn default_that_stands_on_itself_is_refused_whatever_its_depth() {
        let (open, close) = ("[".repeat(100), "]".repeat(100));
        let arrays = r#"{"type": "array", "items": "#.repeat(100) + r#""R""# + &"}".repeat(100);
        let text = field(&format!(
            r#""type": {arrays}, "default": {open}{{}}{close}"#
        ));
        assert_eq!(read(&text), Err(vec!["EV0211"]));
    }

    #[test]
    fn shapes_that_java_refuses_are_refused() {
        let refused = [
            r#"{"type": {"type": "string"}}"#,
            r#"{"type": ["null", "string"]}"#,
            r#"{"type": "record", "name": "R"}"#,
            r#"{"type": "array"}"#,
            r#"{"name": "R"}"#,
            "5",
        ];
        for text in refused {
            assert_eq!(read(text), Err(vec!["EV0203"]), "{text}");
        }
        assert!(read(r#"{"type": "error", "name": "E", "fields": []}"#).is_ok());
        assert!(read(r#"{"type": "int", "logicalType": "unknown", "anything": []}"#).is_ok());
    }
}
