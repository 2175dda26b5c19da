//! The bounded front of a tiny_http service: it owns every connection of every client, and hands whole, well-formed
//! requests on to an unmodified `tiny_http::Server` in the same process.
//!
//! tiny_http alone can be ended by one request, and stopped by a few silent clients. Behind the gateway it sees a handful
//! of lasting connections from a peer that it can trust: heads within limits, bodies that are already there, lengths
//! that are digits. Nothing a client withholds keeps a thread waiting, and nothing it sends is passed on unread.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let mut gateway = gateway::Gateway::bind("127.0.0.1:8080".parse()?, Default::default())?;
//! let server = gateway.server()?;
//! for request in server.incoming_requests() {
//!     request.respond(tiny_http::Response::from_string("hello"))?;
//! }
//! # Ok(()) }
//! ```
//!
//! A handler finds the client's address in `Gateway-Client` and the request's id in `X-Request-Id`, unless
//! [`Hooks::wants_origin`] says that it needs neither, and the number of the listener, if it is not the first, in
//! `Gateway-Listener`; clients cannot set any of them. Handlers answer with
//! `Request::respond`, or are called by [`serve`] or [`serve_each`], which cost less; `upgrade` and `into_writer` are not
//! for connections that many clients share.

mod access;
mod counters;
mod downstream;
mod event_loop;
mod gateway;
mod hooks;
pub mod http1;
mod limits;
mod rejection;
mod request_id;
mod serve;
mod shutdown;
mod upstream;

pub use access::AccessRecord;
pub use counters::Counters;
pub use gateway::Gateway;
pub use hooks::Hooks;
pub use limits::{Limits, open_files};
pub use rejection::Rejection;
pub use serve::{serve, serve_each};
