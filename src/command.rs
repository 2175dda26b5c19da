//! The command line: serves, or asks a running service how it is, or says which version this is.

use std::error::Error;
use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use crate::config::Config;
use crate::service::Service;
use crate::{config, healthcheck, logging, server};

/// Exit codes that supervisors know, from sysexits.h.
const EX_USAGE: u8 = 64;
const EX_UNAVAILABLE: u8 = 69;
const EX_SOFTWARE: u8 = 70;
const EX_CONFIG: u8 = 78;

/// Does what the arguments of the process say, with settings that the environment does not set left as they are in
/// `defaults`, and gives the exit code.
pub fn run<S: Send + Sync>(defaults: Config, service: fn(Config) -> Service<S>) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => with_config(defaults, |config| serve(service(config))),
        ["healthcheck"] => with_config(defaults, |config| check(&config)),
        ["version" | "--version" | "-V"] => print(concat!("mote ", env!("CARGO_PKG_VERSION"))),
        ["help" | "--help" | "-h"] => print(&config::help(&defaults)),
        other => fail(EX_USAGE, format_args!("unknown arguments {other:?}; see mote --help")),
    }
}

fn with_config(defaults: Config, run: impl FnOnce(Config) -> ExitCode) -> ExitCode {
    match config::from_environment(defaults) {
        Ok(config) => run(config),
        Err(errors) => errors.iter().fold(ExitCode::SUCCESS, |_, error| fail(EX_CONFIG, error)),
    }
}

fn serve<S: Send + Sync>(service: Service<S>) -> ExitCode {
    if let Err(error) = logging::start(service.app().config()) {
        return fail(EX_SOFTWARE, format_args!("cannot start logging: {error}"));
    }
    let result = server::run(service);
    logging::flush();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ server::Error::Listen { .. }) => fail(EX_UNAVAILABLE, with_source(&error)),
        Err(error) => fail(EX_SOFTWARE, with_source(&error)),
    }
}

fn check(config: &Config) -> ExitCode {
    match healthcheck::ask(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, with_source(&error)),
    }
}

/// An error and what caused it, in one line.
fn with_source(error: &impl Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// Prints to stdout; a reader that has gone away is no error of ours.
fn print(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}

/// Prints one line to stderr and gives the exit code back.
fn fail(code: u8, text: impl Display) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "mote: {text}");
    ExitCode::from(code)
}
