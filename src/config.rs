//! Environment to [`Config`]: every default is in the one table of this module.
//!
//! | variable | default | meaning |
//! |---|---|---|
//! | `MOTE_ADDRESS` | `0.0.0.0` | address to listen on |
//! | `MOTE_PORT` | `8080` | port to listen on; 0 lets the operating system pick one |
//! | `MOTE_MESSAGE` | `mote is up and running.` | what / says |
//! | `MOTE_LOG_LEVEL` | `info` | least important level that is logged |
//! | `MOTE_LOG_FORMAT` | `auto` | how log lines look; auto is text on a terminal and JSON elsewhere |
//! | `MOTE_LOG_PROBES` | `false` | whether requests for /health and /ready are logged |
//! | `MOTE_METRICS_PORT` | `9090` | port of /metrics, for Prometheus; 0 for none |
//! | `MOTE_CLOUDWATCH_EMF` | `false` | whether a line each minute gives metrics to CloudWatch |
//! | `MOTE_ENVIRONMENT` |  | such as prod; a dimension of those metrics unless it is empty |
//! | `MOTE_TRUSTED_HOPS` | `0` | proxies in front whose X-Forwarded-For is believed; 1 behind a load balancer |
//! | `MOTE_WORKERS` | `1` | threads that run handlers; more than one if handlers wait for something |
//! | `MOTE_MAX_CONNECTIONS` | `16384` | connections served at once; fewer where fewer files may be open |
//! | `MOTE_MAX_TARGET_BYTES` | `8192` | longest path with its query; HTTP asks for 8000 at least |
//! | `MOTE_KEEPALIVE_TIMEOUT_SECONDS` | `75` | seconds between two requests; more than the load balancer's idle timeout of 60 |
//! | `MOTE_DRAIN_DELAY_SECONDS` | `0` | seconds to go on after SIGTERM before anything is closed |
//! | `MOTE_SHUTDOWN_TIMEOUT_SECONDS` | `10` | seconds that requests in flight may take after that |
//!
//! The limits that protect the service and that need no change are the defaults of [`Limits`].

mod error;
mod help;
mod settings;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use gateway::Limits;
use log::LevelFilter;

pub use error::Error;
pub use help::help;
pub use settings::{SETTINGS, Setting};

