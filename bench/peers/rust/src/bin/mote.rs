//! mote's library with the two routes that the deployed service does not have.

use std::process::ExitCode;

use mote::app::App;
use mote::config::Config;
use mote::metrics::Metrics;
use mote::problem::Problem;
use mote::request::Request;
use mote::response::{Response, with_body};
use mote::router::Route;
use mote::service::Service;
use mote::{command, handlers};

const OCTETS: &str = "application/octet-stream";

const ROUTES: &[Route<App>] = &[
    Route::get("/health", handlers::health).probe(),
    Route::post("/echo", echo).accepts(&[OCTETS], 65536),
    Route::get("/large", large),
];

fn main() -> ExitCode {
    command::run(Config::default(), |config| Service::new(App::new(config, Metrics::default(), ()), ROUTES))
}

fn echo(_: &App, request: &Request<'_>) -> Result<Response, Problem> {
    Ok(with_body(200, OCTETS, request.body()))
}

fn large(_: &App, _: &Request<'_>) -> Result<Response, Problem> {
    Ok(with_body(200, "text/plain", "x".repeat(16384)))
}
