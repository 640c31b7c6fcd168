//! Writes the generated half of the crate into the folder named, `proto/src/gen` by default. Needs no `protoc`:
//! protox parses the files.
use prost_reflect::prost::Message;
use std::{error::Error, fs, io::ErrorKind, path::PathBuf};

const FILES: [&str; 6] = [
    "enrich/v1/common.proto",
    "enrich/v1/enrichment_service.proto",
    "enrich/v1/entity_service.proto",
    "enrich/v1/language_service.proto",
    "enrich/v1/topic_service.proto",
    // Not used by any message here, but what the details of a google.rpc.Status hold: needed to print them.
    "google/rpc/error_details.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let out = std::env::args_os().nth(1).map_or_else(|| root.join("src/gen"), PathBuf::from);
    fs::create_dir_all(&out)?;
    let set = protox::compile(FILES, [root.clone(), root.join("third_party")])?;
    fs::write(out.join("descriptors.binpb"), without_comments(&set).encode_to_vec())?;
    // The JSON mapping finds a message's descriptor by its name.
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    // Equal messages encode to equal bytes: the gateway's cache is keyed by them.
    config.btree_map(["."]);
    tonic_prost_build::configure()
        .out_dir(&out)
        .extern_path(".google.rpc", "::tonic_types::pb")
        .codec_path("crate::codec::Codec")
        .compile_fds_with_config(set, config)?;
    // What prost writes of the extern package is an empty module.
    fs::remove_file(out.join("google.rpc.rs")).or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    Ok(())
}

/// Reflection and the JSON mapping need the names, not the comments, which are two thirds of the bytes.
fn without_comments(set: &prost_types::FileDescriptorSet) -> prost_types::FileDescriptorSet {
    let mut set = set.clone();
    for file in &mut set.file {
        file.source_code_info = None;
    }
    set
}
