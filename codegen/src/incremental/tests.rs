//! With and without its memory a generation gives the same: files, warnings and errors, whatever was edited before.

mod world;

use std::fs;

use proptest::prelude::*;

use super::Work;
use world::{FIELDS, MANIFEST, World, file, money, schema};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_edits_give_what_a_whole_generation_gives(
        edits in prop::collection::vec((
            0u8..23,
            prop_oneof![3 => 0u8..3, 1 => any::<u8>()],
            any::<u8>(),
            any::<bool>(),
        ), 1..20)
    ) {
        let mut world = World::new();
        world.generate(true);
        for (kind, which, how, is_settled) in edits {
            world.edit((kind, which, how));
            world.generate(is_settled);
        }
    }
}

#[track_caller]
fn work(world: &World) -> Work {
    world.generate(true).expect("nothing is wrong").work
}

#[test]
fn only_what_changed_is_generated() {
    let world = World::new();
    assert_eq!(work(&world), Work::All);
    assert_eq!(work(&world), Work::None);
    for (aggregate, event) in [("alpha", "moved"), ("gamma", "made"), ("cat", "moved")] {
        let path = file(aggregate, event, 1);
        world.write(&path, &schema(aggregate, event, FIELDS[2]));
        assert_eq!(work(&world), Work::Part, "{path}");
        assert_eq!(work(&world), Work::None, "{path}");
    }
    // Two at once, one of them as it was first.
    world.write(
        &file("alpha", "moved", 1),
        &schema("alpha", "moved", FIELDS[0]),
    );
    world.write(&file("beta", "made", 1), &schema("beta", "made", FIELDS[3]));
    assert_eq!(work(&world), Work::Part);
    // A version comes and goes.
    let second = file("alpha", "moved", 2);
    world.write(&second, &schema("alpha", "moved", FIELDS[2]));
    assert_eq!(work(&world), Work::Part);
    assert_eq!(work(&world), Work::None);
    world.write(&second, &schema("alpha", "moved", FIELDS[1]));
    assert_eq!(work(&world), Work::Part);
    fs::remove_file(world.schemas().join(&second)).unwrap();
    assert_eq!(work(&world), Work::Part);
    assert_eq!(work(&world), Work::None);
    // What no generation reads.
    world.write("alpha/notes.json", "{}");
    assert_eq!(work(&world), Work::All, "a warning is new");
    world.write("alpha/notes.json", "[1]");
    assert_eq!(work(&world), Work::None);
}

#[test]
fn what_concerns_all_is_generated_whole() {
    let world = World::new();
    world.generate(true);
    let edits: [(&str, String); 5] = [
        ("types/money.json", money("int")),
        ("plain/thing.json", money("int")),
        (
            "aggregates.yaml",
            MANIFEST.replace("validate: true", "validate: false"),
        ),
        ("kept/v1_kept_made.json", schema("kept", "made", FIELDS[1])),
        ("samples/kept/v1_kept_moved.avro", "a".to_owned()),
    ];
    for (path, text) in edits {
        world.write(path, &text);
        assert_eq!(work(&world), Work::All, "{path}");
        assert_eq!(work(&world), Work::None, "{path}");
    }
    fs::remove_file(world.out().join("gamma.rs")).unwrap();
    assert_eq!(work(&world), Work::All);
    fs::remove_file(world.memory()).unwrap();
    assert_eq!(work(&world), Work::All);
}

#[test]
fn a_mistake_is_said_until_it_is_gone() {
    let world = World::new();
    world.generate(true);
    let path = file("alpha", "moved", 1);
    world.write(&path, "{");
    for _ in 0..2 {
        assert_eq!(world.generate(true), None);
    }
    world.write(&path, &schema("alpha", "moved", FIELDS[0]));
    assert_eq!(work(&world), Work::None, "as it was before");
    // A released version is edited.
    let path = file("alpha", "made", 1);
    world.write(&path, &schema("alpha", "made", FIELDS[1]));
    assert_eq!(world.generate(true), None);
}

