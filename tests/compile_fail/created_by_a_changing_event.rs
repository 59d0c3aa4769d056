use evgen_runtime::prelude::*;
use evgen_tests_events::service::events::todo::{self, Todo};

async fn create(todos: Repository<Todo>) {
    let _ = todos.create("1", todo::Completed {}).await;
}

fn main() {}
