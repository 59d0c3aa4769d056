//! The measures of feature `metrics`, through the facade crate of that name; without it, nothing. `docs/projections.md` lists
//! them.

#[cfg(feature = "metrics")]
pub(super) fn finished(name: &'static str, events: u64) {
    if events > 0 {
        metrics::counter!("evgen_runner_events_total", "name" => name).increment(events);
    }
}

#[cfg(feature = "metrics")]
pub(super) fn lag(name: &'static str, positions: i64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge takes nothing else")]
    metrics::gauge!("evgen_runner_lag_positions", "name" => name).set(positions.max(0) as f64);
}

#[cfg(feature = "metrics")]
pub(super) fn failed(name: &'static str) {
    metrics::counter!("evgen_runner_failures_total", "name" => name).increment(1);
}

#[cfg(feature = "metrics")]
pub(super) fn parked(name: &'static str, streams: usize) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge takes nothing else")]
    metrics::gauge!("evgen_runner_parked_streams", "name" => name).set(streams as f64);
}

#[cfg(not(feature = "metrics"))]
pub(super) fn finished(_: &'static str, _: u64) {}

#[cfg(not(feature = "metrics"))]
pub(super) fn lag(_: &'static str, _: i64) {}

#[cfg(not(feature = "metrics"))]
pub(super) fn failed(_: &'static str) {}

#[cfg(not(feature = "metrics"))]
pub(super) fn parked(_: &'static str, _: usize) {}
