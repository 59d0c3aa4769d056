//! `Decision`: what a command may answer (an event, several, none, a refusal), and `Creates`: what may begin an aggregate.
//! Appending what was decided is in `repository.rs`.

use std::convert::Infallible;

use crate::aggregate::Aggregate;

/// What a command decided: events to append, or a refusal.
///
/// Implemented by generated code for each event of the aggregate and for the enum of them; here for `()` (nothing
/// happens), tuples, arrays and `Vec`s of the enum, `Option<D>` and `Result<D, E>`.
///
/// A closure that cannot refuse returns no `Result`: `|_| Ok(())` leaves the type of the error open, `|_| ()` does not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a decision about `{A}`",
    label = "this command must answer with events of `{A}`",
    note = "a command answers with one event, a tuple or `Vec<Event>` of them, `()`, an `Option` of these, or a `Result` of these and your error"
)]
pub trait Decision<A: Aggregate> {
    /// The refusal; [`Infallible`] where there is none.
    type Error;

    /// The events in the order in which they happened.
    ///
    /// # Errors
    /// The command refuses.
    fn decide(self) -> Result<Vec<A::Event>, Self::Error>;
}

/// An event that may begin an aggregate (`creates: true` in the manifest); alone, or first in a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not create `{A}`",
    label = "not a creating event of `{A}`",
    note = "`create` takes events that the manifest marks `creates: true`; `update` takes the others"
)]
pub trait Creates<A: Aggregate>: Decision<A, Error = Infallible> {}

impl<A: Aggregate> Decision<A> for () {
    type Error = Infallible;

    fn decide(self) -> Result<Vec<A::Event>, Infallible> {
        Ok(Vec::new())
    }
}

impl<A: Aggregate> Decision<A> for Vec<A::Event> {
    type Error = Infallible;

    fn decide(self) -> Result<Vec<A::Event>, Infallible> {
        Ok(self)
    }
}

impl<A: Aggregate, const N: usize> Decision<A> for [A::Event; N] {
    type Error = Infallible;

    fn decide(self) -> Result<Vec<A::Event>, Infallible> {
        Ok(self.into())
    }
}

impl<A: Aggregate, D: Decision<A>> Decision<A> for Option<D> {
    type Error = D::Error;

    fn decide(self) -> Result<Vec<A::Event>, D::Error> {
        self.map_or_else(|| Ok(Vec::new()), D::decide)
    }
}

impl<A, D, E> Decision<A> for Result<D, E>
where
    A: Aggregate,
    D: Decision<A, Error = Infallible>,
{
    type Error = E;

    fn decide(self) -> Result<Vec<A::Event>, E> {
        Ok(certain(self?))
    }
}

/// The events of a decision that cannot be a refusal.
pub(crate) fn certain<A, D>(decision: D) -> Vec<A::Event>
where
    A: Aggregate,
    D: Decision<A, Error = Infallible>,
{
    match decision.decide() {
        Ok(events) => events,
        Err(never) => match never {},
    }
}

macro_rules! tuples {
    ($($first:ident $(, $rest:ident)+;)+) => {$(
        impl<A, $first, $($rest),+> Decision<A> for ($first, $($rest),+)
        where
            A: Aggregate,
            $first: Decision<A, Error = Infallible>,
            $($rest: Decision<A, Error = Infallible>),+
        {
            type Error = Infallible;

            fn decide(self) -> Result<Vec<A::Event>, Infallible> {
                #[expect(non_snake_case, reason = "one name for a type and its value")]
                let ($first, $($rest),+) = self;
                let mut events = certain($first);
                $(events.extend(certain($rest));)+
                Ok(events)
            }
        }

        #[diagnostic::do_not_recommend]

        impl<A, $first, $($rest),+> Creates<A> for ($first, $($rest),+)
        where
            A: Aggregate,
            $first: Creates<A>,
            $($rest: Decision<A, Error = Infallible>),+
        {
        }
    )+};
}

tuples! {
    D1, D2;
    D1, D2, D3;
    D1, D2, D3, D4;
}
