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
//! | `MOTE_ACCESS_LOG_SAMPLE` | `1` | of requests without an error and under a second, one in so many is logged |
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
//! The limits that protect the service and that need no change are the defaults of [`gateway::Limits`].

mod defaults;
mod environment;
mod error;
mod help;
mod settings;

pub use defaults::{Config, LogFormat};
pub use environment::from_environment;
pub use error::Error;
pub use help::help;
pub use settings::{SETTINGS, Setting};
