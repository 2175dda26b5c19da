//! The `Date` of responses (RFC 9110, section 6.6.1).

use std::time::{SystemTime, UNIX_EPOCH};

use httpdate::HttpDate;

/// The date of the last response, which is as a rule that of the next one too: it is spelled once a second.
#[derive(Debug, Default)]
pub(crate) struct Date {
    second: u64,
    text: String,
}

impl Date {
    /// The moment as a date.
    pub(crate) fn at(&mut self, now: SystemTime) -> &str {
        let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if self.text.is_empty() || self.second != second {
            (self.second, self.text) = (second, HttpDate::from(now).to_string());
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_date_is_spelled_anew_when_the_second_has_passed() {
        let mut date = Date::default();
        let at = |milliseconds| UNIX_EPOCH + Duration::from_millis(milliseconds);
        assert_eq!(date.at(at(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date.at(at(999)), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date.at(at(1000)), "Thu, 01 Jan 1970 00:00:01 GMT");
    }
}
