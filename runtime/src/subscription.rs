//! Subscriptions: handlers that come and go while the app runs, beside those that the manifest declares. djangoevents'
//! `subscribe`, `unsubscribe` and `subscribe_to`, with its order, de-duplication and nesting; one thing is changed on
//! purpose: the event is durable before anything of this runs. The round itself is in `app/publish.rs`.
//!
//! ```
//! # use evgen_runtime::prelude::*;
//! # fn example(app: &App) {
//! let subscription = app.subscribe(
//!     |event, _cx| event.descriptor().event_type == "todo_created",
//!     |event, cx| async move {
//!         println!("{event:?} of {}", cx.aggregate_id());
//!         Ok(())
//!     },
//! );
//! subscription.unsubscribe();
//! # }
//! ```
//!
//! # One round
//!
//! Every stored event is published by itself, in the order of the append. Its round:
//!
//! 1. All predicates are called, in the order in which each was first subscribed.
//! 2. The inline handlers of the manifest are called, in its order.
//! 3. The subscribed handlers whose predicates said yes are called, each once, in the order in which they were found.
//!
//! - An error (or a panic) of a predicate or handler ends the round of that event. The event is stored; the caller finds the
//!   failure in [`Committed::handler_failures`](crate::Committed::handler_failures).
//! - Subscribing and unsubscribing inside a handler counts from the next publish.
//! - What a handler stores is published at once, inside it.
//! - Subscriptions belong to one app. They see what that app stores in this process, nothing else: a durable handler or a
//!   projection sees every event.

use std::any::type_name;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use crate::app::{App, WeakApp, panicked};
use crate::event::{AnyEvent, Event};
use crate::handler::{HandlerCall, HandlerContext, HandlerError};

/// An `async` function of an event and its context.
///
/// `|event, cx| async move { Ok(()) }` is one.
pub trait HandlerFn<G>:
    Fn(G, HandlerContext) -> <Self as HandlerFn<G>>::Future + Send + Sync + 'static
{
    /// What it returns.
    type Future: Future<Output = Result<(), HandlerError>> + Send + 'static;
}

impl<G, F, R> HandlerFn<G> for F
where
    F: Fn(G, HandlerContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), HandlerError>> + Send + 'static,
{
    type Future = R;
}

/// What a predicate may answer: `bool`, or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "a predicate answers `bool` or `Result<bool, _>`, not `{Self}`"
)]
pub trait Verdict {
    /// The answer.
    ///
    /// # Errors
    /// The predicate failed, which ends the round.
    fn verdict(self) -> Result<bool, HandlerError>;
}

impl Verdict for bool {
    fn verdict(self) -> Result<bool, HandlerError> {
        Ok(self)
    }
}

impl<E: Into<HandlerError>> Verdict for Result<bool, E> {
    fn verdict(self) -> Result<bool, HandlerError> {
        self.map_err(Into::into)
    }
}

/// What can be subscribed to by its type: an event, all events of an aggregate, several of these, or every event.
///
/// - An event: `subscribe_to::<todo::Created>`. One of an abstract aggregate is given for all its children.
/// - The events of an aggregate: `subscribe_to::<todo::Event>`; of an abstract one, what its children inherit.
/// - A tuple of these: `subscribe_to::<(todo::Created, animal::Event)>`; the handler gets an [`AnyEvent`].
/// - [`AnyEvent`]: every event.
pub trait Subscribed: 'static {
    /// What the handler is given.
    type Given: Send + 'static;

    /// The event as the handler is given it, if it is one of these.
    fn given(event: &AnyEvent) -> Option<Self::Given>;

    /// As [`Self::given`], of an event that nobody else needs.
    fn given_whole(event: AnyEvent) -> Option<Self::Given> {
        Self::given(&event)
    }

    /// Whether [`Self::given`] would give it.
    fn takes(event: &AnyEvent) -> bool {
        Self::given(event).is_some()
    }
}

impl Subscribed for AnyEvent {
    type Given = Self;

    fn given(event: &AnyEvent) -> Option<Self> {
        Some(event.clone())
    }

