//! Marks in the generated builder: whether what the manifest declares is registered.

/// The manifest declares some, and they are not registered yet.
#[derive(Debug, Clone, Copy)]
pub struct Missing;

/// All that the manifest declares are registered, or it declares none.
#[derive(Debug, Clone, Copy)]
pub struct Registered;
