//! The aggregate: state that its events make, and commands that decide new ones.

use evgen_runtime::prelude::*;

use crate::events::todo;
pub use crate::events::todo::created::Priority;

/// Something to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Todo {
    pub label: String,
    pub priority: Priority,
    pub tags: Vec<String>,
    pub done: bool,
}

/// What each event means. Forget one, and the build fails.
impl todo::Mutator for Todo {
    fn created(event: &todo::Created, _: &EventContext<'_>) -> Self {
        Self {
            label: event.label.clone(),
            priority: event.priority,
            tags: event.tags.clone(),
            done: false,
        }
    }

    fn changed_label(&mut self, event: &todo::ChangedLabel, _: &EventContext<'_>) {
        self.label = event.label.clone();
    }

    fn completed(&mut self, _: &todo::Completed, _: &EventContext<'_>) {
        self.done = true;
    }
}

/// Commands: they decide, and change nothing.
impl Todo {
    pub fn create(
        label: &str,
        priority: Priority,
        tags: Vec<String>,
    ) -> Result<todo::Created, Refused> {
        Ok(todo::Created {
            label: said(label)?,
            priority,
            tags,
        })
    }

    pub fn rename(&self, label: &str) -> Result<todo::ChangedLabel, Refused> {
        self.still_open()?;
        Ok(todo::ChangedLabel {
            label: said(label)?,
        })
    }

    pub fn complete(&self, by: Option<&str>) -> Result<todo::Completed, Refused> {
        self.still_open()?;
        Ok(todo::Completed {
            completed_by: by.map(str::to_owned),
        })
    }

    /// Cannot be refused: an event, not a `Result`.
    pub fn discard(&self) -> todo::Discarded {
        todo::Discarded {}
    }

    fn still_open(&self) -> Result<(), Refused> {
        if self.done {
            return Err(Refused::Done);
        }
        Ok(())
    }
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("a todo needs a label")]
    NoLabel,
    #[error("it is done already")]
    Done,
}

fn said(label: &str) -> Result<String, Refused> {
    match label.trim() {
        "" => Err(Refused::NoLabel),
        label => Ok(label.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use evgen_runtime::testing::Given;

    use super::*;

    fn milk() -> todo::Created {
        Todo::create("milk", Priority::Normal, vec![]).unwrap()
    }

    #[test]
    fn a_todo_is_renamed() {
        let bread = todo::ChangedLabel {
            label: "bread".into(),
        };
        Given::<Todo>::events(milk())
            .when(|todo| todo.rename(" bread "))
            .then(bread)
            .then_state(|todo| assert_eq!(todo.label, "bread"));
    }

    #[test]
    fn a_todo_needs_a_label() {
        assert_eq!(
            Todo::create(" ", Priority::Low, vec![]),
            Err(Refused::NoLabel)
        );
        Given::<Todo>::events(milk())
            .when(|todo| todo.rename(" "))
            .then_rejected(Refused::NoLabel);
    }

    #[test]
    fn what_is_done_stays_as_it_is() {
        let done = todo::Completed { completed_by: None };
        Given::<Todo>::events((milk(), done))
            .when(|todo| todo.complete(Some("Ann")))
            .then_rejected(Refused::Done);
    }
}
