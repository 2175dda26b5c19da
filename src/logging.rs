//! Log lines on stdout.

use log::SetLoggerError;
use simple_logger::SimpleLogger;

use crate::config::Config;

/// Installs the logger of the process.
///
/// # Errors
/// When a logger is installed already.
pub fn start(config: &Config) -> Result<(), SetLoggerError> {
    SimpleLogger::new().with_level(config.log_level).init()
}
