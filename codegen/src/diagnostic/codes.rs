//! Every code, in number order. EV01xx manifest, EV02xx schema, EV03xx references, EV04xx evolution,
//! EV05xx Rust names, EV09xx ours. Each has a section in `errors.md`; a number is never reused.

use super::Code;

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $id:literal $title:literal $(, $help:literal)?;)*) => {
        $(
            $(#[doc = $doc])*
            pub const $name: Code = Code { id: $id, title: $title, help: codes!(@ $($help)?) };
        )*

        /// All codes, in number order.
        pub const ALL: &[&Code] = &[$(&$name),*];
    };
    (@ $help:literal) => { Some($help) };
    (@) => { None };
}

codes! {
    /// A file or directory is missing, or cannot be read.
    UNREADABLE = "EV0101" "file or directory cannot be read";
    /// A key of the manifest stands twice in one mapping.
    DUPLICATE_KEY = "EV0102" "key written twice", "remove one of the two";
    /// The manifest is not YAML.
    YAML_SYNTAX = "EV0103" "manifest is not YAML";
    /// A key that the manifest does not have.
    UNKNOWN_KEY = "EV0104" "unknown key";
    /// A value of the wrong kind.
    WRONG_TYPE = "EV0105" "value of the wrong kind";
    /// A key that must be there is not.
    MISSING_KEY = "EV0106" "missing key";
    /// A value of the right kind that is not allowed.
    BAD_VALUE = "EV0107" "value not allowed";
    /// A manifest format that this build does not know.
    UNKNOWN_FORMAT = "EV0108" "unknown manifest format", "this version of evgen reads `format: 1`";
    // EV0109 said that a word of the manifest was not supported yet.
    /// Input larger or deeper than the generator takes.
    TOO_LARGE = "EV0110" "input too large";
    /// Two keys of one entry exclude each other.
    CONTRADICTION = "EV0111" "keys that exclude each other";
    /// `extends` names something that cannot be extended.
    BAD_EXTENDS = "EV0112" "cannot be extended";
    /// An aggregate that no event creates.
    NEVER_CREATED = "EV0113" "aggregate is never created",
        "add `creates: true` to the event that creates it";

    /// A schema file is not JSON.
    JSON_SYNTAX = "EV0201" "schema is not JSON";
    /// A key of a schema stands twice in one object.
    DUPLICATE_JSON_KEY = "EV0202" "key written twice", "remove one of the two";
    /// JSON that is no Avro schema.
    NOT_A_SCHEMA = "EV0203" "not an Avro schema";
    /// A name that Avro does not allow.
    BAD_NAME = "EV0204" "not an Avro name",
        "Avro names start with a letter or `_`, and go on with letters, digits and `_`";
    /// A name that no definition in reach has.
    UNKNOWN_TYPE = "EV0205" "unknown type";
    /// Two definitions of one full name.
    DUPLICATE_TYPE = "EV0206" "type defined twice", "rename one of them, or give it another namespace";
    /// Two fields of one record have one name.
    DUPLICATE_FIELD = "EV0207" "field listed twice", "remove or rename one of the two";
    /// Symbols or default of an enum are wrong.
    BAD_ENUM = "EV0208" "enum is wrong";
    /// A union that Avro does not allow.
    BAD_UNION = "EV0209" "union is wrong";
    /// The size of a fixed is wrong.
    BAD_FIXED = "EV0210" "size of a fixed is wrong", "`size` is the number of bytes, a whole number from 0";
    /// A default that is no value of its type.
    BAD_DEFAULT = "EV0211" "default does not match its type";
    /// An event file whose top is not a record.
    NOT_A_RECORD = "EV0212" "event schema is not a record",
        "an event is a record; put types that events share below `types/`";
    /// An event without schema file.
    MISSING_SCHEMA = "EV0213" "event has no schema";
    /// A version is missing between others.
    VERSION_GAP = "EV0214" "gap between schema versions";
    /// A file name that looks like a version of an event, but is not quite.
    BAD_FILE_NAME = "EV0215" "schema file is misnamed";
    /// One version of one event in two files.
    TWO_FILES = "EV0216" "two files for one version", "remove one of the two files";
    /// A schema file that no event names.
    UNUSED_SCHEMA = "EV0217" "schema file is not used";
    /// A default that Avro accepts, but that is no value.
    UNUSABLE_DEFAULT = "EV0218" "default can never be used";
    /// Versions behind an allowed gap.
    VERSIONS_IGNORED = "EV0219" "versions behind a gap are ignored";
    /// A record that holds itself and has no value.
    NEVER_ENDS = "EV0220" "record without end",
        "make the field a union with null, an array or a map";

    /// A name of an aggregate that is not there.
    UNKNOWN_AGGREGATE = "EV0301" "unknown aggregate";
    /// A name of an event that is not there.
    UNKNOWN_EVENT = "EV0302" "unknown event";
    /// A name of a state field that is not there.
    UNKNOWN_STATE_FIELD = "EV0303" "unknown state field";
    /// A name of an event field that is not there.
    UNKNOWN_EVENT_FIELD = "EV0304" "unknown event field";
    /// A value whose type does not fit the state field.
    TYPE_MISMATCH = "EV0305" "value does not fit the state field";
    /// A state field that a creating event leaves without value.
    FIELD_WITHOUT_VALUE = "EV0306" "state field without value",
        "give the state field a `default`, or set it in `sets`";
    /// Two events have one stored name.
    DUPLICATE_EVENT_TYPE = "EV0307" "two events with one event type",
        "give one of them another name with `event_type`";
    /// One event stands twice in a list.
    LISTED_TWICE = "EV0308" "listed twice", "remove one of the two";
    /// A child's schema lacks what its parent's has.
    INHERITED_FIELD = "EV0309" "schema does not fit the inherited event";
    /// An upcast step from a version that has no next one.
    UNKNOWN_STEP = "EV0310" "upcast step between versions that do not exist";
    /// A handler on an abstract aggregate's event that a child has untyped.
    UNTYPED_INHERITED_EVENT = "EV0311" "untyped event taken as its parent's",
        "give the child's event a schema, or name the events of the other children in `on`";
    /// A generated state around a parent's that is not generated.
    STATE_OF_PARENT = "EV0312" "generated state without that of its parent",
        "declare a `state` for the parent too, or write the child's state yourself";

    /// A version whose events the latest type cannot be read from.
    NO_WAY_TO_LATEST = "EV0401" "version without a way to the latest";

    /// A released version or shared type is not what it was.
    RELEASED_EDITED = "EV0402" "released version was edited";
    /// A released version or shared type is not there any more.
    RELEASED_GONE = "EV0403" "released version is gone";
    /// A line of `evgen.lock` that says nothing.
    BAD_LOCK = "EV0404" "evgen.lock cannot be read";
    /// A lock format that this build does not know.
    UNKNOWN_LOCK_FORMAT = "EV0405" "unknown lock format", "this version of evgen reads `format: 1`";
    /// Lines of `evgen.lock` that do not go together.
    LOCK_DISAGREES = "EV0406" "evgen.lock contradicts itself";
    /// A version that is not in `evgen.lock`, where all must be.
    NOT_RELEASED = "EV0407" "version is a draft", "pin it with `evgen release`, and commit evgen.lock";
    /// A sample that is no value of its version.
    BAD_SAMPLE = "EV0408" "sample does not match its schema", "edit the sample; the schema is released";
    /// An Avro sample beside a JSON sample that was edited.
    STALE_SAMPLE = "EV0409" "Avro sample is out of date", "`evgen release` writes it anew";

    // EV042x to EV045x are rules about changes: their second last digit is their category (`category.rs`).
    /// A version's file is gone.
    VERSION_REMOVED = "EV0420" "schema version removed",
        "put the file back: its events are stored";
    /// A version's file has another name.
    VERSION_FILE_RENAMED = "EV0421" "schema file renamed";

    /// A version has another binary form.
    VERSION_REWRITTEN = "EV0430" "schema version rewritten",
        "put the version back as it was, and make the change in a new one: `evgen bump`";
    /// A version's bytes mean something else.
    MEANING_CHANGED = "EV0431" "same bytes, other meaning",
        "put the version back as it was, and make the change in a new one: `evgen bump`";
    /// A version fills in something else where a value is missing.
    DEFAULT_CHANGED = "EV0432" "something else is filled in",
        "put the version back as it was, and make the change in a new one: `evgen bump`";
    /// An older version cannot read what the latest writes.
    NOT_FORWARD = "EV0433" "older version cannot read the latest";
    /// An event is stored under another name.
    EVENT_TYPE_CHANGED = "EV0434" "event stored under another name";
    /// An event is gone.
    EVENT_REMOVED = "EV0435" "event removed";
    /// An aggregate is gone.
    AGGREGATE_REMOVED = "EV0436" "aggregate removed";
    /// Rows without version mean another one.
    LEGACY_VERSION_CHANGED = "EV0437" "rows without version mean another one",
        "put `legacy_version` back: it says what is stored already";
    /// An event has its schema no longer.
    NO_LONGER_TYPED = "EV0438" "event no longer typed";

    /// JSON of a version cannot be read as before.
    JSON_BROKEN = "EV0440" "stored JSON no longer fits",
        "put the version back as it was, and make the change in a new one: `evgen bump`";
    /// An event without schema got one.
    NEWLY_TYPED = "EV0441" "schema for what is stored already";

    /// A generated type is gone.
    RUST_TYPE_REMOVED = "EV0450" "generated type removed";
    /// A generated field is gone.
    RUST_FIELD_REMOVED = "EV0451" "generated field removed";
    /// A generated field has another type.
    RUST_FIELD_RETYPED = "EV0452" "generated field has another type";
    /// A generated struct has a new field.
    RUST_FIELD_ADDED = "EV0453" "generated field added";
    /// A variant of a generated enum is gone.
    RUST_VARIANT_REMOVED = "EV0454" "generated variant removed";
    /// A generated enum has a new variant.
    RUST_VARIANT_ADDED = "EV0455" "generated variant added";

    /// An entry of `allow` that allows nothing.
    UNUSED_ALLOWANCE = "EV0460" "allowance not used", "remove it";
    /// The older state has mistakes of its own.
    BROKEN_BEFORE = "EV0461" "older state is broken";

    /// A name that cannot stand in Rust code.
    NOT_A_RUST_NAME = "EV0501" "not a Rust name";
    /// Two things get one Rust name.
    NAME_COLLISION = "EV0502" "two things with one Rust name";
    /// A name or type mapping of the manifest that meets no type.
    UNKNOWN_AVRO_NAME = "EV0503" "no such Avro name";
}
