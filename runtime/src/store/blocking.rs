//! Whether an append runs in a task of its own, as the app's do. There a store may do all of it at once: hold what other appends need
//! until the task goes on, and on a runtime of several threads block its thread. Everywhere else it must not: nobody knows
//! when, and beside what, such a future is polled.

use std::cell::Cell;

use tokio::runtime::{Handle, RuntimeFlavor};

thread_local! {
    static OWN_TASK: Cell<bool> = const { Cell::new(false) };
}

/// Calls a store from a task that was spawned for this. What it returns must not be polled inside, but right behind.
pub(crate) fn allow<T>(call: impl FnOnce() -> T) -> T {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            OWN_TASK.set(false);
        }
    }
    let _reset = Reset;
    OWN_TASK.set(true);
    call()
}

/// Whether the caller awaits what it gets, at once, in a task of its own.
pub(crate) fn is_own_task() -> bool {
    OWN_TASK.get()
}

/// Whether the caller may block.
#[cfg_attr(
    not(feature = "sqlite"),
    expect(dead_code, reason = "only SQLite blocks")
)]
pub(crate) fn is_allowed() -> bool {
    let several = |handle: Handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread;
    is_own_task() && Handle::try_current().is_ok_and(several)
}

/// Blocks the thread of a caller who allowed it.
#[cfg(feature = "sqlite")]
pub(crate) fn run<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}
