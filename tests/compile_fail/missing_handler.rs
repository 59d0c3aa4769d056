use evgen_runtime::prelude::*;
use evgen_tests_events::service::events::{self, todo};

struct MyHandlers;

impl events::Handlers for MyHandlers {
    async fn one(&self, _: &todo::Created, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
