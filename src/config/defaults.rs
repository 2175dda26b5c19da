//! What the settings set, and what each is by default.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use gateway::Limits;
use log::LevelFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// One object a line.
    Json,
    /// For people.
    Text,
}

/// What the service needs to know, checked once at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Address to listen on.
    pub address: IpAddr,
    /// Port to listen on; 0 lets the operating system pick one.
    pub port: u16,
    /// What `/` says.
    pub message: String,
    /// The least important level that is logged.
    pub log_level: LevelFilter,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Whether requests for `/health` and `/ready` are logged.
    pub log_probes: bool,
    /// Of requests without an error that were not slow, one in so many is logged.
    pub access_log_sample: u32,
    /// Port for metrics; 0 for none.
    pub metrics_port: u16,
    /// Whether CloudWatch gets a line with metrics each minute.
    pub cloudwatch_emf: bool,
    /// The environment that those metrics are of; empty if it does not matter.
    pub environment: String,
    /// Proxies in front of the service whose `X-Forwarded-For` is believed.
    pub trusted_hops: usize,
    /// Threads that run handlers.
    pub workers: usize,
    /// Connections that are served at once.
    pub max_connections: usize,
    /// Bytes of a request target.
    pub max_target_bytes: usize,
    /// How long a connection may be idle between two requests.
    pub keepalive_timeout: Duration,
    /// How long everything stays as it was after a signal, but for `/ready`.
    pub drain_delay: Duration,
    /// How long requests in flight may take after the listener has closed.
    pub shutdown_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            port: 8080,
            message: "mote is up and running.".to_owned(),
            log_level: LevelFilter::Info,
            log_format: LogFormat::Auto,
            // A load balancer asks every few seconds from every zone.
            log_probes: false,
            access_log_sample: 1,
            metrics_port: 9090,
            // CloudWatch bills each metric.
            cloudwatch_emf: false,
            environment: String::new(),
            // Without a proxy every client could write the field.
            trusted_hops: 0,
            // Handlers that only compute gain nothing from a second thread on a quarter of a core, and the wake-ups
            // between threads cost a quarter more per request. Handlers that wait for something need more.
            workers: 1,
            max_connections: Limits::default().max_connections,
            max_target_bytes: Limits::default().max_target_bytes,
            keepalive_timeout: Limits::default().keepalive_timeout,
            // ECS takes a task out of its load balancer before it sends SIGTERM.
            drain_delay: Duration::ZERO,
            // ECS sends SIGKILL after the task's stopTimeout, which is never set below this.
            shutdown_timeout: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// The limits of the gateway, for routes that take bodies of at most so many bytes.
    #[must_use]
    pub fn limits(&self, max_body_bytes: usize) -> Limits {
        let limits = Limits::default();
        Limits {
            max_connections: self.max_connections,
            max_target_bytes: self.max_target_bytes,
            max_body_bytes: max_body_bytes.max(limits.max_body_bytes),
            keepalive_timeout: self.keepalive_timeout,
            upstream_connections: self.workers,
            // With more than one worker handlers wait for something, so no request shall wait behind another.
            pipeline_depth: if self.workers == 1 { limits.pipeline_depth } else { 1 },
            ..limits
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_that_wait_get_a_connection_each() {
        let limits = |workers| Config { workers, ..Config::default() }.limits(0);
        assert_eq!((limits(1).upstream_connections, limits(1).pipeline_depth), (1, Limits::default().pipeline_depth));
        assert_eq!((limits(8).upstream_connections, limits(8).pipeline_depth), (8, 1));
    }
}
