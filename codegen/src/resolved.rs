//! The tree that templates see: Rust names and Rust source fragments, all decided. Public fields, nothing that computes.
//!
//! A field called `…_literal` holds a Rust literal, quotes and escapes included.

/// Everything that is generated.
#[derive(Debug, Default)]
pub struct Resolved {
    /// `mod.rs`: the modules, the app, handlers and projections.
    pub root: Root,
    /// One file per aggregate.
    pub aggregates: Vec<AggregateModule>,
    /// `types.rs` and one file per types-only directory.
    pub types: Vec<TypesModule>,
    /// Samples of released versions, and the tests that read them.
    pub samples: Option<SamplesModule>,
}

/// The module of samples: built for tests only.
#[derive(Debug)]
pub struct SamplesModule {
    /// Its name, and its file's without `.rs`.
    pub name: String,
    /// One per sample, and values made up of drafts that create an aggregate.
    pub items: Vec<SampleItem>,
}

/// A value of one version.
#[derive(Debug)]
pub struct SampleItem {
    /// `TODO_CREATED_V1`
    pub static_name: String,
    /// One line.
    pub docs: String,
    /// Path of the event's descriptor.
    pub descriptor: String,
    /// Number of the version.
    pub version: i32,
    /// The JSON file, below the schema directory.
    pub file_literal: String,
    /// Its text.
    pub json_literal: String,
    /// The Avro file's bytes.
    pub avro_literal: Option<String>,
    /// The test that reads it.
    pub test: Option<SampleTest>,
}

/// A test that reads a sample.
#[derive(Debug)]
pub struct SampleTest {
    /// `todo_created_v1`
    pub name: String,
    /// Path of the aggregate's enum of events.
    pub events: String,
    /// Path of the aggregate's type, where this crate has its mutators.
    pub replays: Option<String>,
    /// The sample of an event that creates the aggregate.
    pub creates: Option<String>,
}

/// What stands at the top of the events' module.
#[derive(Debug, Default)]
pub struct Root {
    /// Where generated code comes from, for the header.
    pub origin: String,
    /// Names of the modules, one file each.
    pub modules: Vec<RootModule>,
    /// Whether this crate has the aggregates' side: mutators, handlers, the app.
    pub service: bool,
    /// Path of the crate or module that has the events' side, where it is another's.
    pub events_from: Option<String>,
    /// Paths of descriptors of all aggregates that can be stored.
    pub descriptors: Vec<String>,
    /// Default of the setting.
    pub validate: bool,
    /// Default of the setting.
    pub schema_version_in_data: bool,
    /// Default of the setting: the variant of the runtime's `Validation`.
    pub validation: &'static str,
    /// Handlers.
    pub handlers: Vec<Reaction>,
    /// Projections.
    pub projections: Vec<Reaction>,
    /// Name of the module of samples, if there are any.
    pub samples: Option<String>,
}

/// One module below the root.
#[derive(Debug)]
pub struct RootModule {
    /// Rust name.
    pub name: String,
    /// Name of the file that holds it.
    pub file: String,
    /// First line of its docs.
    pub docs: String,
}

/// A handler or a projection.
#[derive(Debug)]
pub struct Reaction {
    /// Method name.
    pub method: String,
    /// Name as a literal: its checkpoint's, and logs'.
    pub name_literal: String,
    /// Kind, for the runtime: `Inline`, `Durable`, `Own`, `Sqlite`, `Postgres`.
    pub kind: &'static str,
    /// `Delivery` of the runtime: `Inline`, `Durable`, `Transactional`.
    pub delivery: &'static str,
    /// The runtime's `RunOptions`, as an expression.
    pub run: String,
    /// Type of the event that the method takes.
    pub event_type: String,
    /// The enum to generate when it takes several events; its name.
    pub enum_name: Option<String>,
    /// What it takes.
    pub arms: Vec<ReactionArm>,
    /// One line that lists the events.
    pub docs: String,
}

/// One event that a handler or projection takes, of one stored aggregate.
#[derive(Debug)]
pub struct ReactionArm {
    /// Path of the aggregate's enum (`todo::Event`).
    pub event_enum: String,
    /// Its variant.
    pub variant: String,
    /// Path of the descriptor.
    pub descriptor: String,
    /// Variant of the reaction's own enum.
    pub own_variant: String,
    /// Type that the own variant holds (`todo::Created`).
    pub own_type: String,
    /// Whether the event is a child's and is seen as its parent's.
    pub as_parent: bool,
    /// Whether the own variant is declared by this arm (several children share one).
    pub declares: bool,
}

