//! mote: serves its routes until a signal.

use std::process::ExitCode;

use mote::app::App;
use mote::command;
use mote::config::Config;
use mote::metrics::Metrics;
use mote::routes::ROUTES;
use mote::service::Service;

fn main() -> ExitCode {
    command::run(Config::default(), |config| Service::new(App::new(config, Metrics::default(), ()), ROUTES))
}
