//! Which impls the generated code asks of the user, and stubs of their methods. Pure functions of `Resolved`;
//! where they go is `sync`'s.

use crate::resolved::{AggregateModule, MethodKind, MutatorMethod, Reaction, Resolved, ServiceItem};

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
    Parent { rust_type: String },
    Creates { event: String },
    CreatesFromParent { parent: String, parent_type: String, event: String },
    Changes { event: String },
    Upcast { old: String, new: String },
    Handler { event: String },
    Sqlite { event: String },
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
    let parent = service.parent.as_ref().filter(|_| has_own_state).map(|parent| Stub {
        name: parent.method.clone(),
        kind: StubKind::Parent { rust_type: parent.rust_type.clone() },
    });
    let methods = service.methods.iter().filter_map(|method| mutator_stub(service, method));
    Some(Wanted {
        module: Some(aggregate.file.clone()),
        trait_name: "Mutator",
        self_type: service.rust_type.clone(),
        any_type: false,
        declared_by_user: has_own_state,
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
    Some(Stub { name: method.name.clone(), kind })
}

fn upcaster(aggregate: &AggregateModule) -> Wanted {
    let steps = aggregate.upcasts.iter().map(|step| Stub {
        name: step.method.clone(),
        kind: StubKind::Upcast { old: step.old_type.clone(), new: step.new_type.clone() },
    });
    Wanted {
        module: Some(aggregate.file.clone()),
        trait_name: "Upcaster",
        self_type: aggregate.upcasters.clone(),
        any_type: false,
        declared_by_user: true,
        methods: steps.collect(),
    }
}

fn reaction(reaction: &Reaction) -> Stub {
    let event = reaction.event_type.clone();
    let kind = match reaction.kind {
        "Sqlite" => StubKind::Sqlite { event },
        _ => StubKind::Handler { event },
    };
    Stub { name: reaction.method.clone(), kind }
}

impl Stub {
    /// Its lines, without indentation; four spaces inside.
    pub(crate) fn lines(&self, names: &Names) -> Vec<String> {
        let name = &self.name;
        let cx = || names.of_runtime("EventContext");
        let failure = || names.of_runtime("HandlerError");
        let (signature, arguments, what) = match &self.kind {
            StubKind::Parent { rust_type } => {
                let signature = format!("fn {name}(&mut self) -> &mut {} {{", names.path(rust_type));
                return vec![signature, format!("    &mut self.{name}"), "}".to_owned()];
            }
            StubKind::Creates { event } => (
                format!("fn {name}(event: &{}, cx: &{}) -> Self {{", names.path(event), cx()),
                "event, cx".to_owned(),
                format!("make the state from `{event}`"),
            ),
            StubKind::CreatesFromParent { parent, parent_type, event } => (
                format!(
                    "fn {name}({parent}: {}, event: &{}, cx: &{}) -> Self {{",
                    names.path(parent_type),
                    names.path(event),
                    cx()
                ),
                format!("{parent}, event, cx"),
                format!("make the state around its {parent}"),
            ),
            StubKind::Changes { event } => (
                format!("fn {name}(&mut self, event: &{}, cx: &{}) {{", names.path(event), cx()),
                "event, cx".to_owned(),
                format!("change the state by `{event}`"),
            ),
            StubKind::Upcast { old, new } => (
                format!(
                    "fn {name}(old: {}, cx: &{}) -> Result<{}, {}> {{",
                    names.path(old),
                    cx(),
                    names.path(new),
                    names.of_runtime("UpcastError")
                ),
                "old, cx".to_owned(),
                format!("take `{old}` to `{new}`"),
            ),
            StubKind::Handler { event } => (
                format!(
                    "async fn {name}(&self, event: {}, cx: &{}) -> Result<(), {}> {{",
                    names.reference(event),
                    names.of_runtime("HandlerContext"),
                    failure()
                ),
                "event, cx".to_owned(),
                format!("react to `{}`", event.trim_start_matches('&')),
            ),
            StubKind::Sqlite { event } => {
                let mut lines = vec![
                    format!("fn {name}("),
                    "    &self,".to_owned(),
                    "    tx: &evgen_runtime::rusqlite::Transaction<'_>,".to_owned(),
                    format!("    event: {},", names.reference(event)),
                    format!("    cx: &{},", cx()),
                    format!(") -> Result<(), {}> {{", failure()),
                ];
                lines.extend(body("tx, event, cx", "fold the event into the read model"));
                return lines;
            }
        };
        let mut lines = vec![signature];
        lines.extend(body(&arguments, &what));
        lines
    }
}

fn body(arguments: &str, what: &str) -> [String; 3] {
    [format!("    let _ = ({arguments});"), format!("    todo!(\"{what}\")"), "}".to_owned()]
}
