//! Which impls the generated code asks of the user, and stubs of their methods. Pure functions of `Resolved`;
//! where they go is `sync`'s.

use crate::resolved::{
    AggregateModule, Item, MethodKind, MutatorMethod, Reaction, Resolved, ServiceItem,
};

/// An impl that the generated code asks for.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Module of the trait below the events' module; `None`: that itself.
    pub(crate) module: Option<String>,
    /// Name of the trait.
    pub(crate) trait_name: &'static str,
    /// Path of the type, where the manifest says it; for others the name of one to make.
    pub(crate) self_type: String,
    /// Whether any type will do.
    pub(crate) any_type: bool,
    /// Whether the type is the user's to declare.
    pub(crate) declared_by_user: bool,
    /// Methods without a default.
    pub(crate) methods: Vec<Stub>,
    /// What a state that is declared nowhere yet holds at first.
    pub(crate) fields: Vec<StateField>,
}

/// A method to write.
#[derive(Debug)]
pub(crate) struct Stub {
    /// Its name, `r#` and all.
    pub(crate) name: String,
    kind: StubKind,
}

#[derive(Debug)]
enum StubKind {
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
    },
    Handler {
        event: String,
    },
    Sqlite {
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
    /// What stands before `EventContext` and the like, name by name.
    pub(crate) runtime: fn(&[String], &str) -> String,
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

    fn of_runtime(&self, name: &str) -> String {
        (self.runtime)(&self.imported, name)
    }
}

/// Every impl that the generated code asks for.
pub(crate) fn wanted(resolved: &Resolved) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for aggregate in &resolved.aggregates {
        if let Some(service) = &aggregate.service {
            wanted.extend(mutator(aggregate, service));
        }
        if aggregate.emits_events && !aggregate.upcasts.is_empty() {
            wanted.push(upcaster(aggregate));
        }
    }
    let root = &resolved.root;
    for (reactions, trait_name, type_name) in [
        (&root.handlers, "Handlers", "MyHandlers"),
        (&root.projections, "Projections", "MyProjections"),
    ] {
        if !reactions.is_empty() {
            wanted.push(Wanted {
                module: None,
                trait_name,
                self_type: type_name.to_owned(),
                any_type: true,
                declared_by_user: true,
                methods: reactions.iter().map(reaction).collect(),
                fields: Vec::new(),
            });
        }
    }
    wanted
}

fn mutator(aggregate: &AggregateModule, service: &ServiceItem) -> Option<Wanted> {
    let has_own_state = service.state.is_none();
    if !has_own_state && service.methods.is_empty() {
        return None;
    }
    let parent = service
        .parent
        .as_ref()
        .filter(|_| has_own_state)
        .map(|parent| Stub {
            name: parent.method.clone(),
            kind: StubKind::Parent {
                rust_type: parent.rust_type.clone(),
            },
        });
    let methods = service
        .methods
        .iter()
        .filter_map(|method| mutator_stub(service, method));
    Some(Wanted {
        module: Some(aggregate.file.clone()),
        trait_name: "Mutator",
        self_type: service.rust_type.clone(),
        any_type: false,
        declared_by_user: has_own_state,
        fields: if parent.is_none() {
            state_fields(aggregate, service)
        } else {
            Vec::new()
        },
        methods: parent.into_iter().chain(methods).collect(),
    })
}

fn mutator_stub(service: &ServiceItem, method: &MutatorMethod) -> Option<Stub> {
    let event = method.event.clone();
    let kind = match method.kind {
        MethodKind::Creates => StubKind::Creates { event },
        MethodKind::CreatesFromParent => {
            let parent = service.parent.as_ref()?;
            StubKind::CreatesFromParent {
                parent: parent.method.clone(),
                parent_type: parent.rust_type.clone(),
                event,
            }
        }
        MethodKind::Changes => StubKind::Changes { event },
        // It has a default.
        MethodKind::Discards => return None,
    };
    Some(Stub {
        name: method.name.clone(),
        kind,
    })
}

fn upcaster(aggregate: &AggregateModule) -> Wanted {
    let steps = aggregate.upcasts.iter().map(|step| Stub {
        name: step.method.clone(),
        kind: StubKind::Upcast {
            old: step.old_type.clone(),
            new: step.new_type.clone(),
        },
    });
    Wanted {
        module: Some(aggregate.file.clone()),
        trait_name: "Upcaster",
        self_type: aggregate.upcasters.clone(),
        any_type: false,
        declared_by_user: true,
        methods: steps.collect(),
        fields: Vec::new(),
    }
}

fn reaction(reaction: &Reaction) -> Stub {
    let event = reaction.event_type.clone();
    let kind = match reaction.kind {
        "Sqlite" => StubKind::Sqlite { event },
        _ => StubKind::Handler { event },
    };
    Stub {
        name: reaction.method.clone(),
        kind,
    }
}

