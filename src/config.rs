//! Environment to [`Config`]: every default and every limit is in the one table of this module.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use log::LevelFilter;

use crate::guard::Limits;

/// Longest message that fits a page of text and keeps the answer in one packet.
const MAX_MESSAGE_BYTES: usize = 1024;

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
            // ECS takes a task out of its load balancer before it sends SIGTERM.
            drain_delay: Duration::ZERO,
            // ECS sends SIGKILL after the task's stopTimeout, which is never set below this.
            drain_deadline: Duration::from_secs(10),
        }
    }
}

/// One row of the table: an environment variable, and how it becomes a part of [`Config`].
pub struct Setting {
    /// Name of the environment variable.
    pub name: &'static str,
    /// What would be a right value, for the message after a wrong one.
    pub right: &'static str,
    /// What it is for, in a few words.
    pub meaning: &'static str,
    set: fn(&mut Config, &str) -> Option<()>,
    show: fn(&Config) -> String,
}

/// All settings, in the order in which `mote --help` shows them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "MOTE_ADDRESS",
        right: "an IPv4 or IPv6 address",
        meaning: "address to listen on",
        set: |config, text| put(&mut config.address, text.parse().ok()),
        show: |config| config.address.to_string(),
    },
    Setting {
        name: "MOTE_PORT",
        right: "a whole number from 0 to 65535",
        meaning: "port to listen on; 0 lets the operating system pick one",
        set: |config, text| put(&mut config.port, text.parse().ok()),
        show: |config| config.port.to_string(),
    },
    Setting {
        name: "MOTE_MESSAGE",
        right: "1 to 1024 bytes of text without control characters",
        meaning: "what / says",
        set: |config, text| put(&mut config.message, message(text)),
        show: |config| config.message.clone(),
    },
    Setting {
        name: "MOTE_LOG_LEVEL",
        right: "one of off, error, warn, info, debug, trace",
        meaning: "least important level that is logged",
        set: |config, text| put(&mut config.log_level, text.parse().ok()),
        show: |config| config.log_level.to_string().to_ascii_lowercase(),
    },
    Setting {
        name: "MOTE_LOG_FORMAT",
        right: "one of auto, json, text",
        meaning: "how log lines look; auto is text on a terminal and JSON elsewhere",
        set: |config, text| put(&mut config.log_format, log_format(text)),
        show: |config| format!("{:?}", config.log_format).to_ascii_lowercase(),
    },
    Setting {
        name: "MOTE_LOG_HEALTH",
        right: "true or false",
        meaning: "whether requests for /health and /ready are logged",
        set: |config, text| put(&mut config.log_health, text.parse().ok()),
        show: |config| config.log_health.to_string(),
    },
    Setting {
        name: "MOTE_METRICS_PORT",
        right: "a whole number from 0 to 65535",
        meaning: "port of /metrics, for Prometheus; 0 for none",
        set: |config, text| put(&mut config.metrics_port, text.parse().ok()),
        show: |config| config.metrics_port.to_string(),
    },
    Setting {
        name: "MOTE_EMF",
        right: "true or false",
        meaning: "whether a line each minute gives metrics to CloudWatch",
        set: |config, text| put(&mut config.emf, text.parse().ok()),
        show: |config| config.emf.to_string(),
    },
    Setting {
        name: "MOTE_WORKERS",
        right: "a whole number from 1 to 64",
        meaning: "threads that run handlers; more than one if handlers wait for something",
        set: |config, text| put(&mut config.workers, text.parse().ok().filter(|count| (1..=64).contains(count))),
        show: |config| config.workers.to_string(),
    },
    Setting {
        name: "MOTE_DRAIN_DELAY",
        right: "a whole number of seconds from 0 to 60",
        meaning: "seconds to go on after SIGTERM before anything is closed",
        set: |config, text| put(&mut config.drain_delay, seconds(text, 0, 60)),
        show: |config| config.drain_delay.as_secs().to_string(),
    },
];

impl Config {
    /// Reads the process's environment. The error holds one line for each mistake.
    ///
    /// # Errors
    /// When a variable has a value that is not right for it.
    pub fn from_environment() -> Result<Self, Vec<String>> {
        Self::from_lookup(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// The limits of the guard.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits { lanes: self.workers, ..Limits::default() }
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
        let _ = writeln!(text, "  {:<18} {} [{default}]", setting.name, setting.meaning);
    }
    text.trim_end().to_owned()
}

/// Puts a value in its place, if there is one.
fn put<T>(place: &mut T, value: Option<T>) -> Option<()> {
    *place = value?;
    Some(())
}

fn log_format(text: &str) -> Option<LogFormat> {
    [LogFormat::Auto, LogFormat::Json, LogFormat::Text]
        .into_iter()
        .find(|format| text.eq_ignore_ascii_case(&format!("{format:?}")))
}

fn seconds(text: &str, least: u64, most: u64) -> Option<Duration> {
    text.parse().ok().filter(|seconds| (least..=most).contains(seconds)).map(Duration::from_secs)
}

fn message(text: &str) -> Option<String> {
    let fits = (1..=MAX_MESSAGE_BYTES).contains(&text.len());
    // The replacement character stands for bytes that were not UTF-8.
    let clean = !text.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER);
    (fits && clean).then(|| text.to_owned())
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
        for bad in ["a\r\nb", "a\u{0}", "\u{fffd}", &"x".repeat(MAX_MESSAGE_BYTES + 1)] {
            assert!(with(&[("MOTE_MESSAGE", bad)]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_help_names_every_setting() {
        for setting in SETTINGS {
            assert!(help().contains(setting.name), "{}", setting.name);
        }
    }
}
