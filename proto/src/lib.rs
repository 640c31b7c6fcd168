//! The contracts of enrich, as Rust: messages, clients and servers generated from `proto/enrich/v1`, and the protobuf
//! JSON mapping of every message. `cargo run -p enrich-proto --example gen` makes `src/gen` anew.

pub mod codec;
pub mod http;
pub mod json;

/// Version 1 of the contracts.
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::too_many_lines,
    reason = "generated; which of these fire is up to the generator"
)]
pub mod v1 {
    include!("gen/enrich.v1.rs");
}

/// The descriptors of every file, encoded: what reflection serves.
pub const DESCRIPTORS: &[u8] = include_bytes!("gen/descriptors.binpb");