#[test]
fn versions_behind_a_gap_count_when_it_is_filled() {
    let world = World::new();
    let manifest = MANIFEST.replace("validate: true", "allow_gaps: true");
    world.write("aggregates.yaml", &manifest);
    let version = |number| file("gamma", "made", number);
    world.write(&version(3), &schema("gamma", "made", FIELDS[2]));
    assert_eq!(work(&world), Work::All);
    world.write(&version(2), &schema("gamma", "made", FIELDS[1]));
    assert_eq!(work(&world), Work::All);
    let text = fs::read_to_string(world.out().join("gamma.rs")).unwrap();
    assert!(text.contains("version 3"), "{text}");
    // The gap is elsewhere, and the warning about it another.
    fs::rename(
        world.schemas().join(version(3)),
        world.schemas().join(version(4)),
    )
    .unwrap();
    assert_eq!(work(&world), Work::All);
    fs::remove_file(world.schemas().join(version(2))).unwrap();
    assert_eq!(work(&world), Work::All);
}

#[test]
fn a_name_of_the_manifest_means_something_as_long_as_a_schema_says_it() {
    let world = World::new();
    let names = "names: { t.Money: Cash, gamma_made.label: tag, alpha_moved.n: m }";
    world.write(
        "aggregates.yaml",
        &MANIFEST.replace("validate: true", names),
    );
    let moved = |fields: &str| {
        world.write(
            &file("alpha", "moved", 1),
            &schema("alpha", "moved", fields),
        )
    };
    let made =
        |fields: &str| world.write(&file("gamma", "made", 1), &schema("gamma", "made", fields));
    moved(FIELDS[2]);
    assert_eq!(work(&world), Work::All);
    made(FIELDS[1]);
    assert_eq!(work(&world), Work::Part);
    let text = fs::read_to_string(world.out().join("gamma.rs")).unwrap();
    assert!(text.contains("pub tag:"), "{text}");
    moved(FIELDS[4].replace("\"m\"", "\"n\"").as_str());
    assert_eq!(work(&world), Work::Part);
    moved(FIELDS[0]);
    assert_eq!(world.generate(true), None, "`alpha_moved.n` means nothing");

    world.write(
        "aggregates.yaml",
        &MANIFEST.replace("validate: true", "names: { In: Inner }"),
    );
    made(FIELDS[5]);
    assert_eq!(work(&world), Work::All);
    moved(FIELDS[5]);
    assert_eq!(work(&world), Work::All, "it means another type, too");
    let text = fs::read_to_string(world.out().join("alpha.rs")).unwrap();
    assert!(text.contains("pub struct Inner"), "{text}");
}

#[test]
fn a_warning_stays_as_long_as_what_it_is_about() {
    let world = World::new();
    world.generate(true);
    let (about, other) = (file("gamma", "made", 1), file("alpha", "moved", 1));
    for (path, text, all, warnings) in [
        (&about, schema("gamma", "made", FIELDS[7]), Work::All, 1),
        (&other, schema("alpha", "moved", FIELDS[1]), Work::Part, 1),
        (&other, schema("alpha", "moved", FIELDS[8]), Work::All, 2),
        (&about, schema("gamma", "made", FIELDS[0]), Work::All, 1),
    ] {
        world.write(path, &text);
        let done = world.generate(true).unwrap();
        // `Delta` is never created.
        assert_eq!(
            (done.work, done.warnings.len()),
            (all, warnings + 1),
            "{done:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_time_that_is_set_back_hides_no_edit() {
    let world = World::new();
    world.generate(true);
    let path = world.schemas().join(file("gamma", "made", 1));
    let edited = fs::metadata(&path).unwrap().modified().unwrap();
    let text = fs::read_to_string(&path).unwrap().replace("label", "lebal");
    fs::write(&path, text).unwrap();
    fs::File::options()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_modified(edited))
        .unwrap();
    assert_eq!(work(&world), Work::Part);
}
