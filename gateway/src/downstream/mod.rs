//! The side of the clients: who is let in, what they send, and when they have to go.

pub(crate) mod admission;
pub(crate) mod conn;
pub(crate) mod listener;
pub(crate) mod read;
pub(crate) mod table;
mod write;