    fn given_whole(event: AnyEvent) -> Option<Self> {
        Some(event)
    }
}

impl<E: Event> Subscribed for E {
    type Given = E;

    fn given(event: &AnyEvent) -> Option<E> {
        event.as_event()
    }

    fn takes(event: &AnyEvent) -> bool {
        event.is::<E>()
    }
}

macro_rules! tuples {
    ($($first:ident $($rest:ident)*)?) => {
        $(
            impl<$first: Subscribed, $($rest: Subscribed),*> Subscribed for ($first, $($rest,)*) {
                type Given = AnyEvent;

                fn given(event: &AnyEvent) -> Option<AnyEvent> {
                    Self::takes(event).then(|| event.clone())
                }

                fn given_whole(event: AnyEvent) -> Option<AnyEvent> {
                    Self::takes(&event).then_some(event)
                }

                fn takes(event: &AnyEvent) -> bool {
                    $first::takes(event) $(|| $rest::takes(event))*
                }
            }
            tuples! { $($rest)* }
        )?
    };
}
tuples! { A B C D E F G H }

type Ask = dyn Fn(&AnyEvent, &HandlerContext) -> Result<bool, HandlerError> + Send + Sync;

/// Says which events a handler is called for. Clones are the same predicate: subscribed twice, it is asked once.
#[derive(Clone)]
pub struct Predicate {
    ask: Arc<Ask>,
    name: &'static str,
}

impl Predicate {
    /// A predicate; it answers `bool`, or a `Result` of one.
    pub fn new<V: Verdict, F>(ask: F) -> Self
    where
        F: Fn(&AnyEvent, &HandlerContext) -> V + Send + Sync + 'static,
    {
        Self {
            ask: Arc::new(move |event, cx| ask(event, cx).verdict()),
            name: type_name::<F>(),
        }
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.ask, &other.ask)
    }

    fn ask(&self, event: &AnyEvent, cx: &HandlerContext) -> Result<bool, HandlerError> {
        catch_unwind(AssertUnwindSafe(|| (self.ask)(event, cx)))
            .unwrap_or_else(|panic| Err(panicked(&*panic)))
    }
}

impl fmt::Debug for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Predicate({})", self.name)
    }
}

/// A handler that can be subscribed. Clones are the same handler: found by several predicates, it is called once.
#[derive(Clone)]
pub struct Subscriber {
    call: Arc<HandlerCall>,
    name: &'static str,
}

impl Subscriber {
    /// A handler. Its name in failures is the Rust path of the function.
    pub fn new<F: HandlerFn<AnyEvent>>(handler: F) -> Self {
        Self {
            call: Arc::new(Box::new(move |event, cx| Box::pin(handler(event, cx)))),
            name: type_name::<F>(),
        }
    }

    /// A handler of some events, called for no other.
    fn of<S: Subscribed, F: HandlerFn<S::Given>>(handler: F) -> Self {
        let call: HandlerCall = Box::new(move |event, cx| match S::given(&event) {
            Some(given) => Box::pin(handler(given, cx)),
            None => Box::pin(std::future::ready(Ok(()))),
        });
        Self {
            call: Arc::new(call),
            name: type_name::<F>(),
        }
    }

    /// The Rust path of the function.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn call(&self) -> &HandlerCall {
        &self.call
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.call, &other.call)
    }
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscriber({})", self.name)
    }
}

/// One subscription. Dropping it changes nothing: the handler stays subscribed as long as the app lives.
#[derive(Debug)]
pub struct Subscription {
    app: WeakApp,
    predicate: Predicate,
    subscriber: Subscriber,
}

impl Subscription {
    /// Takes the handler back, from the next publish on.
    pub fn unsubscribe(self) {
        if let Some(app) = self.app.upgrade() {
            app.unsubscribe(&self.predicate, &self.subscriber);
        }
    }
}

