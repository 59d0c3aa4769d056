//! Handlers: what happens after an event is stored. The manifest says which events each is called for.

use evgen_runtime::prelude::*;

use crate::events::{self, todo};
use crate::todo::Todo;

pub struct Reactions;

impl events::Handlers for Reactions {
    #[expect(clippy::print_stdout, reason = "a mail would be sent here")]
    async fn congratulate(
        &self,
        event: &todo::Completed,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        let todos = cx.app().repository::<Todo>();
        let todo = todos.get_any(cx.aggregate_id()).await?;
        let who = event.completed_by.as_deref().unwrap_or("whoever it was");
        println!("   handler:  “{}” is done. Well done, {who}!", todo.label);
        Ok(())
    }
}