/// A module of plain types.
#[derive(Debug)]
pub struct TypesModule {
    /// File name without `.rs`.
    pub file: String,
    /// Where they come from.
    pub origin: String,
    /// Path of this module in the crate that has the events' side.
    pub events_path: Option<String>,
    /// Types and modules.
    pub module: Module,
    /// Type tables.
    pub nodes: Vec<NodeStatic>,
}

/// Items and modules.
#[derive(Debug, Default)]
pub struct Module {
    /// Rust name; empty at a file's top.
    pub name: String,
    /// Its docs.
    pub docs: String,
    /// Types, in order.
    pub items: Vec<Item>,
    /// Modules, in order.
    pub modules: Vec<Module>,
}

/// One generated type.
#[derive(Debug)]
pub enum Item {
    /// A struct.
    Record(RecordItem),
    /// An enum of symbols.
    Enum(EnumItem),
    /// An enum of types.
    Union(UnionItem),
    /// Another name for a type.
    Alias(AliasItem),
    /// The struct of an event without schema.
    Untyped(UntypedItem),
}

/// A struct.
#[derive(Debug)]
pub struct RecordItem {
    /// Doc lines.
    pub docs: Vec<String>,
    /// Rust name.
    pub name: String,
    /// Derives beside `Clone`.
    pub derives: Vec<String>,
    /// Attributes, without `#[` and `]`.
    pub attributes: Vec<String>,
    /// Path of its type table.
    pub node: String,
    /// Fields.
    pub fields: Vec<FieldItem>,
}

/// A field.
#[derive(Debug)]
pub struct FieldItem {
    /// Doc lines.
    pub docs: Vec<String>,
    /// Rust name.
    pub name: String,
    /// Rust type.
    pub rust_type: String,
    /// How it is written and read as Avro, where its Rust type does not say that: functions.
    pub codec: Option<(String, String)>,
}

/// An enum of symbols.
#[derive(Debug)]
pub struct EnumItem {
    /// Doc lines.
    pub docs: Vec<String>,
    /// Rust name.
    pub name: String,
    /// Derives beside the usual ones.
    pub derives: Vec<String>,
    /// Attributes, without `#[` and `]`.
    pub attributes: Vec<String>,
    /// Path of its type table.
    pub node: String,
    /// (Rust name, doc line)
    pub variants: Vec<(String, String)>,
}

/// An enum of types.
#[derive(Debug)]
pub struct UnionItem {
    /// Doc lines.
    pub docs: Vec<String>,
    /// Rust name.
    pub name: String,
    /// Derives beside `Clone`.
    pub derives: Vec<String>,
    /// Attributes, without `#[` and `]`.
    pub attributes: Vec<String>,
    /// Path of its type table.
    pub node: String,
    /// Variant that a value to fill begins as.
    pub empty: String,
    /// Branches.
    pub variants: Vec<UnionVariant>,
}

/// A branch of a union.
#[derive(Debug)]
pub struct UnionVariant {
    /// Rust name.
    pub name: String,
    /// Rust type; `None` for null.
    pub rust_type: Option<String>,
    /// Call that writes its value `v` as Avro.
    pub write: String,
    /// Function that reads its value from Avro.
    pub read: String,
    /// What the schema calls it.
    pub docs: String,
}

impl UnionVariant {
    /// As it stands in the enum: `Int(i32)`.
    #[must_use]
    pub fn declaration(&self) -> String {
        match &self.rust_type {
            Some(rust_type) => format!("{}({rust_type})", self.name),
            None => self.name.clone(),
        }
    }
}

/// Another name for a type.
#[derive(Debug)]
pub struct AliasItem {
    /// Doc lines.
    pub docs: Vec<String>,
    /// Rust name.
    pub name: String,
    /// Rust type.
    pub rust_type: String,
    /// Path of its type table.
    pub node: String,
}

/// The struct of an event without schema.
#[derive(Debug)]
pub struct UntypedItem {
    /// Doc lines.
    pub docs: Vec<String>,
    /// Rust name.
    pub name: String,
    /// Derives beside `Clone`.
    pub derives: Vec<String>,
    /// Attributes, without `#[` and `]`.
    pub attributes: Vec<String>,
}

/// A table of envelope fields: its name, and per field (name literal, node expression, default expression).
pub type EnvelopeStatic = (String, Vec<(String, String, String)>);

/// A type table.
#[derive(Debug)]
pub struct NodeStatic {
    /// Rust name.
    pub name: String,
    /// What it holds.
    pub kind: NodeKind,
}

