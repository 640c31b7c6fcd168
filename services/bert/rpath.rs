//! Lets programs find libtorch, which they are linked with, and ONNX Runtime, which they open, without any environment.
//!
//! A link argument reaches only the programs of the package that asks for it. So every package with a program or test
//! that runs the engine names this script in its Cargo.toml (`build = "../bert/rpath.rs"`) and depends on `enrich-bert`.

#![expect(clippy::print_stdout, reason = "how a build script speaks to cargo")]

use std::path::{Path, PathBuf};

/// Where cargo puts what the build script of a dependency says: torch-sys to `enrich-bert`, which passes it on.
const SAID_BY: [&str; 2] = ["DEP_TCH_LIBTORCH_LIB", "DEP_ENRICH_BERT_LIBTORCH_LIB"];

/// Where ONNX Runtime is, by `.cargo/config.toml` or the user's word: a folder with `lib`.
const ONNXRUNTIME: &str = "ONNXRUNTIME";

fn main() {
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    println!("cargo::rerun-if-env-changed={ONNXRUNTIME}");
    // A folder with the program and its libraries in `lib` runs wherever it is copied to.
    println!("cargo::rustc-link-arg=-Wl,-rpath,$ORIGIN/lib");
    if let Some(folder) = std::env::var_os(ONNXRUNTIME).map(PathBuf::from) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", lasting(&folder.join("lib")).display());
    }
    let Some(lib) = SAID_BY.iter().find_map(std::env::var_os).map(PathBuf::from) else {
        println!("cargo::warning=without a dependency on enrich-bert its programs will not find libtorch");
        return;
    };
    let lib = lasting(&lib);
    println!("cargo::metadata=libtorch_lib={}", lib.display());
    println!("cargo::rustc-link-arg=-Wl,-rpath,{}", lib.display());
}

/// The folder that a link in the clone points at: the link may go away with the clone.
fn lasting(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}
