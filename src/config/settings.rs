//! The table of settings: which environment variable sets what, and what would be right.

use std::time::Duration;

use super::{Config, LogFormat};

/// Longest message that fits a page of text and keeps the answer in one packet.
const MAX_MESSAGE_BYTES: usize = 1024;

/// One row of the table: an environment variable, and how it becomes a part of [`Config`].
pub struct Setting {
    /// Name of the environment variable.
    pub name: &'static str,
    /// What would be a right value, for the message after a wrong one.
    pub right: &'static str,
    /// What it is for, in a few words.
    pub meaning: &'static str,
    /// Sets it from a text; nothing if the text is not right.
    pub(super) set: fn(&mut Config, &str) -> Option<()>,
    /// The text that would set it as it is.
    pub(super) show: fn(&Config) -> String,
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
        set: |config, text| put(&mut config.workers, number(text, 1, 64)),
        show: |config| config.workers.to_string(),
    },
    Setting {
        name: "MOTE_MAX_CONNECTIONS",
        right: "a whole number from 1 to 1000000",
        meaning: "connections served at once; fewer where fewer files may be open",
        set: |config, text| put(&mut config.max_connections, number(text, 1, 1_000_000)),
        show: |config| config.max_connections.to_string(),
    },
    Setting {
        name: "MOTE_IDLE_SECONDS",
        right: "a whole number of seconds from 1 to 3600",
        meaning: "seconds between two requests; more than the load balancer's 60",
        set: |config, text| put(&mut config.idle_time, seconds(text, 1, 3600)),
        show: |config| config.idle_time.as_secs().to_string(),
    },
    Setting {
        name: "MOTE_DRAIN_DELAY",
        right: "a whole number of seconds from 0 to 60",
        meaning: "seconds to go on after SIGTERM before anything is closed",
        set: |config, text| put(&mut config.drain_delay, seconds(text, 0, 60)),
        show: |config| config.drain_delay.as_secs().to_string(),
    },
    Setting {
        name: "MOTE_DRAIN_DEADLINE",
        right: "a whole number of seconds from 1 to 120",
        meaning: "seconds that requests in flight may take after that",
        set: |config, text| put(&mut config.drain_deadline, seconds(text, 1, 120)),
        show: |config| config.drain_deadline.as_secs().to_string(),
    },
];

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
    number(text, least, most).map(Duration::from_secs)
}

fn number<T: std::str::FromStr + PartialOrd>(text: &str, least: T, most: T) -> Option<T> {
    text.parse().ok().filter(|number| (least..=most).contains(number))
}

fn message(text: &str) -> Option<String> {
    let fits = (1..=MAX_MESSAGE_BYTES).contains(&text.len());
    // The replacement character stands for bytes that were not UTF-8.
    let clean = !text.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER);
    (fits && clean).then(|| text.to_owned())
}
