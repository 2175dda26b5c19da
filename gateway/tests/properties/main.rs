//! Properties of the two readers that stand before everything else, for bytes that no author thought of.

// A property says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod body;
mod head;
