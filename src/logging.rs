//! Log lines on stdout, written by a thread of their own: a slow or closed stdout never holds up or ends a request.

mod clock;
mod json;
mod trace;
mod writer;

use std::io::{self, IsTerminal, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use log::{Level, Log, Metadata, Record};

use crate::config::{Config, LogFormat};
use gateway::AccessRecord;

pub(crate) use json::seconds;
pub use writer::{dropped, flush, write};

use writer::Line;

/// The target of access lines.
const ACCESS: &str = "access";

/// Longest part of a text from a client that is logged, in characters.
const MAX_TEXT: usize = 256;

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

/// Logs a request that is over: as JSON with all its attributes, as text in one short line.
pub fn access(exchange: &AccessRecord<'_>, route: Option<&str>) {
    let level = if exchange.status >= 500 { Level::Warn } else { Level::Info };
    if level > log::max_level() {
        return;
    }
    if TEXT.load(Ordering::Relaxed) {
        writer::send(Line::Text { level, target: ACCESS.to_owned(), body: json::short(exchange) });
    } else {
        writer::send(Line::Json(json::access(exchange, route, level)));
    }
}

/// A path for a log: without its query, which may hold secrets.
fn path<'a>(exchange: &AccessRecord<'a>) -> &'a str {
    exchange.target.split_once('?').map_or(exchange.target, |(path, _)| path)
}

/// At most so many characters as are logged.
fn cut(text: &str) -> &str {
    text.char_indices().nth(MAX_TEXT).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}
