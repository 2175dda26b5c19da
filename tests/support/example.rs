//! Builds an example of this workspace.

use std::process::Command;

/// Gives the path of the program. Cargo builds examples only when all tests are asked for, so a run of one test sees to it itself.
pub(crate) fn build(package: &str, name: &str) -> String {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", package, "--example", name, "--message-format", "json"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let output = build.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let values = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut programs = values.filter_map(|value| value["executable"].as_str().map(str::to_owned));
    programs.next().expect("cargo names what it built")
}
