//! HTTP/1.1 messages, read and written without any I/O (RFC 9112).

pub mod body;
pub(crate) mod encode;
pub mod fields;
pub mod head;
