//! House rules that no compiler checks.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const LINES_MAX: usize = 500;
const BLOB_BYTES_MAX: u64 = 1 << 20;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files of the project, relative to its root, as git knows them; in an archive without git, every file but what is
/// built.
fn files() -> Vec<String> {
    let out = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    match out {
        Ok(out) if out.status.success() => String::from_utf8(out.stdout)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .filter(|f| root().join(f).is_file())
            .collect(),
        _ => walk(&root(), ""),
    }
}

fn walk(folder: &Path, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if matches!(name.as_str(), "target" | "dist" | ".libtorch" | ".onnxruntime" | "__pycache__" | ".git")
            || name.starts_with(".python")
        {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            found.extend(walk(&entry.path(), &format!("{path}/")));
        } else {
            found.push(path);
        }
    }
    found
}

/// Sources written by hand, with their text.
fn sources() -> Vec<(String, String)> {
    files()
        .into_iter()
        .filter(|file| [".rs", ".py", ".proto", ".toml", ".md"].iter().any(|end| file.ends_with(end)))
        .filter(|file| !file.contains("/gen/") && !file.contains("third_party/"))
        .filter(|file| !file.starts_with("clients/python/src/enrich/v1/"))
        .map(|file| (file.clone(), fs::read_to_string(root().join(&file)).unwrap()))
        .collect()
}

#[test]
fn files_stay_small_enough_to_see() {
    for (file, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX || file.ends_with(".toml"), "{file} has {lines} lines; the limit is {LINES_MAX}");
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file passes its own test.
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X"].concat()];
    for (file, text) in sources() {
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{file} says {mark}");
        }
    }
}

#[test]
fn statuses_are_made_in_one_place() {
    let made = [
        "Status::new(",
        "Status::internal(",
        "Status::invalid_argument(",
        "Status::unavailable(",
        "Status::unimplemented(",
    ];
    for (file, text) in sources() {
        if !file.starts_with("services/") || file.starts_with("services/runtime/") || !file.ends_with(".rs") {
            continue;
        }
        for call in made {
            assert!(!text.contains(call), "{file} makes a status by {call}..): return a core error instead");
        }
    }
}

#[test]
fn big_files_are_models() {
    for file in files() {
        let bytes = fs::metadata(root().join(&file)).unwrap().len();
        let home = file.starts_with("models/") || file.starts_with("training/checkpoints/");
        assert!(
            bytes <= BLOB_BYTES_MAX || home,
            "{file} is {bytes} bytes; outside models/ the limit is {BLOB_BYTES_MAX}"
        );
    }
}

#[test]
fn the_top_level_is_the_designed_one() {
    let folders = [".cargo", ".ci", "clients", "docs", "helm", "models", "proto", "services", "tests", "training"];
    for file in files() {
        if let Some((top, _)) = file.split_once('/') {
            assert!(folders.contains(&top), "{file} stands in a folder that the design does not have");
        }
    }
}
