//! Who may import whom. A new edge is a design decision: change this table in the same commit.

use std::process::Command;

/// Crate, then the workspace crates that its library or binary may use.
const FLOORS: &[(&str, &[&str])] = &[
    ("proto", &[]),
    ("core", &[]),
    ("bert", &["core"]),
    ("runtime", &["core", "proto"]),
    ("language", &["core", "proto", "runtime"]),
    ("entities", &["bert", "core", "proto", "runtime"]),
    ("topics", &["core", "proto", "runtime"]),
    ("gateway", &["proto", "runtime"]),
    ("all-in-one", &["bert", "entities", "gateway", "language", "proto", "runtime", "topics"]),
];

#[test]
fn imports_go_down_only() {
    for (name, allowed) in FLOORS {
        let package = format!("enrich-{name}");
        let out = Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--edges", "normal", "--depth", "1", "--prefix", "none", "--format", "{p}"])
            .args(["--package", &package])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let mut found: Vec<String> = String::from_utf8(out.stdout)
            .unwrap()
            .lines()
            .skip(1)
            .filter_map(|line| line.strip_prefix("enrich-")?.split(' ').next().map(str::to_owned))
            .collect();
        found.sort();
        found.dedup();
        assert_eq!(found, *allowed, "{package} imports something it should not (or no longer does)");
    }
}
