use evgen_runtime::prelude::*;
use evgen_tests_events::service::{MyProjections, events};

async fn start() -> Result<App, evgen_runtime::BuildError> {
    events::app(MemoryStore::new()).projections(MyProjections).build().await
}

fn main() {}