/// What a type table holds.
#[derive(Debug)]
pub enum NodeKind {
    /// A record's fields.
    Record {
        /// Full name.
        name_literal: String,
        /// References to the tables of named types in the lines.
        named: String,
        /// A line per field, as it stands inside a literal.
        lines: Vec<String>,
    },
    /// An enum's symbols.
    Enum {
        /// Full name.
        name_literal: String,
        /// Symbol literals.
        symbols: Vec<String>,
        /// Index of the default symbol, as an expression.
        default: String,
    },
    /// Any other: an expression.
    Other(String),
}

/// A resolution table: record to record.
#[derive(Debug)]
pub struct ResolutionStatic {
    /// Rust name.
    pub name: String,
    /// The writer's full name.
    pub name_literal: String,
    /// (name literal, node expression, default expression, target expression)
    pub fields: Vec<(String, String, String, String)>,
    /// (index, node expression, default literal)
    pub added: Vec<(usize, String, String)>,
}

/// A function that reads Avro of an older version into the latest type.
#[derive(Debug)]
pub struct AvroRead {
    /// Rust name.
    pub name: String,
    /// Type that it fills.
    pub rust_type: String,
    /// Name of its first argument.
    pub reader: &'static str,
    /// Name of its second argument.
    pub value: &'static str,
    /// Statements.
    pub lines: Vec<String>,
}

/// The way from one version to a type: expressions.
#[derive(Debug, Clone)]
pub struct WayItem {
    /// Its resolution.
    pub resolution: String,
    /// Function that reads its Avro.
    pub avro: String,
}

/// Everything of one aggregate.
#[derive(Debug)]
pub struct AggregateModule {
    /// File name without `.rs`.
    pub file: String,
    /// Name in the manifest.
    pub aggregate: String,
    /// The same as a literal.
    pub aggregate_literal: String,
    /// Whether events, tables and codecs are generated here, not taken from `events_from`.
    pub emits_events: bool,
    /// Path of this module in the crate that has the events' side.
    pub events_path: Option<String>,
    /// Event structs and the types they are made of.
    pub module: Module,
    /// Type tables.
    pub nodes: Vec<NodeStatic>,
    /// Tables of envelope fields.
    pub envelopes: Vec<EnvelopeStatic>,
    /// Tables of ways between fields' types: (name, entries).
    pub ways: Vec<(String, Vec<String>)>,
    /// Resolution tables.
    pub resolutions: Vec<ResolutionStatic>,
    /// Functions that read Avro of older versions.
    pub avro_reads: Vec<AvroRead>,
    /// Events, in order.
    pub events: Vec<EventItem>,
    /// Events that are no longer written.
    pub former: Vec<EventItem>,
    /// Whether rows are stored under its name: not for an abstract aggregate, unless it has a djangoevents class.
    pub stored: bool,
    /// `Keep` or `Remove`.
    pub on_discard: &'static str,
    /// Snapshots: every, version, key.
    pub snapshot: Option<(u32, u32, String)>,
    /// Explicit upcast steps.
    pub upcasts: Vec<UpcastItem>,
    /// What steps that give several events give.
    pub parts: Vec<PartsItem>,
    /// Path of the type that implements the upcaster trait.
    pub upcasters: String,
    /// The aggregates' side.
    pub service: Option<ServiceItem>,
    /// How events become those of the parent: for each one its name.
    pub to_parent: Vec<Conversion>,
}

impl AggregateModule {
    /// Its events, those that are no longer written behind the others: a row's place among them is what `read` takes.
    pub fn all_events(&self) -> impl Iterator<Item = &EventItem> {
        self.events.iter().chain(&self.former)
    }

    /// Whether rows of some version are several events.
    pub fn has_splits(&self) -> bool {
        self.all_events().any(|event| event.split.is_some())
    }

    /// Whether each of its events has a schema.
    pub fn is_typed(&self) -> bool {
        self.events.iter().all(|event| event.data() == "Typed")
    }

    /// Whether there is more to reading a row than to fill an event.
    pub fn reads_by_itself(&self) -> bool {
        self.all_events().any(|event| {
            matches!(event.read, Read::Upcast { .. })
                && (event.is_split || event.has_single_starts())
        })
    }

    /// What rows are read into: a pattern of the places among all events, and the variant.
    pub fn empty(&self) -> Vec<(String, &str)> {
        let mut all: Vec<(String, &str)> = Vec::new();
        for (place, event) in self.all_events().enumerate() {
            if event.is_split || matches!(event.read, Read::Never) {
                continue;
            }
            match all.iter_mut().find(|(_, name)| *name == event.name) {
                Some((places, _)) => places.push_str(&format!(" | {place}")),
                None => all.push((place.to_string(), &event.name)),
            }
        }
        all
    }

