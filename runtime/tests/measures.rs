//! What the feature `metrics` tells of a runner: also while it stands still.
#![cfg(feature = "metrics")]
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod support;
mod todo;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evgen_runtime::prelude::*;
use evgen_runtime::{Delivery, EventDescriptor};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use support::{builder, created, handler};
use todo::{ChangedLabel, Created, Event, Todo};

static BOTH: &[&EventDescriptor] = &[Created::DESCRIPTOR, ChangedLabel::DESCRIPTOR];

/// Keeps the values, by name and label.
#[derive(Clone, Default)]
struct Values(Arc<Mutex<HashMap<String, Arc<AtomicU64>>>>);

impl Values {
    fn of(&self, key: &Key) -> Arc<AtomicU64> {
        let labels: Vec<_> = key.labels().map(|label| label.value()).collect();
        let name = format!("{} {}", key.name(), labels.join(" "));
        Arc::clone(self.0.lock().unwrap().entry(name).or_default())
    }

    fn counter(&self, name: &str) -> u64 {
        let values = self.0.lock().unwrap();
        values
            .get(name)
            .map_or(0, |value| value.load(Ordering::SeqCst))
    }

    fn gauge(&self, name: &str) -> f64 {
        f64::from_bits(self.counter(name))
    }
}

impl Recorder for Values {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.of(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.of(key))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[tokio::test(start_paused = true)]
async fn lag_grows_while_an_event_is_waited_for() {
    let values = Values::default();
    metrics::set_global_recorder(values.clone()).unwrap();
    let gate = tokio::sync::watch::Sender::new(false);
    let open = gate.subscribe();
    let entry = handler("gated", BOTH, Delivery::Durable, move |event, _| {
        let mut open = open.clone();
        async move {
            if matches!(&event, Event::Created(created) if created.label == "poison") {
                return Err(HandlerError::message("it is poison"));
            }
            let _ = open.wait_for(|open| *open).await;
            Ok(())
        }
    });
    let app = builder(MemoryStore::new()).add_handlers(vec![entry]);
    let app = app.attempts(3).build().await.unwrap();
    let todos = app.repository::<Todo>();
    for id in ["1", "2", "3"] {
        let _ = todos.create(id, created("one")).await.unwrap();
    }
    // It is at the first of three; nothing is finished.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let lag = || values.gauge("evgen_runner_lag_positions gated");
    let handled = || values.counter("evgen_runner_events_total gated");
    assert_eq!((lag(), handled()), (3.0, 0));
    assert!(app.progress().await.unwrap()[0].rate < 0.001);

    gate.send_replace(true);
    app.wait_for("gated", Position(3)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((lag(), handled()), (0.0, 3));
    assert!(app.progress().await.unwrap()[0].rate > 0.5);
    // What was handled once is not handled now.
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(app.progress().await.unwrap()[0].rate < 0.001);

    let _ = todos.create("4", created("poison")).await.unwrap();
    app.wait_for("gated", Position(4)).await.unwrap();
    let failures = || values.counter("evgen_runner_failures_total gated");
    let parked = || values.gauge("evgen_runner_parked_streams gated");
    assert_eq!((failures(), parked(), lag()), (3, 1.0, 0.0));

    // Whoever runs it next measures it.
    app.shutdown().await;
    assert_eq!((parked(), lag()), (0.0, 0.0));
}
