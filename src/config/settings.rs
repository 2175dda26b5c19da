//! The table of settings: which environment variable sets what, and what a valid value is.

use std::time::Duration;

use super::defaults::{Config, LogFormat};

/// Longest message that fits a page of text and keeps the response in one packet.
const MAX_MESSAGE_BYTES: usize = 1024;

/// One row of the table: an environment variable, and how it becomes a part of [`Config`].
#[derive(Debug)]
pub struct Setting {
    /// Name of the environment variable.
    pub name: &'static str,
    /// What a valid value is, for the message after one that is not.
    pub expected: &'static str,
    /// What it is for, in a few words.
    pub help: &'static str,
    /// Sets it from a text; nothing if the text is not valid.
    pub(super) set: fn(&mut Config, &str) -> Option<()>,
    /// The text that would set it as it is.
    pub(super) format: fn(&Config) -> String,
}

/// All settings, in the order in which `mote --help` shows them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "MOTE_ADDRESS",
        expected: "an IPv4 or IPv6 address",
        help: "address to listen on",
        set: |config, text| put(&mut config.address, text.parse().ok()),
        format: |config| config.address.to_string(),
    },
    Setting {
        name: "MOTE_PORT",
        expected: "a whole number from 0 to 65535",
        help: "port to listen on; 0 lets the operating system pick one",
        set: |config, text| put(&mut config.port, text.parse().ok()),
        format: |config| config.port.to_string(),
    },
    Setting {
        name: "MOTE_MESSAGE",
        expected: "1 to 1024 bytes of text without control characters",
        help: "what / says",
        set: |config, text| put(&mut config.message, message(text)),
        format: |config| config.message.clone(),
    },
    Setting {
        name: "MOTE_LOG_LEVEL",
        expected: "one of off, error, warn, info, debug, trace",
        help: "least important level that is logged",
        set: |config, text| put(&mut config.log_level, text.parse().ok()),
        format: |config| config.log_level.to_string().to_ascii_lowercase(),
    },
    Setting {
        name: "MOTE_LOG_FORMAT",
        expected: "one of auto, json, text",
        help: "how log lines look; auto is text on a terminal and JSON elsewhere",
        set: |config, text| put(&mut config.log_format, log_format(text)),
        format: |config| format!("{:?}", config.log_format).to_ascii_lowercase(),
    },
    Setting {
        name: "MOTE_LOG_PROBES",
        expected: "true or false",
        help: "whether requests for /health and /ready are logged",
        set: |config, text| put(&mut config.log_probes, text.parse().ok()),
        format: |config| config.log_probes.to_string(),
    },
    Setting {
        name: "MOTE_ACCESS_LOG_SAMPLE",
        expected: "a whole number from 1 to 10000",
        help: "of requests without an error and under a second, one in so many is logged",
        set: |config, text| put(&mut config.access_log_sample, number(text, 1, 10_000)),
        format: |config| config.access_log_sample.to_string(),
    },
    Setting {
        name: "MOTE_METRICS_PORT",
        expected: "a whole number from 0 to 65535",
        help: "port of /metrics, for Prometheus; 0 for none",
        set: |config, text| put(&mut config.metrics_port, text.parse().ok()),
        format: |config| config.metrics_port.to_string(),
    },
    Setting {
        name: "MOTE_CLOUDWATCH_EMF",
        expected: "true or false",
        help: "whether a line each minute gives metrics to CloudWatch",
        set: |config, text| put(&mut config.cloudwatch_emf, text.parse().ok()),
        format: |config| config.cloudwatch_emf.to_string(),
    },
    Setting {
        name: "MOTE_ENVIRONMENT",
        expected: "at most 64 letters, digits, hyphens, dots and underscores",
        help: "such as prod; a dimension of those metrics unless it is empty",
        set: |config, text| put(&mut config.environment, environment(text)),
        format: |config| config.environment.clone(),
    },
    Setting {
        name: "MOTE_TRUSTED_HOPS",
        expected: "a whole number from 0 to 8",
        help: "proxies in front whose X-Forwarded-For is believed; 1 behind a load balancer",
        set: |config, text| put(&mut config.trusted_hops, number(text, 0, 8)),
        format: |config| config.trusted_hops.to_string(),
    },
    Setting {
        name: "MOTE_WORKERS",
        expected: "a whole number from 1 to 64",
        help: "threads that run handlers; more than one if handlers wait for something",
        set: |config, text| put(&mut config.workers, number(text, 1, 64)),
        format: |config| config.workers.to_string(),
    },
    Setting {
        name: "MOTE_MAX_CONNECTIONS",
        expected: "a whole number from 1 to 1000000",
        help: "connections served at once; fewer where fewer files may be open",
        set: |config, text| put(&mut config.max_connections, number(text, 1, 1_000_000)),
        format: |config| config.max_connections.to_string(),
    },
    Setting {
        name: "MOTE_MAX_TARGET_BYTES",
        expected: "a whole number from 1024 to 15360",
        help: "longest path with its query; HTTP asks for 8000 at least",
        set: |config, text| put(&mut config.max_target_bytes, number(text, 1024, 15_360)),
        format: |config| config.max_target_bytes.to_string(),
    },
    Setting {
        name: "MOTE_KEEPALIVE_TIMEOUT_SECONDS",
        expected: "a whole number of seconds from 1 to 4100",
        help: "seconds between two requests; more than the load balancer's idle timeout of 60",
        set: |config, text| put(&mut config.keepalive_timeout, seconds(text, 1, 4100)),
        format: |config| config.keepalive_timeout.as_secs().to_string(),
    },
    Setting {
        name: "MOTE_DRAIN_DELAY_SECONDS",
        expected: "a whole number of seconds from 0 to 60",
        help: "seconds to go on after SIGTERM before anything is closed",
        set: |config, text| put(&mut config.drain_delay, seconds(text, 0, 60)),
        format: |config| config.drain_delay.as_secs().to_string(),
    },
    Setting {
        name: "MOTE_SHUTDOWN_TIMEOUT_SECONDS",
        expected: "a whole number of seconds from 1 to 120",
        help: "seconds that requests in flight may take after that",
        set: |config, text| put(&mut config.shutdown_timeout, seconds(text, 1, 120)),
        format: |config| config.shutdown_timeout.as_secs().to_string(),
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

/// A dimension of CloudWatch and a value of tags: plain in both.
fn environment(text: &str) -> Option<String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    (plain && text.len() <= 64).then(|| text.to_owned())
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

    #[test]
    fn the_table_at_the_top_of_this_module_is_true() {
        let table: Vec<_> = include_str!("../config.rs").lines().filter(|line| line.starts_with("//! | `")).collect();
        let rows = SETTINGS.iter().map(|setting| {
            let default = (setting.format)(&Config::default());
            let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
            format!("//! | `{}` | {default} | {} |", setting.name, setting.help)
        });
        assert_eq!(table, rows.collect::<Vec<_>>());
    }
}
