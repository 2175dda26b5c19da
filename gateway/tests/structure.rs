//! Which file may use which: a request walks one way, and no two files use each other.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each file of the crate uses of the crate, both by their paths without `.rs`.
type Uses = BTreeMap<String, BTreeSet<String>>;

#[test]
fn http1_is_pure() {
    for (file, used) in uses().into_iter().filter(|(file, _)| file.starts_with("http1/")) {
        let allowed = |path: &String| path.starts_with("http1/") || ["limits", "rejection"].contains(&path.as_str());
        assert!(used.iter().all(allowed), "{file} uses {used:?}");
        let text = fs::read_to_string(source().join(format!("{file}.rs"))).unwrap();
        assert!(!text.contains("mio::") && !text.contains("TcpStream"), "{file} does I/O");
    }
}

#[test]
fn only_what_starts_and_runs_the_event_loop_knows_both_sides() {
    for (file, used) in uses() {
        let knows = |side: &str| file.starts_with(side) || used.iter().any(|path| path.starts_with(side));
        let both = knows("downstream/") && knows("upstream/");
        assert!(!both || ["event_loop", "gateway"].contains(&file.as_str()), "{file} uses {used:?}");
    }
}

#[test]
fn there_is_no_circle_of_files() {
    let mut left = uses();
    // A file that uses none that is left is in no circle.
    while let Some(file) = left.iter().find(|(_, used)| !used.iter().any(|path| left.contains_key(path))) {
        let file = file.0.clone();
        left.remove(&file);
    }
    assert!(left.is_empty(), "these use each other: {left:?}");
}

#[test]
fn no_type_has_an_impl_outside_its_file() {
    let texts: Vec<_> = files(&source()).into_iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for text in &texts {
        for line in text.lines().filter_map(|line| line.strip_prefix("impl")).filter(|line| !line.contains(" for ")) {
            let name = line.rsplit_once(" {").unwrap().0.rsplit(' ').next().unwrap();
            let name = name.split('<').next().unwrap();
            let here = ["struct", "enum"].iter().any(|kind| text.contains(&format!("{kind} {name}")));
            assert!(here, "impl of {name} outside its file");
        }
    }
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn uses() -> Uses {
    let all: BTreeMap<_, _> = files(&source()).into_iter().map(|path| (name(&path), path)).collect();
    assert!(all.len() > 20, "only {} files were found", all.len());
    let read = |path: &PathBuf| used(&fs::read_to_string(path).unwrap(), &all);
    all.iter().filter(|(name, _)| *name != "lib").map(|(name, path)| (name.clone(), read(path))).collect()
}

/// The files that are named by `crate::` paths, longest first.
fn used(text: &str, all: &BTreeMap<String, PathBuf>) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| line.starts_with("use crate::"));
    let paths = lines.map(|line| line["use crate::".len()..].replace("::", "/"));
    let file = |path: String| {
        let names =
            all.keys().filter(|name| path.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(['/', ';'])));
        names.max_by_key(|name| name.len()).cloned().or_else(|| {
            let (folder, rest) = path.split_once('{')?;
            let part = rest.split([',', ':', '}']).next()?;
            all.keys().find(|name| **name == format!("{folder}{part}")).cloned()
        })
    };
    paths.map(|path| file(path.clone()).unwrap_or_else(|| panic!("no file for {path}"))).collect()
}

fn name(path: &Path) -> String {
    path.strip_prefix(source()).unwrap().with_extension("").to_str().unwrap().to_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let nested = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    nested.filter(|path| path.file_name().is_none_or(|name| name != "mod.rs")).collect()
}
