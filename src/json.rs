//! JSON in: takes the members of an object one by one, and tells everything that is wrong with them at once.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::problem::Problem;

/// The members of a JSON object that have not been taken yet.
///
/// ```
/// # fn main() -> Result<(), mote::problem::Problem> {
/// let mut object = mote::json::Object::parse(br#"{"author":"Seneca","year":62}"#)?;
/// let author = object.text("author", 1..=100);
/// let year = object.integer("year", -3000..=3000);
/// object.finish()?;
/// assert_eq!((author.as_str(), year), ("Seneca", 62));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Object {
    members: Map<String, Value>,
    problem: Problem,
}

impl Object {
    /// Reads a whole body. Of a name that comes twice the last value counts.
    ///
    /// # Errors
    /// 400 where it is not JSON, or is nested deeper than 128 levels; 422 where it is not an object.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => {
                Ok(Self { members, problem: Problem::new(422, "some members are not valid") })
            }
            Ok(_) => Err(Problem::new(422, "the body has to be a JSON object")),
            Err(error) => Err(Problem::new(400, format!("the body is not valid JSON: {error}"))),
        }
    }

    /// Takes a text by its length in characters. Where it is wrong the text is empty, and [`Self::finish`] fails.
    pub fn text(&mut self, name: &str, length: RangeInclusive<usize>) -> String {
        match self.take(name) {
            Some(Value::String(text)) if length.contains(&text.chars().count()) => text,
            _ => {
                self.reject(name, format_args!("has to be text of {} to {} characters", length.start(), length.end()));
                String::new()
            }
        }
    }

    /// Takes a whole number. Where it is wrong the number is 0, and [`Self::finish`] fails.
    pub fn integer(&mut self, name: &str, range: RangeInclusive<i64>) -> i64 {
        match self.take(name).and_then(|value| value.as_i64()) {
            Some(number) if range.contains(&number) => number,
            _ => {
                self.reject(name, format_args!("has to be a whole number from {} to {}", range.start(), range.end()));
                0
            }
        }
    }

    /// Takes any value, to be checked by the handler itself.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    /// Says what is wrong with a member.
    pub fn reject(&mut self, name: &str, detail: impl Display) {
        self.problem.add_error(name, &detail.to_string());
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// 422 with each member that is wrong or was not taken.
    pub fn finish(mut self) -> Result<(), Problem> {
        for name in self.members.keys() {
            self.problem.add_error(name, "is not known here");
        }
        if self.problem.has_errors() { Err(self.problem) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(body: &str) -> Vec<String> {
        let mut object = Object::parse(body.as_bytes()).unwrap();
        object.text("author", 1..=3);
        object.integer("year", 0..=9);
        let Err(problem) = object.finish() else { return Vec::new() };
        let value: Value = serde_json::from_str(&problem.body()).unwrap();
        assert_eq!(value["status"], 422);
        let errors = value["errors"].as_array().unwrap().iter();
        errors
            .map(|error| format!("{} {}", error["pointer"].as_str().unwrap(), error["detail"].as_str().unwrap()))
            .collect()
    }

    #[test]
    fn every_wrong_member_is_named() {
        assert_eq!(errors(r#"{"author":"üüü","year":9}"#), [""; 0]);
        let author = "#/author has to be text of 1 to 3 characters";
        let year = "#/year has to be a whole number from 0 to 9";
        for wrong in
            ["{}", r#"{"author":"","year":10}"#, r#"{"author":"abcd","year":1.5}"#, r#"{"author":7,"year":"7"}"#]
        {
            assert_eq!(errors(wrong), [author, year], "{wrong}");
        }
        assert_eq!(errors(r#"{"author":"a","year":1,"x":2}"#), ["#/x is not known here"]);
    }

    #[test]
    fn what_is_not_json_is_400_and_what_is_no_object_is_422() {
        let deep = "[".repeat(100_000);
        for bad in ["", "{", "{\"a\":1,}", "{} {}", deep.as_str()] {
            assert_eq!(Object::parse(bad.as_bytes()).unwrap_err().status(), 400, "{bad:.9}");
        }
        assert_eq!(Object::parse(b"{\"a\":\"\xff\"}").unwrap_err().status(), 400);
        for other in ["[]", "null", "\"{}\"", "1"] {
            assert_eq!(Object::parse(other.as_bytes()).unwrap_err().status(), 422, "{other}");
        }
    }
}
