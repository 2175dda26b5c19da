//! Log lines on stdout.

use log::{LevelFilter, SetLoggerError};
use simple_logger::SimpleLogger;

use crate::config::Config;

/// Installs the logger of the process.
///
/// # Errors
/// When a logger is installed already.
pub fn start(config: &Config) -> Result<(), SetLoggerError> {
    // tiny_http reports the end of its accept thread, which the guard brings about on purpose.
    SimpleLogger::new().with_level(config.log_level).with_module_level("tiny_http", LevelFilter::Off).init()
}

/// Waits until what was logged is written.
pub fn flush() {}
