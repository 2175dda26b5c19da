//! HTTP/1.1 messages (RFC 9112), read and written without any I/O.

pub mod body;
mod chars;
pub(crate) mod date;
pub(crate) mod encode;
pub mod fields;
pub mod framing;
pub mod head;
pub(crate) mod number;
mod target;