/// What the names of all settings begin with.
const PREFIX: &str = "MOTE_";

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
    /// Reads the process's environment, with what is not set left as it is in `defaults`.
    ///
    /// # Errors
    /// One for each variable that is not valid or not known.
    pub fn from_environment(defaults: Self) -> Result<Self, Vec<Error>> {
        let mut variables = Vec::new();
        for (name, value) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
                variables.push((name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
            }
        }
        Self::from_variables(defaults, variables)
    }

    /// Reads settings from the variables whose names have the prefix.
    fn from_variables(mut config: Self, mut variables: Vec<(String, String)>) -> Result<Self, Vec<Error>> {
        let mut errors = Vec::new();
        for setting in SETTINGS {
            let Some(index) = variables.iter().position(|(name, _)| name == setting.name) else { continue };
            let (_, value) = variables.swap_remove(index);
            if (setting.set)(&mut config, &value).is_none() {
                errors.push(Error::Invalid { setting, value });
            }
        }
        errors.extend(variables.into_iter().map(|(name, _)| Error::unknown(name)));
        if config.port == config.metrics_port && config.port != 0 {
            errors.push(Error::SamePort(config.port));
        }
        if errors.is_empty() { Ok(config) } else { Err(errors) }
    }

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

    fn with(pairs: &[(&str, &str)]) -> Result<Config, Vec<Error>> {
        let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::from_variables(Config::default(), owned.collect())
    }

    fn errors(pairs: &[(&str, &str)]) -> Vec<String> {
        with(pairs).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_empty_environment_gives_the_defaults() {
        assert_eq!(with(&[]).unwrap(), Config::default());
    }

    #[test]
    fn every_default_is_valid_for_its_own_setting() {
        for setting in SETTINGS {
            let text = (setting.format)(&Config::default());
            assert_eq!(with(&[(setting.name, &text)]).unwrap(), Config::default(), "{}", setting.name);
        }
    }

    #[test]
    fn every_setting_changes_the_config() {
        let changed = [
            ("MOTE_ADDRESS", "::1"),
            ("MOTE_PORT", "1"),
            ("MOTE_MESSAGE", "x"),
            ("MOTE_LOG_LEVEL", "debug"),
            ("MOTE_LOG_FORMAT", "text"),
            ("MOTE_LOG_PROBES", "true"),
            ("MOTE_METRICS_PORT", "0"),
            ("MOTE_CLOUDWATCH_EMF", "true"),
            ("MOTE_ENVIRONMENT", "prod"),
            ("MOTE_TRUSTED_HOPS", "1"),
            ("MOTE_WORKERS", "5"),
            ("MOTE_MAX_CONNECTIONS", "5"),
            ("MOTE_MAX_TARGET_BYTES", "15360"),
            ("MOTE_KEEPALIVE_TIMEOUT_SECONDS", "5"),
            ("MOTE_DRAIN_DELAY_SECONDS", "1"),
            ("MOTE_SHUTDOWN_TIMEOUT_SECONDS", "5"),
        ];
        assert_eq!(changed.len(), SETTINGS.len());
        for pair in changed {
            assert_ne!(with(&[pair]).unwrap(), Config::default(), "{}", pair.0);
        }
    }

    #[test]
    fn all_errors_are_reported_at_once_and_name_their_variable() {
        assert_eq!(
            errors(&[("MOTE_PORT", "65536"), ("MOTE_LOG_LEVEL", "loud"), ("MOTE_MESSAGE", ""), ("MOTE_PROT", "9")]),
            [
                r#"MOTE_PORT is "65536", but has to be a whole number from 0 to 65535"#,
                r#"MOTE_MESSAGE is "", but has to be 1 to 1024 bytes of text without control characters"#,
                r#"MOTE_LOG_LEVEL is "loud", but has to be one of off, error, warn, info, debug, trace"#,
                "MOTE_PROT is no setting; the nearest one is MOTE_PORT",
            ]
        );
    }

    #[test]
    fn a_setting_that_does_not_exist_names_the_nearest_one() {
        for (wrong, nearest) in [
            ("MOTE_LOGLEVEL", "MOTE_LOG_LEVEL"),
            ("MOTE_PORT_8080_TCP", "MOTE_PORT"),
            ("MOTE_DRAIN_DELAY_SECOND", "MOTE_DRAIN_DELAY_SECONDS"),
            ("MOTE_", "MOTE_PORT"),
        ] {
            assert_eq!(errors(&[(wrong, "1")]), [format!("{wrong} is no setting; the nearest one is {nearest}")]);
        }
    }

    #[test]
    fn what_kubernetes_says_of_a_service_named_mote_is_no_port() {
        assert_eq!(
            errors(&[("MOTE_PORT", "tcp://10.0.0.1:80")]),
            [r#"MOTE_PORT is "tcp://10.0.0.1:80", but has to be a whole number from 0 to 65535"#]
        );
    }

    #[test]
    fn the_two_ports_are_different_ones() {
        let right = ["MOTE_PORT and MOTE_METRICS_PORT are both 9090, but have to be different ports"];
        assert_eq!(errors(&[("MOTE_PORT", "9090")]), right);
        assert!(with(&[("MOTE_PORT", "0"), ("MOTE_METRICS_PORT", "0")]).is_ok());
    }

    #[test]
    fn a_message_cannot_smuggle_control_characters_or_bytes_that_are_not_text() {
        for bad in ["a\r\nb", "a\u{0}", "\u{fffd}", &"x".repeat(1025)] {
            assert!(with(&[("MOTE_MESSAGE", bad)]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn handlers_that_wait_get_a_connection_each() {
        let limits = |workers| Config { workers, ..Config::default() }.limits(0);
        assert_eq!((limits(1).upstream_connections, limits(1).pipeline_depth), (1, Limits::default().pipeline_depth));
        assert_eq!((limits(8).upstream_connections, limits(8).pipeline_depth), (8, 1));
    }

    #[test]
    fn the_table_at_the_top_of_this_module_is_true() {
        let table: Vec<_> = include_str!("config.rs").lines().filter(|line| line.starts_with("//! | `")).collect();
        let rows = SETTINGS.iter().map(|setting| {
            let default = (setting.format)(&Config::default());
            let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
            format!("//! | `{}` | {default} | {} |", setting.name, setting.help)
        });
        assert_eq!(table, rows.collect::<Vec<_>>());
    }
}
