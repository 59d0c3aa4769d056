use evgen_runtime::prelude::*;
use evgen_tests_events::service::{MyHandlers, events};

async fn start() -> Result<App, evgen_runtime::BuildError> {
    events::app(MemoryStore::new()).handlers(MyHandlers).build().await
}

fn main() {}
