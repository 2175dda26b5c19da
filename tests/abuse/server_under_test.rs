//! The program under attack: what it costs and whether it is still the same process.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::example;
use crate::harness::Service;

/// What any number of clients may cost.
pub(crate) const MOST_MEMORY_KIB: u64 = 64 * 1024;

/// The largest number of descriptors that either side of a test opens, with some to spare.
const DESCRIPTORS: u64 = 11_000;

/// Other work on the machine makes an answer later and never sooner, so the best of a few is the service's own.
const TRIES: usize = 3;

/// A program that was started for one attack.
pub(crate) struct ServerUnderTest {
    pub(crate) program: Service,
}

impl ServerUnderTest {
    pub(crate) fn service() -> Self {
        raise_descriptors();
        Self { program: Service::start(&[]) }
    }

    /// The example whose route takes a body.
    pub(crate) fn echo() -> Self {
        raise_descriptors();
        Self { program: Service::start_program(Command::new(example::build("gateway", "echo"))) }
    }

    /// mote with no more than this many descriptors.
    pub(crate) fn with_descriptors(most: u32) -> Self {
        let mut shell = Command::new("sh");
        shell.env_clear().envs([("MOTE_ADDRESS", "127.0.0.1"), ("MOTE_PORT", "0"), ("MOTE_METRICS_PORT", "0")]).args([
            "-c",
            &format!("ulimit -n {most} && exec \"$0\""),
            env!("CARGO_BIN_EXE_mote"),
        ]);
        Self { program: Service::start_program(shell) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.program.address
    }

    pub(crate) fn connect(&self) -> TcpStream {
        self.program.connect()
    }

    /// The most memory that was ever resident.
    pub(crate) fn peak_kib(&self) -> u64 {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Processor time used so far, of the program and the system for it.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = self.read("stat");
        // The name in parentheses may hold spaces; the 14th and 15th fields count hundredths of a second.
        let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = [11, 12].iter().map(|field| fields[*field].parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 10)
    }

    /// It is the process that was started, answers within the time, and never took more memory than it may.
    pub(crate) fn assert_unharmed(&mut self, within: Duration) {
        let took = (0..TRIES).map(|_| self.health()).min().unwrap();
        assert_eq!(self.program.child.try_wait().unwrap(), None, "the process ended");
        assert!(took <= within, "/health took {took:?} at best, which is more than {within:?}");
        let peak = self.peak_kib();
        assert!(peak <= MOST_MEMORY_KIB, "{peak} KiB were resident at most, which is more than {MOST_MEMORY_KIB}");
        println!("afterwards /health took {took:?}; {peak} KiB were resident at most");
    }

    /// How long `/health` takes to answer.
    fn health(&self) -> Duration {
        let start = Instant::now();
        let health = self.program.get("/health");
        assert_eq!(health.status, 200, "{health:?}");
        start.elapsed()
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.program.child.id())).unwrap()
    }
}

/// Raises the limit of this process, which the programs it starts inherit.
fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < DESCRIPTORS) {
        let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(DESCRIPTORS), ..limit });
        assert!(raised.is_ok(), "the limit of open files has to be {DESCRIPTORS} at least, but is {:?}", limit.maximum);
    }
}
