//! Where the service is in its life: starting, ready, draining.

use std::sync::atomic::{AtomicU8, Ordering};

/// One way only: starting, ready, draining.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Not everything runs yet.
    Starting,
    /// Requests are welcome.
    Ready,
    /// Requests are still served, but new ones should go elsewhere.
    Draining,
}

/// The stage, for all threads to see.
#[derive(Debug, Default)]
pub struct Lifecycle(AtomicU8);

impl Lifecycle {
    /// The stage of the moment.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self.0.load(Ordering::Acquire) {
            0 => Stage::Starting,
            1 => Stage::Ready,
            _ => Stage::Draining,
        }
    }

    /// Goes on to a stage; never back.
    pub fn transition(&self, stage: Stage) {
        self.0.fetch_max(stage as u8, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_drains_never_becomes_ready_again() {
        let lifecycle = Lifecycle::default();
        assert_eq!(lifecycle.stage(), Stage::Starting);
        lifecycle.transition(Stage::Ready);
        assert_eq!(lifecycle.stage(), Stage::Ready);
        lifecycle.transition(Stage::Draining);
        lifecycle.transition(Stage::Ready);
        assert_eq!(lifecycle.stage(), Stage::Draining);
    }
}
