use evgen_runtime::prelude::*;
use evgen_tests_events::events::todo as other;
use evgen_tests_events::service::events::todo::Todo;

async fn update(todos: Repository<Todo>) {
    let _ = todos.update("1", |_| other::Completed {}).await;
}

fn main() {}
