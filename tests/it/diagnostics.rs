//! Broken fixtures → the exact text that a user sees.
