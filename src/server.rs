//! The life of the service: start, serve, drain, stop.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use tiny_http::{Request, Server};

use crate::app::App;
use crate::config::Config;
use crate::metrics::emf::Reporter;
use crate::state::Stage;
use crate::{healthcheck, logging, routes, watchdog};
use gateway::{Gateway, open_files};

/// Exit code of a process that was told twice to stop, as shells say it of SIGINT.
const EX_SIGNALLED: i32 = 130;

/// Exit code of a process that found itself dead, from sysexits.h.
const EX_SOFTWARE: i32 = 70;

/// How often the main thread looks whether the gateway still lives.
const GLANCE: Duration = Duration::from_secs(1);

/// Why the service could not start, or ended otherwise than by a signal.
#[derive(Debug)]
pub enum Error {
    /// The gateway ended by itself.
    Gateway(io::Error),
    /// The address cannot be listened on.
    Listen {
        /// The setting that says otherwise.
        setting: &'static str,
        /// The address of the settings.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The handler of SIGTERM and SIGINT could not be installed.
    Signals(ctrlc::Error),
    /// The operating system gave no socket or thread.
    Start(io::Error),
    /// Requests were still being answered when the deadline passed.
    Unfinished {
        /// How many of them.
        requests: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway(source) => write!(f, "cannot go on: {source}"),
            Self::Listen { setting, address, source } => {
                write!(f, "cannot listen on {address}: {source}; {setting} sets another port")
            }
            Self::Signals(source) => write!(f, "cannot handle signals: {source}"),
            Self::Start(source) => write!(f, "cannot start: {source}"),
            Self::Unfinished { requests } => write!(f, "{requests} requests were not finished at the drain deadline"),
        }
    }
}

impl std::error::Error for Error {}

/// Serves until SIGTERM, SIGINT or SIGHUP, then finishes what is in flight. A second signal ends the process at once.
///
/// # Errors
/// When the service cannot start, dies, or cannot finish in time.
pub fn run(config: &Config) -> Result<(), Error> {
    let stopped = signals()?;
    let app = Arc::new(App::new(config.clone()));
    let mut gateway = bind(&app)?;
    let server = gateway.server().map_err(Error::Start)?;
    start_workers(&app, server).map_err(Error::Start)?;
    let reporter = start_reporter(&app, &gateway).map_err(Error::Start)?;
    app.state.advance(Stage::Ready);
    let addresses = gateway.addresses().iter().map(ToString::to_string).collect::<Vec<_>>();
    log::info!("listening on {}", addresses.join(" and "));
    watch(&app, &gateway).map_err(Error::Start)?;
    await_stop(&stopped, &gateway);
    let result = drain(&app, gateway);
    if let Some(reporter) = reporter {
        reporter.report();
    }
    result
}

/// One message for the first signal; the second ends the process by itself.
fn signals() -> Result<Receiver<()>, Error> {
    let (sender, receiver) = mpsc::channel();
    let told = AtomicBool::new(false);
    let handler = move || {
        if told.swap(true, Ordering::AcqRel) {
            std::process::exit(EX_SIGNALLED);
        }
        // The receiver lives until the process ends.
        let _ = sender.send(());
    };
    ctrlc::set_handler(handler).map_err(Error::Signals)?;
    Ok(receiver)
}

fn bind(app: &Arc<App>) -> Result<Gateway, Error> {
    let config = &app.config;
    let mut gateway = Gateway::new(config.limits().within(open_files())).map_err(Error::Start)?;
    listen(&mut gateway, "MOTE_PORT", SocketAddr::new(config.address, config.port))?;
    if config.metrics_port != 0 {
        listen(&mut gateway, "MOTE_METRICS_PORT", SocketAddr::new(config.address, config.metrics_port))?;
    }
    // Nobody else sets them.
    let _ = app.counters.set(gateway.counters());
    Ok(gateway.with_hooks(Arc::clone(app) as _))
}

fn listen(gateway: &mut Gateway, setting: &'static str, address: SocketAddr) -> Result<(), Error> {
    gateway.listen(address).map_err(|source| Error::Listen { setting, address, source })
}

fn start_reporter(app: &Arc<App>, gateway: &Gateway) -> io::Result<Option<Arc<Reporter>>> {
    if !app.config.emf {
        return Ok(None);
    }
    let reporter = Arc::new(Reporter::new(Arc::clone(app), gateway.counters()));
    reporter.start()?;
    Ok(Some(reporter))
}

fn start_workers(app: &Arc<App>, server: &'static Server) -> io::Result<()> {
    for number in 0..app.config.workers {
        let app = Arc::clone(app);
        let work = move || work(&app, server);
        thread::Builder::new().name(format!("worker-{number}")).spawn(work)?;
    }
    Ok(())
}

/// Answers requests; a handler that panics gives a 500 and leaves the worker alive. Several workers have a lane each, and
/// handlers that wait, so that no answer should wait for another.
fn work(app: &App, server: &Server) {
    let answer = |request: &Request| contain(|| routes::answer(app, request));
    if app.config.workers == 1 {
        let end = gateway::serve(server, |request| answer(request));
        return log::error!("requests can no longer be answered: {end}");
    }
    for request in server.incoming_requests() {
        let answer = answer(&request);
        if let Err(error) = request.respond(answer) {
            log::error!("an answer could not be given to the gateway: {error}");
        }
    }
}

/// Turns a panic into a 500.
fn contain(handle: impl FnOnce() -> routes::Answer) -> routes::Answer {
    catch_unwind(AssertUnwindSafe(handle)).unwrap_or_else(|_| routes::error(500, "the request could not be answered"))
}

fn watch(app: &App, gateway: &Gateway) -> io::Result<()> {
    let Some(address) = gateway.addresses().first() else { return Ok(()) };
    let address = SocketAddr::new(healthcheck::reachable(address.ip()), address.port());
    watchdog::start(address, Arc::clone(&app.state), |error| {
        log::error!("the service is dead: {error}");
        logging::flush();
        std::process::exit(EX_SOFTWARE);
    })
}

fn await_stop(stopped: &Receiver<()>, gateway: &Gateway) {
    while stopped.recv_timeout(GLANCE).is_err() && !gateway.is_finished() {}
}

fn drain(app: &App, mut gateway: Gateway) -> Result<(), Error> {
    app.state.advance(Stage::Draining);
    log::info!("draining");
    thread::sleep(app.config.drain_delay);
    gateway.drain(app.config.drain_deadline);
    let unfinished = gateway.wait().map_err(Error::Gateway)?;
    if unfinished > 0 {
        return Err(Error::Unfinished { requests: unfinished });
    }
    log::info!("stopped");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_that_panics_gives_a_500() {
        assert_eq!(contain(|| panic!("on purpose")).status_code().0, 500);
        assert_eq!(contain(|| routes::error(404, "as it is")).status_code().0, 404);
    }
}
