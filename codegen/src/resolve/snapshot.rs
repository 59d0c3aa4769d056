//! The key that snapshots are taken under: a hash of all that evgen knows of how state comes from events. Where one of it
//! changes, snapshots of before are not used any more. What users write in Rust is not in it: `snapshot.version` says that.

use std::fmt::Write as _;

use super::aggregate::EventsSide;
use crate::canonical;
use crate::resolved::ServiceItem;

pub(super) fn key(side: &EventsSide<'_, '_>, service: Option<&ServiceItem>) -> String {
    let mut text = String::new();
    for event in &side.events {
        let fingerprint = event.versions.last().map(|version| &*version.fingerprint);
        let fingerprint = fingerprint.unwrap_or_default();
        // Writing to a `String` cannot fail, here and below.
        let _ = write!(text, "{} {fingerprint} {},", event.name, event.effect);
    }
    for former in &side.former {
        let _ = write!(text, "{} {:?},", former.name_literal, former.now_static);
    }
    // Split otherwise, the same rows make another state.
    for parts in &side.parts {
        let _ = write!(text, "{},", parts.name);
    }
    for step in &side.upcasts {
        let _ = write!(text, "{},", step.method);
    }
    if let Some(service) = service {
        for field in service.state.iter().flat_map(|state| &state.fields) {
            let _ = write!(text, "{} {},", field.name, field.rust_type);
        }
        // Defaults and declared mutators are expressions in these.
        let _ = write!(text, "{:?}", service.arms);
    }
    format!("0x{:016x}", canonical::fingerprint(&text))
}
