//! Ends a process whose own port no longer answers, so that ECS starts another one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::healthcheck;
use crate::state::{Stage, State};

/// How often the own port is asked, how long it may take, and how often in a row it may fail to answer. Long enough for a
/// service under attack, which is slow but alive, to be left in peace.
const PERIOD: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10);
const MISSES: u32 = 3;

/// Watches on a thread of its own for as long as the service is ready, and calls back once if it is dead.
///
/// # Errors
/// When the operating system gives no thread.
pub fn start(address: SocketAddr, state: Arc<State>, dead: impl FnOnce(&str) + Send + 'static) -> std::io::Result<()> {
    let watch = move || {
        let probe = || healthcheck::probe(address, PATIENCE);
        if let Some(error) = watch(PERIOD, probe, || state.stage() == Stage::Draining) {
            dead(&error);
        }
    };
    thread::Builder::new().name("watchdog".into()).spawn(watch).map(drop)
}

/// Gives the last of too many errors in a row, or nothing once the watch is over.
fn watch(period: Duration, probe: impl Fn() -> Result<(), String>, over: impl Fn() -> bool) -> Option<String> {
    let mut misses = 0;
    loop {
        thread::sleep(period);
        let result = probe();
        if over() {
            return None;
        }
        match result {
            Ok(()) => misses = 0,
            Err(error) => {
                misses += 1;
                log::warn!("watchdog: {error}; {misses} of {MISSES}");
                if misses == MISSES {
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
    fn a_port_that_accepts_but_never_answers_is_dead() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let probe = || healthcheck::probe(address, Duration::from_millis(20));
        assert!(watch(SOON, probe, || false).unwrap().contains("does not answer"));
    }

    #[test]
    fn only_misses_in_a_row_count() {
        let answers = RefCell::new(vec![true, false, false, false, true, false, false, true, false, true]);
        let asked = RefCell::new(0);
        let probe = || {
            *asked.borrow_mut() += 1;
            if answers.borrow_mut().pop().unwrap() { Ok(()) } else { Err("no".to_owned()) }
        };
        assert_eq!(watch(SOON, probe, || false), Some("no".to_owned()));
        assert_eq!(*asked.borrow(), 9);
    }

    #[test]
    fn a_service_that_drains_may_stop_answering() {
        assert_eq!(watch(SOON, || Err("closed".to_owned()), || true), None);
    }
}
