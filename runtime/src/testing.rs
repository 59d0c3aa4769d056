//! given / when / then.
