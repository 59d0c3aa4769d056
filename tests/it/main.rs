//! Tests over several packages, in reading order.

mod stores;
