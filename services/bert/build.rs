//! Lets programs find libtorch without any environment.
//!
//! A link argument reaches only the programs of the package that asks for it. So every package with a program or test
//! that runs the engine names this script in its Cargo.toml (`build = "../bert/build.rs"`) and depends on `enrich-bert`.

use std::path::PathBuf;

/// Where cargo puts what the build script of a dependency says: torch-sys to `enrich-bert`, which passes it on.
const SAID_BY: [&str; 2] = ["DEP_TCH_LIBTORCH_LIB", "DEP_ENRICH_BERT_LIBTORCH_LIB"];

fn main() {
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    let Some(lib) = SAID_BY.iter().find_map(std::env::var_os).map(PathBuf::from) else {
        println!("cargo::warning=without a dependency on enrich-bert its programs will not find libtorch");
        return;
    };
    // The link in the clone may go away with the clone; the folder that it points at stays.
    let lib = lib.canonicalize().unwrap_or(lib);
    println!("cargo::metadata=libtorch_lib={}", lib.display());
    // A folder with the program and its libraries in `lib` runs wherever it is copied to.
    println!("cargo::rustc-link-arg=-Wl,-rpath,$ORIGIN/lib");
    println!("cargo::rustc-link-arg=-Wl,-rpath,{}", lib.display());
}
