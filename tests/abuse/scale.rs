//! How much of it: enough to find a fault in a short run, and the full bars in a long one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The numbers of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Slow clients at once.
    pub(crate) clients: usize,
    /// How long they stay.
    pub(crate) duration: Duration,
    /// Connections that are reset.
    pub(crate) resets: usize,
}

/// The scale that `MOTE_SOAK` asks for.
pub(crate) fn scale() -> Scale {
    if std::env::var_os("MOTE_SOAK").is_some() {
        Scale { clients: 2_000, duration: Duration::from_mins(1), resets: 50_000 }
    } else {
        Scale { clients: 2_000, duration: Duration::from_secs(4), resets: 3_000 }
    }
}

static TURN: Mutex<()> = Mutex::new(());

/// Clients of two tests would measure each other if they came at once, so each test takes its turn.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
