//! A crate that holds the events of an organisation, as several services share it.

pub mod events {
    //! Generated.
    evgen_runtime::include_events!();
}

use events::todo::{self, v1};
use events::types::com::acme::Size;
use evgen_runtime::{EventContext, UpcastError};

/// Steps between versions belong to the events, not to a service.
#[derive(Debug)]
pub struct Upcasters;

impl todo::Upcaster for Upcasters {
    fn created_v1_to_v2(
        old: v1::Created,
        _: &EventContext<'_>,
    ) -> Result<todo::Created, UpcastError> {
        let words = old.text.split(' ').map(str::to_owned).collect();
        Ok(todo::Created {
            words,
            size: Size::Small,
        })
    }
}

pub mod service {
    //! A service, for what must not compile.

    pub mod events {
        //! Generated.
        include!(concat!(env!("OUT_DIR"), "/declared_mutators/evgen/mod.rs"));
    }

    use events::todo::{self, Todo};
    use evgen_runtime::{EventContext, HandlerContext, HandlerError};

    impl todo::Mutator for Todo {
        fn imported(&mut self, _: &todo::Imported, _: &EventContext<'_>) {}
        fn counted(&mut self, _: &todo::Counted, _: &EventContext<'_>) {}
    }

    /// All handlers.
    #[derive(Debug)]
    pub struct MyHandlers;

    impl events::Handlers for MyHandlers {
        async fn one(&self, _: &todo::Created, _: &HandlerContext) -> Result<(), HandlerError> {
            Ok(())
        }

        async fn many(
            &self,
            _: events::ManyEvent<'_>,
            _: &HandlerContext,
        ) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    /// All projections.
    #[derive(Debug)]
    pub struct MyProjections;

    impl events::Projections for MyProjections {
        async fn own(
            &self,
            _: events::OwnEvent<'_>,
            _: &HandlerContext,
        ) -> Result<(), HandlerError> {
            Ok(())
        }
    }
}
