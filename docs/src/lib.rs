//! The guide, compiled: every code block of `docs/guide` and of the root README is a doctest here.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../guide/quick-start.md")]
mod quick_start {}
