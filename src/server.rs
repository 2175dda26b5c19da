//! The life of the service: start, serve, drain, stop.

mod error;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use gateway::{Gateway, open_files};

use crate::app::App;
use crate::lifecycle::Stage;
use crate::metrics::emf::Reporter;
use crate::service::Service;
use crate::{healthcheck, logging, watchdog, workers};

pub use error::Error;

/// Exit code of a process that got two signals to stop, as shells say it of SIGINT.
const EX_SIGNALLED: i32 = 130;

/// Exit code of a process that no longer responds, from sysexits.h.
const EX_SOFTWARE: i32 = 70;

/// How often the main thread looks whether the gateway still runs.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Serves until SIGTERM, SIGINT or SIGHUP, then finishes what is in flight. A second signal ends the process at once.
///
/// # Errors
/// When the service cannot start, dies, or cannot finish in time.
pub fn run<S: Send + Sync>(service: Service<S>) -> Result<(), Error> {
    let signalled = signals()?;
    let service = Arc::new(service);
    let app = service.app();
    let mut gateway = bind(&service)?;
    let server = gateway.server().map_err(Error::Start)?;
    workers::start(&service, server).map_err(Error::Start)?;
    let reporter = start_reporter(app).map_err(Error::Start)?;
    app.lifecycle().transition(Stage::Ready);
    let addresses = gateway.addresses().iter().map(ToString::to_string).collect::<Vec<_>>();
    log::info!("listening on {}", addresses.join(" and "));
    watch(app, &gateway).map_err(Error::Start)?;
    wait_for_shutdown(&signalled, &gateway);
    let result = drain(app, gateway);
    if let Some(reporter) = reporter {
        reporter.report();
    }
    result
}

/// One message for the first signal; the second ends the process by itself.
fn signals() -> Result<Receiver<()>, Error> {
    let (sender, receiver) = mpsc::channel();
    let signalled = AtomicBool::new(false);
    let handler = move || {
        if signalled.swap(true, Ordering::AcqRel) {
            std::process::exit(EX_SIGNALLED);
        }
        // The receiver lives until the process ends.
        let _ = sender.send(());
    };
    ctrlc::set_handler(handler).map_err(Error::Signals)?;
    Ok(receiver)
}

fn bind<S: Send + Sync>(service: &Arc<Service<S>>) -> Result<Gateway, Error> {
    let app = service.app();
    let config = app.config();
    let limits = config.limits(service.largest_body_bytes()).within(open_files());
    let mut gateway = Gateway::new(limits).map_err(Error::Start)?;
    listen(&mut gateway, "MOTE_PORT", SocketAddr::new(config.address, config.port))?;
    if config.metrics_port != 0 {
        listen(&mut gateway, "MOTE_METRICS_PORT", SocketAddr::new(config.address, config.metrics_port))?;
    }
    app.set_counters(gateway.counters());
    Ok(gateway.with_hooks(Arc::clone(service) as _))
}

fn listen(gateway: &mut Gateway, setting: &'static str, address: SocketAddr) -> Result<(), Error> {
    gateway.listen(address).map_err(|source| Error::Listen { setting, address, source })
}

fn start_reporter<S>(app: &App<S>) -> io::Result<Option<Arc<Reporter>>> {
    if !app.config().cloudwatch_emf {
        return Ok(None);
    }
    let (metrics, counters) = (Arc::clone(app.metrics()), Arc::clone(app.counters()));
    let reporter = Arc::new(Reporter::new(&app.config().environment, metrics, counters));
    reporter.start()?;
    Ok(Some(reporter))
}

fn watch<S>(app: &App<S>, gateway: &Gateway) -> io::Result<()> {
    let Some(address) = gateway.addresses().first() else { return Ok(()) };
    let address = SocketAddr::new(healthcheck::reachable(address.ip()), address.port());
    watchdog::start(address, Arc::clone(app.lifecycle()), |error| {
        log::error!("the service is unhealthy and ends: {error}");
        logging::flush();
        std::process::exit(EX_SOFTWARE);
    })
}

fn wait_for_shutdown(signalled: &Receiver<()>, gateway: &Gateway) {
    while signalled.recv_timeout(POLL_INTERVAL).is_err() && !gateway.is_finished() {}
}

fn drain<S>(app: &App<S>, mut gateway: Gateway) -> Result<(), Error> {
    app.lifecycle().transition(Stage::Draining);
    log::info!("draining");
    thread::sleep(app.config().drain_delay);
    gateway.drain(app.config().shutdown_timeout);
    let unfinished = gateway.wait().map_err(Error::Gateway)?;
    if unfinished > 0 {
        return Err(Error::Unfinished { requests: unfinished });
    }
    log::info!("stopped");
    Ok(())
}
