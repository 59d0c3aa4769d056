//! The tests of the workspace, in reading order.

mod diagnostics;
mod schemas;
mod stores;
