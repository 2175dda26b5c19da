//! The command line: serves, or asks a running mote how it is, or says which version this is.

use std::process::ExitCode;

use mote::config::Config;
use mote::server::{self, Error};
use mote::{config, healthcheck, logging};

/// Exit codes that supervisors know, from sysexits.h.
const EX_USAGE: u8 = 64;
const EX_UNAVAILABLE: u8 = 69;
const EX_SOFTWARE: u8 = 70;
const EX_CONFIG: u8 = 78;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => with_config(serve),
        ["healthcheck"] => with_config(check),
        ["--version"] => say(&format!("mote {}", env!("CARGO_PKG_VERSION"))),
        ["--help"] => say(&config::help()),
        other => complain(EX_USAGE, &format!("unknown arguments {other:?}; see mote --help")),
    }
}

fn with_config(run: fn(&Config) -> ExitCode) -> ExitCode {
    match Config::from_environment() {
        Ok(config) => run(&config),
        Err(mistakes) => mistakes.iter().fold(ExitCode::SUCCESS, |_, mistake| complain(EX_CONFIG, mistake)),
    }
}

fn serve(config: &Config) -> ExitCode {
    if let Err(error) = logging::start(config) {
        return complain(EX_SOFTWARE, &format!("cannot start logging: {error}"));
    }
    let result = server::run(config);
    logging::flush();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ Error::Listen { .. }) => complain(EX_UNAVAILABLE, &error.to_string()),
        Err(error) => complain(EX_SOFTWARE, &error.to_string()),
    }
}

fn check(config: &Config) -> ExitCode {
    match healthcheck::ask(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(1, &error),
    }
}

/// Prints to stdout; a reader that has gone away is no error of ours.
fn say(text: &str) -> ExitCode {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}

/// Prints one line to stderr and gives the exit code back.
fn complain(code: u8, text: &str) -> ExitCode {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "mote: {text}");
    ExitCode::from(code)
}