impl App {
    /// Calls `handler`, in this process, for every event that `predicate` says yes to, after it was stored.
    ///
    /// The module [`subscription`](crate::subscription) has the order of calls. A handler reaches the app through its
    /// context: one that holds the app itself keeps it alive.
    pub fn subscribe<V: Verdict>(
        &self,
        predicate: impl Fn(&AnyEvent, &HandlerContext) -> V + Send + Sync + 'static,
        handler: impl HandlerFn<AnyEvent>,
    ) -> Subscription {
        self.subscribe_shared(&Predicate::new(predicate), &Subscriber::new(handler))
    }

    /// As [`App::subscribe`], by type: `app.subscribe_to::<todo::Created>(…)`. [`Subscribed`] says what can be named.
    ///
    /// Each call is a subscription of its own: the same handler twice is called twice.
    pub fn subscribe_to<S: Subscribed>(&self, handler: impl HandlerFn<S::Given>) -> Subscription {
        let predicate = Predicate::new(|event, _| S::takes(event));
        self.subscribe_shared(&predicate, &Subscriber::of::<S, _>(handler))
    }

    /// As [`App::subscribe`], with a predicate and a handler that have an identity: the same handler is called once per
    /// event, however many predicates find it.
    pub fn subscribe_shared(&self, predicate: &Predicate, subscriber: &Subscriber) -> Subscription {
        self.subscriptions().add(predicate, subscriber);
        Subscription {
            app: self.downgrade(),
            predicate: predicate.clone(),
            subscriber: subscriber.clone(),
        }
    }

    /// Takes `subscriber` back from `predicate`, once: subscribed twice, it stays once. An unknown pair is no error.
    pub fn unsubscribe(&self, predicate: &Predicate, subscriber: &Subscriber) {
        self.subscriptions().remove(predicate, subscriber);
    }
}

/// The predicates in the order in which each was first subscribed, and the handlers of each. A round works on what there
/// was when it began.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    entries: RwLock<Arc<Vec<Entry>>>,
}

#[derive(Debug, Clone)]
struct Entry {
    predicate: Predicate,
    subscribers: Vec<Subscriber>,
}

/// A predicate that failed.
pub(crate) struct PredicateFailed {
    pub(crate) name: &'static str,
    pub(crate) error: HandlerError,
}

impl Subscriptions {
    pub(crate) fn is_empty(&self) -> bool {
        self.now().is_empty()
    }

    /// The handlers of an event: every predicate is asked, then each handler stands there once.
    pub(crate) fn of(
        &self,
        event: &AnyEvent,
        cx: &HandlerContext,
    ) -> Result<Vec<Subscriber>, PredicateFailed> {
        let mut found: Vec<Subscriber> = Vec::new();
        for Entry {
            predicate,
            subscribers,
        } in self.now().iter()
        {
            let yes = predicate.ask(event, cx).map_err(|error| PredicateFailed {
                name: predicate.name,
                error,
            })?;
            for subscriber in subscribers.iter().filter(|_| yes) {
                if !found.iter().any(|other| other.is(subscriber)) {
                    found.push(subscriber.clone());
                }
            }
        }
        Ok(found)
    }

    fn now(&self) -> Arc<Vec<Entry>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&entries)
    }

    fn add(&self, predicate: &Predicate, subscriber: &Subscriber) {
        self.change(|entries| {
            let entry = entries
                .iter_mut()
                .find(|entry| entry.predicate.is(predicate));
            match entry {
                Some(entry) => entry.subscribers.push(subscriber.clone()),
                None => entries.push(Entry {
                    predicate: predicate.clone(),
                    subscribers: vec![subscriber.clone()],
                }),
            }
        });
    }

    fn remove(&self, predicate: &Predicate, subscriber: &Subscriber) {
        self.change(|entries| {
            for entry in entries.iter_mut().filter(|e| e.predicate.is(predicate)) {
                let first = entry.subscribers.iter().position(|s| s.is(subscriber));
                if let Some(first) = first {
                    entry.subscribers.remove(first);
                }
            }
            // A predicate without handlers loses its place.
            entries.retain(|entry| !entry.subscribers.is_empty());
        });
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Entry>)) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut entries));
    }
}
