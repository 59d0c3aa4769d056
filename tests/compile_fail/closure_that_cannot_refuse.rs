// A command that cannot refuse returns no `Result`: `()` instead of `Ok(())`.
use evgen_runtime::prelude::*;
use evgen_tests_events::service::events::todo::Todo;

async fn update(todos: Repository<Todo>) {
    let _ = todos.update("1", |_| Ok(())).await;
}

fn main() {}
