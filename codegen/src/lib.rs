//! Generator of evgen.
