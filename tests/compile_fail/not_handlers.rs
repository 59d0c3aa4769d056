use evgen_runtime::prelude::*;
use evgen_tests_events::service::events;

struct Nothing;

fn main() {
    let _ = events::app(MemoryStore::new()).handlers(Nothing);
}
