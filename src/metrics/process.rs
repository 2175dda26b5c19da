//! What the kernel says about this process.

use std::fs;
use std::time::Duration;

/// Figures of the moment; 0 where the kernel does not say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) cpu: Duration,
    pub(super) resident_bytes: u64,
    pub(super) open_files: usize,
}

impl Process {
    pub(super) fn now() -> Self {
        Self {
            cpu: cpu(&fs::read_to_string("/proc/self/stat").unwrap_or_default()),
            resident_bytes: resident(&fs::read_to_string("/proc/self/status").unwrap_or_default()),
            // One of them is the folder that is being read.
            open_files: fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count().saturating_sub(1)),
        }
    }
}

/// The kernel counts in hundredths of a second for every program, whatever it does inside.
fn cpu(stat: &str) -> Duration {
    // The second field is the program's name in brackets, which may hold anything; 12 and 13 fields after it are the times.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn resident(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_moves_no_field() {
        let stat = "7 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0";
        assert_eq!(cpu(stat), Duration::from_millis(1750));
    }

    #[test]
    fn the_kernel_says_something_about_us() {
        let process = Process::now();
        assert!(process.resident_bytes > 100_000 && process.open_files >= 3, "{process:?}");
    }
}