    /// Whether a step gives one event, so that reading needs the row's context.
    pub fn has_single_starts(&self) -> bool {
        self.all_events().any(EventItem::has_single_starts)
    }
}

/// One event.
#[derive(Debug)]
pub struct EventItem {
    /// Struct and variant; of a former event those that it is read as.
    pub name: String,
    /// Descriptor of the event that its rows are read as: its own, unless it was renamed. `None`: it was dropped.
    pub now_static: Option<String>,
    /// Whether it is no longer written.
    pub is_former: bool,
    /// Name of its descriptor.
    pub static_name: String,
    /// Name in the manifest.
    pub name_literal: String,
    /// Stored event type.
    pub event_type_literal: String,
    /// Highest schema version.
    pub version: i32,
    /// Version of rows without one.
    pub legacy_version: i32,
    /// Whether rows of later versions are read as the latest one.
    pub forward: bool,
    /// Whether a schema types it.
    pub typed: bool,
    /// Up to which version its rows are several events, and the descriptors of those.
    pub split: Option<(i32, Vec<String>)>,
    /// Whether it is no longer written since its last version is split.
    pub is_split: bool,
    /// `Creates`, `Changes`, `Discards`, `StoredOnly`.
    pub effect: &'static str,
    /// Module and class, literals.
    pub django: Option<(String, String)>,
    /// Its schema versions.
    pub versions: Vec<VersionItem>,
    /// How a row is read.
    pub read: Read,
}

impl EventItem {
    /// Name in the manifest, for docs.
    pub fn manifest_name(&self) -> &str {
        self.name_literal.trim_matches('"')
    }

    /// Whether rows of some version go through a step to one event.
    pub fn has_single_starts(&self) -> bool {
        matches!(&self.read, Read::Upcast { starts, .. } if starts.iter().any(|start| !start.splits))
    }

    /// The ways from its versions without an explicit step, where it has a table of them.
    pub fn reads(&self) -> Option<&[Option<WayItem>]> {
        match &self.read {
            Read::Direct(direct) | Read::Upcast { direct, .. } if !self.is_split => Some(direct),
            _ => None,
        }
    }

    /// Whether it has such a table.
    pub fn has_reads(&self) -> bool {
        self.reads().is_some()
    }

    /// Variant of the runtime's `Data`.
    pub fn data(&self) -> &'static str {
        if matches!(self.read, Read::Untyped) {
            "Untyped"
        } else {
            "Typed"
        }
    }
}

/// One schema version.
#[derive(Debug)]
pub struct VersionItem {
    /// Its number.
    pub version: i32,
    /// The file.
    pub file_literal: String,
    /// The file's text.
    pub schema_literal: String,
    /// Fingerprint of the payload schema, hexadecimal.
    pub fingerprint: String,
    /// Payload table.
    pub node: String,
    /// Expression of the table of envelope fields that the file has.
    pub envelope: String,
    /// Their places among the file's fields.
    pub places: Vec<usize>,
}

/// How a row becomes its event.
#[derive(Debug)]
pub enum Read {
    /// It was dropped, or has no versions.
    Never,
    /// Its text is kept.
    Untyped,
    /// It has one version, which is the struct's.
    Only,
    /// By one resolution per version, from version 1.
    Direct(Vec<Option<WayItem>>),
    /// Some versions through explicit steps, the others as `Direct`.
    Upcast {
        /// As for `Direct`; `None` for those that go through a step.
        direct: Vec<Option<WayItem>>,
        /// Where rows of a version enter.
        starts: Vec<UpcastStart>,
        /// One function per step.
        functions: Vec<UpcastFunction>,
    },
}

/// Where rows of a version enter the steps.
#[derive(Debug)]
pub struct UpcastStart {
    /// The row's version.
    pub version: i32,
    /// Name of the static that has the way to the type that the step takes.
    pub static_name: String,
    /// The way.
    pub way: WayItem,
    /// The step's function.
    pub function: String,
    /// Whether that fills a list of events.
    pub splits: bool,
}

/// The way from one step's result to what the next takes, or to the latest.
#[derive(Debug)]
pub struct UpcastConversion {
    /// Name of the way's static.
    pub static_name: String,
    /// The way.
    pub way: WayItem,
    /// Type that it gives, as written in the aggregate's module.
    pub rust_type: String,
}

