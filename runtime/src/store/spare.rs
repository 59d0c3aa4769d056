//! Buffers of pages that were used, for pages to come. A page of some hundred events is large enough for the allocator to ask
//! the system for it anew each time, and to give it back: that would cost as much as filling it.

use std::sync::{Mutex, PoisonError};

use super::page::Buffers;

/// So many are kept: what one scan has in use at a time.
const KEPT: usize = 4;
/// Larger ones are not: a page with a huge event.
const LARGEST: usize = 1 << 20;
/// Smaller ones are not worth it.
const SMALLEST: usize = 1 << 14;

/// Of the process and not of a store: what a page holds is the same everywhere.
static SPARE: Mutex<Vec<Buffers>> = Mutex::new(Vec::new());

/// Empty buffers, with the room of a page before where there are any.
pub(super) fn take() -> Buffers {
    let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    spare.pop().unwrap_or_default()
}

/// Keeps the buffers of a page that nobody uses any more.
pub(super) fn put(mut buffers: Buffers) {
    let size = buffers.room();
    if !(SMALLEST..=LARGEST).contains(&size) {
        return;
    }
    buffers.clear();
    let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    if spare.len() < KEPT {
        spare.push(buffers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn huge_and_tiny_buffers_are_not_kept() {
        for size in [0, LARGEST + 1] {
            let mut buffers = Buffers::default();
            buffers.reserve_bytes(size);
            put(buffers);
            let kept = SPARE.lock().unwrap();
            assert!(kept.iter().all(|buffers| buffers.room() <= LARGEST));
            assert!(kept.iter().all(|buffers| buffers.room() >= SMALLEST));
        }
    }
}
