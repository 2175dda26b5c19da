//! What is logged of a text that a client sent.

use gateway::AccessRecord;

use crate::target;

/// Longest part of a text from a client that is logged, in characters.
const MAX_TEXT: usize = 256;

/// A path for a log: without its query, which may hold secrets.
pub(super) fn path<'a>(record: &AccessRecord<'a>) -> &'a str {
    target::path(record.target)
}

/// At most so many characters as are logged.
pub(super) fn cut(text: &str) -> &str {
    text.char_indices().nth(MAX_TEXT).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}