/// One step and all that follow it.
#[derive(Debug)]
pub struct UpcastFunction {
    /// Rust name.
    pub name: String,
    /// Whether it fills a list of events: the step, or one behind it, gives several.
    pub splits: bool,
    /// What the step gives; none: one event, its next version.
    pub parts: Vec<PartArm>,
    /// The type of those.
    pub parts_type: String,
    /// Version that the step starts from.
    pub from: i32,
    /// Type that it takes.
    pub old_type: String,
    /// The trait's method.
    pub method: String,
    /// What its result becomes, unless it is wanted as it is.
    pub convert: Option<UpcastConversion>,
    /// The next step's function; `None`: the result is the latest.
    pub next: Option<String>,
}

/// What becomes of one of the events that a step gives.
#[derive(Debug)]
pub struct PartArm {
    /// Variant of the type that the step gives.
    pub variant: String,
    /// Variant of the aggregate's events that it ends as.
    pub event: String,
    /// What it becomes, unless it is wanted as it is.
    pub convert: Option<UpcastConversion>,
    /// The function of the next step on its way, and whether that fills the list; `None`: it is the latest.
    pub next: Option<(String, bool)>,
}

/// The type of what a step gives that makes several events of one.
#[derive(Debug)]
pub struct PartsItem {
    /// Rust name.
    pub name: String,
    /// Doc lines.
    pub docs: Vec<String>,
    /// Variants, and the types that they hold.
    pub variants: Vec<(String, String)>,
}

/// An explicit upcast step.
#[derive(Debug)]
pub struct UpcastItem {
    /// Method name.
    pub method: String,
    /// Type of its argument.
    pub old_type: String,
    /// Type of its result, or of the items of the list that it gives.
    pub new_type: String,
    /// Whether it gives several.
    pub splits: bool,
    /// Doc line.
    pub docs: String,
}

/// The aggregates' side: mutators, `impl Aggregate`.
#[derive(Debug)]
pub struct ServiceItem {
    /// The user's type, or the generated state's name.
    pub rust_type: String,
    /// The generated state.
    pub state: Option<RecordItem>,
    /// Methods of the mutator trait; none: there is no trait.
    pub methods: Vec<MutatorMethod>,
    /// The parent's type and method, for a child of an abstract aggregate.
    pub parent: Option<Parent>,
    /// What every event does.
    pub arms: Vec<ApplyArm>,
    /// Parent's events that are decisions of this aggregate, too.
    pub inherited_decisions: Vec<InheritedDecision>,
}

/// The abstract parent.
#[derive(Debug)]
pub struct Parent {
    /// Path of its type.
    pub rust_type: String,
    /// Path of its module.
    pub module: String,
    /// Name of the method, or of the generated state's field, that gives it.
    pub method: String,
}

/// A method of a mutator trait.
#[derive(Debug)]
pub struct MutatorMethod {
    /// Its name.
    pub name: String,
    /// Event struct.
    pub event: String,
    /// What it does.
    pub kind: MethodKind,
}

/// What a mutator method does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodKind {
    /// Makes the state.
    Creates,
    /// Makes the state around its parent.
    CreatesFromParent,
    /// Changes the state.
    Changes,
    /// Changes the state, with a default that leaves it as it is.
    Discards,
}

/// What one event does to the state.
#[derive(Debug)]
pub struct ApplyArm {
    /// Variant.
    pub variant: String,
    /// The parent's event that it stands for; empty where it is not inherited.
    pub parent_event: String,
    /// What it does.
    pub action: Action,
}

/// What an event does to the state.
#[derive(Debug)]
pub enum Action {
    /// Makes it.
    Create {
        /// How the parent inside is made, for a child.
        parent: Option<Build>,
        /// How the state itself is made.
        build: Build,
    },
    /// Changes it.
    Change(Change),
    /// Changes the parent inside.
    ChangeParent(Change),
    /// Nothing.
    Nothing,
}

/// How a state is made.
#[derive(Debug)]
pub enum Build {
    /// By the mutator's method.
    Method(String),
    /// By a struct literal: (field, expression).
    Literal(Vec<(String, String)>),
}

/// How a state is changed.
#[derive(Debug)]
pub enum Change {
    /// By the mutator's method.
    Method(String),
    /// Field by field: (field, expression).
    Set(Vec<(String, String)>),
}

/// How a child's event becomes its parent's.
#[derive(Debug)]
pub struct Conversion {
    /// The child's struct.
    pub event: String,
    /// Path of the parent's.
    pub parent: String,
    /// (field, expression)
    pub fields: Vec<(String, String)>,
}

/// A parent's event that a child takes as a decision.
#[derive(Debug)]
pub struct InheritedDecision {
    /// Path of the parent's struct.
    pub parent: String,
    /// The child's variant.
    pub variant: String,
    /// Whether it creates.
    pub creates: bool,
    /// (field, expression)
    pub fields: Vec<(String, String)>,
}
