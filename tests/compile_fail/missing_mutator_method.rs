use evgen_runtime::prelude::*;
use evgen_tests_events::service::events::todo;

struct Todo;

impl todo::Mutator for Todo {
    fn counted(&mut self, _: &todo::Counted, _: &EventContext) {}
}

fn main() {}
