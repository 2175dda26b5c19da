//! The side of the clients: who is let in, what they send, and when they have to go.

mod admission;
mod buffers;
pub(crate) mod conn;
pub(crate) mod connections;
pub(crate) mod listener;
mod read;
mod socket;
mod table;
mod timeouts;
mod write;