impl Stub {
    /// Its lines, without indentation; four spaces inside. The method that makes a state takes over `fields`.
    pub(crate) fn lines(&self, names: &Names, fields: &[StateField]) -> Vec<String> {
        let name = &self.name;
        let cx = || format!("cx: &{}", names.of_runtime("EventContext"));
        let event_of = |event: &str| format!("event: &{}", names.path(event));
        let result =
            |ok: &str, error: &str| format!(" -> Result<{ok}, {}>", names.of_runtime(error));
        let head = format!("fn {name}");
        let (head, arguments, result, what) = match &self.kind {
            StubKind::Parent { rust_type } => {
                let result = format!(" -> &mut {}", names.path(rust_type));
                let mut lines = signature(&head, &["&mut self".to_owned()], &result);
                lines.extend([format!("    &mut self.{name}"), "}".to_owned()]);
                return lines;
            }
            StubKind::Creates { event } => {
                let arguments = [event_of(event), cx()];
                if !fields.is_empty() {
                    let unused = [event_of(event), format!("_{}", cx())];
                    let mut lines = signature(&head, &unused, " -> Self");
                    lines.extend(literal(fields));
                    return lines;
                }
                (
                    head,
                    arguments.to_vec(),
                    " -> Self".to_owned(),
                    format!("make the state from `{event}`"),
                )
            }
            StubKind::CreatesFromParent {
                parent,
                parent_type,
                event,
            } => {
                let parent_argument = format!("{parent}: {}", names.path(parent_type));
                let what = format!("make the state around its {parent}");
                (
                    head,
                    vec![parent_argument, event_of(event), cx()],
                    " -> Self".to_owned(),
                    what,
                )
            }
            StubKind::Changes { event } => {
                let arguments = vec!["&mut self".to_owned(), event_of(event), cx()];
                (
                    head,
                    arguments,
                    String::new(),
                    format!("change the state by `{event}`"),
                )
            }
            StubKind::Upcast { old, new } => {
                let arguments = vec![format!("old: {}", names.path(old)), cx()];
                let result = result(&names.path(new), "UpcastError");
                (head, arguments, result, format!("take `{old}` to `{new}`"))
            }
            StubKind::Handler { event } => {
                let event_argument = format!("event: {}", names.reference(event));
                let cx = format!("cx: &{}", names.of_runtime("HandlerContext"));
                let what = format!("react to `{}`", event.trim_start_matches('&'));
                let arguments = vec!["&self".to_owned(), event_argument, cx];
                (
                    format!("async {head}"),
                    arguments,
                    result("()", "HandlerError"),
                    what,
                )
            }
            StubKind::Sqlite { event } => {
                let tx = "tx: &evgen_runtime::rusqlite::Transaction<'_>".to_owned();
                let event_argument = format!("event: {}", names.reference(event));
                let arguments = vec!["&self".to_owned(), tx, event_argument, cx()];
                (
                    head,
                    arguments,
                    result("()", "HandlerError"),
                    "fold the event into the read model".to_owned(),
                )
            }
        };
        let mut lines = signature(&head, &arguments, &result);
        let taken: Vec<&str> = arguments
            .iter()
            .filter_map(|argument| Some(argument.split_once(": ")?.0))
            .collect();
        lines.push(format!("    let _ = ({});", taken.join(", ")));
        lines.extend([format!("    todo!(\"{what}\")"), "}".to_owned()]);
        lines
    }
}

/// `fn name(…) -> … {`, on lines of its own per argument where one line is too long.
fn signature(head: &str, arguments: &[String], result: &str) -> Vec<String> {
    let line = format!("{head}({}){result} {{", arguments.join(", "));
    if line.len() <= 96 {
        return vec![line];
    }
    let arguments = arguments.iter().map(|argument| format!("    {argument},"));
    std::iter::once(format!("{head}("))
        .chain(arguments)
        .chain([format!("){result} {{")])
        .collect()
}

/// A state made of the event that creates it.
fn literal(fields: &[StateField]) -> Vec<String> {
    let values: Vec<String> = fields.iter().map(StateField::taken).collect();
    let line = format!("    Self {{ {} }}", values.join(", "));
    let mut lines = if line.len() <= 96 {
        vec![line]
    } else {
        let values = values.iter().map(|value| format!("        {value},"));
        std::iter::once("    Self {".to_owned())
            .chain(values)
            .chain(["    }".to_owned()])
            .collect()
    };
    lines.push("}".to_owned());
    lines
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

/// Fields of the event that creates an aggregate, those of types that need no import.
fn state_fields(aggregate: &AggregateModule, service: &ServiceItem) -> Vec<StateField> {
    let creates = service
        .methods
        .iter()
        .find(|method| method.kind == MethodKind::Creates);
    let record = creates.and_then(|method| {
        aggregate.module.items.iter().find_map(|item| match item {
            Item::Record(record) if record.name == method.event => Some(record),
            _ => None,
        })
    });
    let fields = record.into_iter().flat_map(|record| &record.fields);
    fields
        .filter_map(|field| {
            let rust_type = field
                .rust_type
                .replace("::std::string::", "")
                .replace("::std::vec::", "")
                .replace("::std::option::", "")
                .replace("::evgen_runtime::", "evgen_runtime::");
            let is_plain = !rust_type.replace("evgen_runtime::", "").contains("::");
            is_plain.then(|| StateField {
                name: field.name.clone(),
                rust_type,
            })
        })
        .collect()
}
