//! Environment to [`Config`]: every default is in the one table of this module.
//!
//! | variable | default | meaning |
//! |---|---|---|
//! | `MOTE_ADDRESS` | `0.0.0.0` | address to listen on |
//! | `MOTE_PORT` | `8080` | port to listen on; 0 lets the operating system pick one |
//! | `MOTE_MESSAGE` | `mote is up and running.` | what / says |
//! | `MOTE_LOG_LEVEL` | `info` | least important level that is logged |
//! | `MOTE_LOG_FORMAT` | `auto` | how log lines look; auto is text on a terminal and JSON elsewhere |
//! | `MOTE_LOG_HEALTH` | `false` | whether requests for /health and /ready are logged |
//! | `MOTE_METRICS_PORT` | `9090` | port of /metrics, for Prometheus; 0 for none |
//! | `MOTE_EMF` | `false` | whether a line each minute gives metrics to CloudWatch |
//! | `MOTE_WORKERS` | `1` | threads that run handlers; more than one if handlers wait for something |
//! | `MOTE_MAX_CONNECTIONS` | `16384` | connections served at once; fewer where fewer files may be open |
//! | `MOTE_IDLE_SECONDS` | `75` | seconds between two requests; more than the load balancer's 60 |
//! | `MOTE_DRAIN_DELAY` | `0` | seconds to go on after SIGTERM before anything is closed |
//! | `MOTE_DRAIN_DEADLINE` | `10` | seconds that requests in flight may take after that |
//!
//! The limits that protect the service and that nobody has to change are the defaults of [`Limits`].

mod settings;

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use log::LevelFilter;

use gateway::Limits;

pub use settings::{SETTINGS, Setting};

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
    pub log_health: bool,
    /// Port for metrics; 0 for none.
    pub metrics_port: u16,
    /// Whether CloudWatch gets a line with metrics each minute.
    pub emf: bool,
    /// Threads that run handlers.
    pub workers: usize,
    /// Connections that are served at once.
    pub max_connections: usize,
    /// How long a connection may be idle between two requests.
    pub idle_time: Duration,
    /// How long everything stays as it was after a signal, but for `/ready`.
    pub drain_delay: Duration,
    /// How long requests in flight may take after the listener has closed.
    pub drain_deadline: Duration,
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
            log_health: false,
            metrics_port: 9090,
            // CloudWatch bills each metric.
            emf: false,
            // Handlers that only compute gain nothing from a second thread on a quarter of a core, and the wake-ups
            // between threads cost a quarter more per request. Handlers that wait for something need more.
            workers: 1,
            max_connections: Limits::default().max_connections,
            idle_time: Limits::default().keepalive_timeout,
            // ECS takes a task out of its load balancer before it sends SIGTERM.
            drain_delay: Duration::ZERO,
            // ECS sends SIGKILL after the task's stopTimeout, which is never set below this.
            drain_deadline: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// Reads the process's environment. The error holds one line for each mistake.
    ///
    /// # Errors
    /// When a variable has a value that is not right for it.
    pub fn from_environment() -> Result<Self, Vec<String>> {
        Self::from_lookup(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// The limits of the gateway.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            max_connections: self.max_connections,
            keepalive_timeout: self.idle_time,
            upstream_connections: self.workers,
            ..Limits::default()
        }
    }

    /// Reads settings from anything that knows values by name.
    ///
    /// # Errors
    /// When a variable has a value that is not right for it.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let mut config = Self::default();
        let mut mistakes = Vec::new();
        for setting in SETTINGS {
            let Some(value) = lookup(setting.name) else { continue };
            if (setting.set)(&mut config, &value).is_none() {
                mistakes.push(format!("{} is {value:?}, but has to be {}", setting.name, setting.right));
            }
        }
        if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
    }
}

/// What `mote --help` prints.
#[must_use]
pub fn help() -> String {
    let mut text = String::from(
        "mote: a small web service\n\n\
         mote               serves\n\
         mote healthcheck   asks the own port whether it is healthy; exit code 0 or 1\n\
         mote --version     prints the version\n\n\
         Settings, from the environment:\n",
    );
    let defaults = Config::default();
    for setting in SETTINGS {
        let default = (setting.show)(&defaults);
        let _ = writeln!(text, "  {:<20} {} [{default}]", setting.name, setting.meaning);
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        Config::from_lookup(|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.to_owned()))
    }

    #[test]
    fn an_empty_environment_gives_the_defaults() {
        assert_eq!(with(&[]), Ok(Config::default()));
    }

    #[test]
    fn every_default_is_a_right_value_for_its_own_setting() {
        for setting in SETTINGS {
            let shown = (setting.show)(&Config::default());
            assert_eq!(with(&[(setting.name, &shown)]), Ok(Config::default()), "{}", setting.name);
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
            ("MOTE_LOG_HEALTH", "true"),
            ("MOTE_METRICS_PORT", "0"),
            ("MOTE_EMF", "true"),
            ("MOTE_WORKERS", "5"),
            ("MOTE_MAX_CONNECTIONS", "5"),
            ("MOTE_IDLE_SECONDS", "5"),
            ("MOTE_DRAIN_DEADLINE", "5"),
            ("MOTE_DRAIN_DELAY", "1"),
        ];
        assert_eq!(changed.len(), SETTINGS.len());
        for pair in changed {
            assert_ne!(with(&[pair]), Ok(Config::default()), "{}", pair.0);
        }
    }

    #[test]
    fn all_mistakes_are_reported_at_once_and_name_their_variable() {
        let mistakes = with(&[("MOTE_PORT", "65536"), ("MOTE_LOG_LEVEL", "loud"), ("MOTE_MESSAGE", "")]).unwrap_err();
        assert_eq!(
            mistakes,
            [
                r#"MOTE_PORT is "65536", but has to be a whole number from 0 to 65535"#,
                r#"MOTE_MESSAGE is "", but has to be 1 to 1024 bytes of text without control characters"#,
                r#"MOTE_LOG_LEVEL is "loud", but has to be one of off, error, warn, info, debug, trace"#,
            ]
        );
    }

    #[test]
    fn a_message_cannot_smuggle_control_characters_or_bytes_that_are_not_text() {
        for bad in ["a\r\nb", "a\u{0}", "\u{fffd}", &"x".repeat(1025)] {
            assert!(with(&[("MOTE_MESSAGE", bad)]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_table_at_the_top_of_this_module_is_true() {
        let table: Vec<_> = include_str!("config.rs").lines().filter(|line| line.starts_with("//! | `")).collect();
        let rows = SETTINGS.iter().map(|setting| {
            format!("//! | `{}` | `{}` | {} |", setting.name, (setting.show)(&Config::default()), setting.meaning)
        });
        assert_eq!(table, rows.collect::<Vec<_>>());
    }

    #[test]
    fn the_help_names_every_setting() {
        for setting in SETTINGS {
            assert!(help().contains(setting.name), "{}", setting.name);
        }
    }
}
