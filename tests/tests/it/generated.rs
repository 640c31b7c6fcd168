//! What is generated is current.

use std::{fs, path::Path, process::Command};

#[test]
fn generated_rust_is_what_the_proto_files_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let fresh = tempfile::tempdir().unwrap();
    let out = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--release", "--package", "enrich-proto", "--example", "gen", "--"])
        .arg(fresh.path())
        .current_dir(root)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    for file in ["enrich.v1.rs", "descriptors.binpb"] {
        let made = fs::read(fresh.path().join(file)).unwrap();
        let kept = fs::read(root.join("proto/src/gen").join(file)).unwrap();
        assert!(made == kept, "proto/src/gen/{file} is stale: run `cargo run --release -p enrich-proto --example gen`");
    }
}

#[test]
fn the_tables_of_settings_are_what_the_code_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let shown = fs::read_to_string(root.join("docs/operations.md")).unwrap();
    for table in [enrich_tests::settings::table(), enrich_tests::settings::constants().unwrap()] {
        assert!(
            shown.contains(&table),
            "a table in docs/operations.md is stale: `cargo run --release -p enrich-tests --example settings` prints it"
        );
    }
}

#[test]
fn the_openapi_document_is_what_the_proto_files_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let fresh = tempfile::NamedTempFile::new().unwrap();
    let out = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--release", "--package", "enrich-proto", "--example", "openapi", "--"])
        .arg(fresh.path())
        .current_dir(root)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let made: serde_json::Value = serde_json::from_slice(&fs::read(fresh.path()).unwrap()).unwrap();
    let kept: serde_json::Value = serde_json::from_str(enrich_proto::http::OPENAPI).unwrap();
    assert!(made == kept, "docs/openapi.json is stale: run `cargo run --release -p enrich-proto --example openapi`");
}
