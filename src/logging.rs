//! Log lines on stdout, written by a thread of their own: a slow or closed stdout never holds up or ends a request.

mod client;
mod clock;
mod json;
mod sample;
mod text;
mod trace;
mod writer;

use std::io::{self, IsTerminal, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use gateway::AccessRecord;
use log::{Level, Log, Metadata, Record};

use crate::config::{Config, LogFormat};

pub(crate) use json::seconds;
pub use writer::{dropped, flush, write};

use writer::Line;

/// The target of access lines.
const ACCESS: &str = "access";

/// Whether lines are text for people and not JSON for machines.
static TEXT: AtomicBool = AtomicBool::new(false);

/// Hands what is logged to the writer.
struct Queue;

impl Log for Queue {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // tiny_http reports the end of its accept thread as an error, though the gateway brings it about on purpose.
        metadata.level() <= log::max_level() && !metadata.target().starts_with("tiny_http")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        if TEXT.load(Ordering::Relaxed) {
            let body = record.args().to_string();
            writer::send(Line::Text { level: record.level(), target: record.target().to_owned(), body });
        } else {
            writer::send(Line::Json(json::event(record)));
        }
    }

    fn flush(&self) {
        flush();
    }
}

/// Starts the logger of the process and its writer.
///
/// # Errors
/// When a logger is installed already, or the operating system gives no thread.
pub fn start(config: &Config) -> io::Result<()> {
    let text = match config.log_format {
        LogFormat::Auto => stdout().is_terminal(),
        LogFormat::Json => false,
        LogFormat::Text => true,
    };
    TEXT.store(text, Ordering::Relaxed);
    writer::start()?;
    log::set_boxed_logger(Box::new(Queue)).map_err(io::Error::other)?;
    log::set_max_level(config.log_level);
    Ok(())
}

/// Logs a request that is over: as JSON with all its attributes, as text in one short line. Of `X-Forwarded-For` so many
/// entries as there are trusted hops are believed. Where requests are sampled, only some have a line.
pub fn access(record: &AccessRecord<'_>, route: Option<&str>, config: &Config) {
    let level = if record.status >= 500 { Level::Warn } else { Level::Info };
    if level > log::max_level() {
        return;
    }
    let Some(weight) = sample::weight(record, config.access_log_sample) else { return };
    let client = client::address(record, config.trusted_hops);
    if TEXT.load(Ordering::Relaxed) {
        writer::send(Line::Text { level, target: ACCESS.to_owned(), body: json::short(record, client) });
    } else {
        writer::send(Line::Json(json::access(record, client, route, level, weight)));
    }
}
