//! How whole requests are rendered.
