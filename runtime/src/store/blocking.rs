//! Whether a store may block the thread that calls it. The app allows it for an append that runs in a task of its own on a
//! runtime of several threads; everywhere else stores must not.

use std::cell::Cell;

use tokio::runtime::{Handle, RuntimeFlavor};

thread_local! {
    static ALLOWED: Cell<bool> = const { Cell::new(false) };
}

/// Calls a store from a task that was spawned for this. What it returns must not be polled inside.
pub(crate) fn allow<T>(call: impl FnOnce() -> T) -> T {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            ALLOWED.set(false);
        }
    }
    let several = Handle::try_current()
        .is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread);
    let _reset = Reset;
    ALLOWED.set(several);
    call()
}

/// Whether the caller may block.
#[cfg_attr(
    not(feature = "sqlite"),
    expect(dead_code, reason = "only SQLite blocks")
)]
pub(crate) fn is_allowed() -> bool {
    ALLOWED.get()
}

/// Blocks the thread of a caller who allowed it.
#[cfg(feature = "sqlite")]
pub(crate) fn run<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}
