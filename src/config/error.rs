//! What is wrong with an environment, and what a valid one would be.

use std::fmt;

use super::settings::{SETTINGS, Setting};

/// One thing that is wrong; displayed as one line.
#[derive(Debug)]
pub enum Error {
    /// The value of a setting is not valid.
    Invalid {
        /// The setting.
        setting: &'static Setting,
        /// Its value.
        value: String,
    },
    /// The service and the metrics cannot share a port.
    SamePort(u16),
    /// There is no such setting.
    Unknown {
        /// The name that was given.
        name: String,
        /// The setting whose name is most like it.
        nearest: &'static str,
    },
}

impl Error {
    pub(super) fn unknown(name: String) -> Self {
        let nearest = SETTINGS.iter().map(|setting| setting.name).min_by_key(|known| distance(&name, known));
        Self::Unknown { nearest: nearest.unwrap_or_default(), name }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { setting, value } => {
                write!(f, "{} is {value:?}, but has to be {}", setting.name, setting.expected)
            }
            Self::SamePort(port) => {
                write!(f, "MOTE_PORT and MOTE_METRICS_PORT are both {port}, but have to be different ports")
            }
            Self::Unknown { name, nearest } => write!(f, "{name} is no setting; the nearest one is {nearest}"),
        }
    }
}

// None of them is caused by another error.
impl std::error::Error for Error {}

/// How many letters have to be added, removed or replaced to make one name of the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.bytes().enumerate() {
        let (mut diagonal, mut left) = (line, line + 1);
        let Some((first, rest)) = row.split_first_mut() else { break };
        *first = left;
        for (above, other) in rest.iter_mut().zip(to.bytes()) {
            left = (diagonal + usize::from(other != letter)).min(left + 1).min(*above + 1);
            diagonal = std::mem::replace(above, left);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_letters_that_differ() {
        let cases = [
            ("", "", 0),
            ("a", "", 1),
            ("", "ab", 2),
            ("PROT", "PORT", 2),
            ("LEVL", "LEVEL", 1),
            ("kitten", "sitting", 3),
        ];
        for (from, to, right) in cases {
            assert_eq!((distance(from, to), distance(to, from)), (right, right), "{from} {to}");
        }
    }
}
