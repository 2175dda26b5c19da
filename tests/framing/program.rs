//! The two programs that cases are sent to: mote, whose routes take no body, and the example whose route gives it back.

use std::net::SocketAddr;
use std::process::Command;

use crate::case::Case;
use crate::echo;
use crate::harness::Mote;

/// Both programs, running.
pub(crate) struct Programs {
    pub(crate) mote: Mote,
    echo: Mote,
}

impl Programs {
    pub(crate) fn start() -> Self {
        Self { mote: Mote::start(&[]), echo: Mote::start_program(Command::new(echo::build())) }
    }

    /// Where a case is sent: to the example if it names the example's route.
    pub(crate) fn address_for(&self, case: &Case) -> SocketAddr {
        let echo = case.bytes.windows(6).any(|six| six == b"/echo ");
        if echo { self.echo.address } else { self.mote.address }
    }

    /// Both still are the processes that were started, and answer. One that ended is replaced, so that every case is tried.
    pub(crate) fn check_alive(&mut self) -> Result<(), String> {
        let Self { mote, echo } = self;
        if ![&mut *mote, &mut *echo].into_iter().all(|program| program.child.try_wait().unwrap().is_none()) {
            *self = Self::start();
            return Err("it ended a program".to_owned());
        }
        let health = mote.get("/health");
        let echoed = echo.exchange("POST /echo HTTP/1.1\r\nHost: m\r\nContent-Length: 2\r\n\r\nhi");
        match (health.status, echoed.body.as_str()) {
            (200, "hi") => Ok(()),
            other => Err(format!("afterwards the programs answered {other:?}")),
        }
    }
}
