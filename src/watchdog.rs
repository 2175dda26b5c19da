//! Ends a process whose own port no longer responds, so that ECS starts another one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::healthcheck::{self, Error};
use crate::lifecycle::{Lifecycle, Stage};

/// How often the own port is probed, how long a response may take, and how many failures in a row make it unhealthy. Long
/// enough for a service under attack, which is slow but alive, to be left in peace.
const PERIOD: Duration = Duration::from_secs(5);
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);
const UNHEALTHY_THRESHOLD: u32 = 3;

/// Watches on a thread of its own for as long as the service is ready, and calls back once if it is unhealthy.
///
/// # Errors
/// When the operating system gives no thread.
pub fn start(
    address: SocketAddr,
    lifecycle: Arc<Lifecycle>,
    on_unhealthy: impl FnOnce(Error) + Send + 'static,
) -> std::io::Result<()> {
    let watch = move || {
        let probe = || healthcheck::probe(address, PROBE_TIMEOUT);
        if let Some(error) = watch(PERIOD, probe, || lifecycle.stage() == Stage::Draining) {
            on_unhealthy(error);
        }
    };
    thread::Builder::new().name("watchdog".into()).spawn(watch).map(drop)
}

/// Gives the last of too many errors in a row, or nothing once the watch is over.
fn watch(period: Duration, probe: impl Fn() -> Result<(), Error>, is_over: impl Fn() -> bool) -> Option<Error> {
    let mut failures = 0;
    loop {
        thread::sleep(period);
        let result = probe();
        if is_over() {
            return None;
        }
        match result {
            Ok(()) => failures = 0,
            Err(error) => {
                failures += 1;
                log::warn!("watchdog: {error}; {failures} of {UNHEALTHY_THRESHOLD}");
                if failures == UNHEALTHY_THRESHOLD {
                    return Some(error);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::net::TcpListener;

    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    #[test]
    fn a_port_that_accepts_but_never_responds_is_unhealthy() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let probe = || healthcheck::probe(address, Duration::from_millis(20));
        assert!(matches!(watch(SOON, probe, || false), Some(Error::NoResponse { .. })));
    }

    #[test]
    fn only_failures_in_a_row_count() {
        let answers = RefCell::new(vec![true, false, false, false, true, false, false, true, false, true]);
        let asked = RefCell::new(0);
        let probe = || {
            *asked.borrow_mut() += 1;
            if answers.borrow_mut().pop().unwrap() { Ok(()) } else { Err(Error::NoPort) }
        };
        assert!(matches!(watch(SOON, probe, || false), Some(Error::NoPort)));
        assert_eq!(*asked.borrow(), 9);
    }

    #[test]
    fn a_service_that_drains_may_stop_responding() {
        assert!(watch(SOON, || Err(Error::NoPort), || true).is_none());
    }
}
