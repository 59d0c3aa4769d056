//! Stubs of methods, as lines of Rust: they compile, without warnings, and panic when they are called.

/// A method to write.
#[derive(Debug)]
pub(crate) struct Stub {
    /// Its name, `r#` and all.
    pub(crate) name: String,
    pub(crate) kind: StubKind,
}

/// What a method does, and the types it names, as they stand in the trait's module.
#[derive(Debug)]
pub(crate) enum StubKind {
    Parent {
        rust_type: String,
    },
    Creates {
        event: String,
    },
    CreatesFromParent {
        parent: String,
        parent_type: String,
        event: String,
    },
    Changes {
        event: String,
    },
    Upcast {
        old: String,
        new: String,
        /// Whether it gives a list of `new`.
        splits: bool,
    },
    Handler {
        event: String,
    },
    Sqlite {
        event: String,
    },
    Postgres {
        event: String,
    },
}

/// How a file names things.
#[derive(Debug)]
pub(crate) struct Names {
    /// What stands before names of the trait's module: `todo::`.
    pub(crate) prefix: String,
    /// What stands before names of the events' module: `crate::events::`.
    pub(crate) events: String,
    /// Names that the file imports.
    pub(crate) imported: Vec<String>,
}

impl Names {
    /// A path as it stands in the trait's module.
    pub(crate) fn path(&self, path: &str) -> String {
        if let Some(rest) = path.strip_prefix("super::") {
            return format!("{}{rest}", self.events);
        }
        if path.starts_with("crate::") || path.starts_with("::") || path.starts_with('(') {
            return path.to_owned();
        }
        format!("{}{path}", self.prefix)
    }

    fn reference(&self, ty: &str) -> String {
        match ty.strip_prefix('&') {
            Some(path) => format!("&{}", self.path(path)),
            None => self.path(ty),
        }
    }

    /// A name of the runtime's, bare where the file imports it.
    fn of_runtime(&self, name: &str) -> String {
        if self.imported.iter().any(|import| import == name) {
            name.to_owned()
        } else {
            format!("evgen_runtime::{name}")
        }
    }
}

/// A field that a new state has from the event that creates it.
#[derive(Debug)]
pub(crate) struct StateField {
    /// Its name.
    pub(crate) name: String,
    /// Its type, as any file may write it.
    pub(crate) rust_type: String,
}

impl StateField {
    fn taken(&self) -> String {
        let name = &self.name;
        let is_copy = matches!(&*self.rust_type, "bool" | "i32" | "i64" | "f32" | "f64");
        if is_copy {
            format!("{name}: event.{name}")
        } else {
            format!("{name}: event.{name}.clone()")
        }
    }
}

impl Stub {
    /// Its lines, without indentation; four spaces inside. The method that makes a state takes over `fields`.
    pub(crate) fn lines(&self, names: &Names, fields: &[StateField]) -> Vec<String> {
        let name = &self.name;
        let cx = format!("_cx: &{}", names.of_runtime("EventContext"));
        let event_of = |event: &str| format!("event: &{}", names.path(event));
        let result =
            |ok: &str, error: &str| format!(" -> Result<{ok}, {}>", names.of_runtime(error));
        let head = format!("fn {name}");
        let this = |receiver: &str| receiver.to_owned();
        match &self.kind {
            StubKind::Parent { rust_type } => {
                let result = format!(" -> &mut {}", names.path(rust_type));
                let body = format!("&mut self.{name}");
                function(&head, &[this("&mut self")], &result, &[body])
            }
            StubKind::Creates { event } => {
                let body = if fields.is_empty() {
                    vec![r#"todo!("make the state from {event:?}")"#.to_owned()]
                } else {
                    literal(fields)
                };
                function(&head, &[event_of(event), cx], " -> Self", &body)
            }
            StubKind::CreatesFromParent {
                parent,
                parent_type,
                event,
            } => {
                let arguments = [
                    format!("{parent}: {}", names.path(parent_type)),
                    event_of(event),
                    cx,
                ];
                let body = [
                    format!("let _ = {parent};"),
                    format!(r#"todo!("make the state around its {parent} from {{event:?}}")"#),
                ];
                function(&head, &arguments, " -> Self", &body)
            }
            StubKind::Changes { event } => {
                let body = r#"todo!("change the state by {event:?}")"#.to_owned();
                function(
                    &head,
                    &[this("&mut self"), event_of(event), cx],
                    "",
                    &[body],
                )
            }
            StubKind::Upcast { old, new, splits } => {
                let item = names.path(new);
                let (gives, body) = if *splits {
                    let body = format!(r#"todo!("split {{old:?}} into a list of `{new}`")"#);
                    (format!("Vec<{item}>"), body)
                } else {
                    (item, format!(r#"todo!("take {{old:?}} to `{new}`")"#))
                };
                let result = result(&gives, "UpcastError");
                function(
                    &head,
                    &[format!("old: {}", names.path(old)), cx],
                    &result,
                    &[body],
                )
            }
            StubKind::Handler { event } => {
                let event = format!("event: {}", names.reference(event));
                let cx = format!("_cx: &{}", names.of_runtime("HandlerContext"));
                let result = result("()", "HandlerError");
                let body = r#"todo!("react to {event:?}")"#.to_owned();
                function(
                    &format!("async {head}"),
                    &[this("&self"), event, cx],
                    &result,
                    &[body],
                )
            }
            StubKind::Sqlite { event } => {
                let tx = "tx: &evgen_runtime::rusqlite::Transaction<'_>".to_owned();
                let event = format!("event: {}", names.reference(event));
                let result = result("()", "HandlerError");
                let body = r#"todo!("fold {event:?} into the read model, in {tx:?}")"#.to_owned();
                function(&head, &[this("&self"), tx, event, cx], &result, &[body])
            }
            StubKind::Postgres { event } => {
                let tx = "tx: &mut evgen_runtime::sqlx::PgConnection".to_owned();
                let event = format!("event: {}", names.reference(event));
                let cx = format!("_cx: &{}<'_>", names.of_runtime("EventContext"));
                let result = result("()", "HandlerError");
                let body = r#"todo!("fold {event:?} into the read model, in {tx:?}")"#.to_owned();
                let head = format!("async {head}");
                function(&head, &[this("&self"), tx, event, cx], &result, &[body])
            }
        }
    }
}

/// A whole function; its arguments on lines of their own where one line is too long.
fn function(head: &str, arguments: &[String], result: &str, body: &[String]) -> Vec<String> {
    let line = format!("{head}({}){result} {{", arguments.join(", "));
    let mut lines = if line.len() <= 96 {
        vec![line]
    } else {
        let arguments = arguments.iter().map(|argument| format!("    {argument},"));
        std::iter::once(format!("{head}("))
            .chain(arguments)
            .chain([format!("){result} {{")])
            .collect()
    };
    lines.extend(body.iter().map(|line| format!("    {line}")));
    lines.push("}".to_owned());
    lines
}

/// A state made of the event that creates it.
fn literal(fields: &[StateField]) -> Vec<String> {
    let values: Vec<String> = fields.iter().map(StateField::taken).collect();
    let line = format!("Self {{ {} }}", values.join(", "));
    if line.len() <= 92 {
        return vec![line];
    }
    let values = values.iter().map(|value| format!("    {value},"));
    std::iter::once("Self {".to_owned())
        .chain(values)
        .chain(["}".to_owned()])
        .collect()
}
