//! What must hold of a journal that children wrote.

use std::collections::{BTreeMap, BTreeSet};

use evgen_runtime::store::{EventStore, JournalQuery};
use evgen_runtime::{Payload, Position};

/// Holds the journal against what was acknowledged: all of it is there, no batch is torn, none is there twice, positions
/// and versions have no gap. Gives the number of events.
pub(super) async fn check(store: &dyn EventStore, acknowledged: &BTreeSet<String>) -> usize {
    let mut batches: BTreeMap<String, (usize, BTreeSet<usize>)> = BTreeMap::new();
    let mut versions: BTreeMap<String, i64> = BTreeMap::new();
    let mut query = JournalQuery::default();
    let mut count = 0;
    loop {
        let page = store.read_all(query.clone()).await.unwrap();
        for event in page.iter() {
            count += 1;
            assert_eq!(event.position, Position(count), "positions have no gap");
            let next = versions.entry(event.aggregate_id.to_owned()).or_default();
            assert_eq!(
                event.version.0, *next,
                "versions of {} have no gap",
                event.aggregate_id
            );
            *next += 1;
            let Payload::Json(text) = event.payload else {
                panic!("not what was written")
            };
            let text = text.trim_matches('"');
            let [name, index, of] = text.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{text}")
            };
            let batch = batches.entry(name.to_owned()).or_default();
            batch.0 = of.parse().unwrap();
            assert!(
                batch.1.insert(index.parse().unwrap()),
                "{text} is there twice"
            );
            query.after = Some(event.position);
        }
        if page.is_last() {
            break;
        }
    }
    for (name, (of, found)) in &batches {
        assert_eq!(found.len(), *of, "batch {name} is torn");
    }
    for name in acknowledged {
        assert!(
            batches.contains_key(name),
            "{name} was acknowledged, and is lost"
        );
    }
    usize::try_from(count).unwrap()
}
