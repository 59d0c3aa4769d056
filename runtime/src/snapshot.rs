//! How states become bytes in a snapshot: serde to JSON. Generated `Aggregate::snapshot_encode` and `snapshot_decode` call
//! these. When snapshots are taken is in `repository/snapshots.rs`, the stored form is `store::Snapshot`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::event::SnapshotPolicy;

/// The state's JSON; `None` where serde cannot write it: no snapshot is taken then.
pub fn encode<S: Serialize>(state: &S) -> Option<Vec<u8>> {
    serde_json::to_vec(state).ok()
}

/// The state out of its JSON; `None` where it does not fit any more: the snapshot is dropped then.
#[must_use]
pub fn decode<S: DeserializeOwned>(state: &[u8]) -> Option<S> {
    serde_json::from_slice(state).ok()
}

/// What a snapshot must have been taken under to be good now: events, state and the manifest's `snapshot.version`.
#[must_use]
pub fn key(policy: SnapshotPolicy) -> u64 {
    // FNV-1a's prime, so that a raised version changes bits all over.
    (policy.key.rotate_left(17) ^ u64::from(policy.version)).wrapping_mul(0x0000_0100_0000_01b3)
}
