//! One door in front of the analysers: fans a text out to the language, entity and topic services and joins their
//! answers. It cannot tell whether they run in this process or elsewhere.

mod config;
mod fanout;
mod memo;
mod plan;
mod service;

pub use config::{Config, UpstreamConfig};
use enrich_proto::v1::enrichment_service_server::EnrichmentServiceServer;
use enrich_runtime::{Chassis, Guard, Upstream};

/// Where each analyser lives.
#[derive(Clone, Debug)]
pub struct Upstreams {
    /// The language service.
    pub language: Upstream,
    /// The entity service.
    pub entities: Upstream,
    /// The topic service.
    pub topics: Upstream,
}

/// What this crate offers: the same value is served on a socket or embedded in a neighbour.
pub type Service = Guard<EnrichmentServiceServer<service::Adapter>>;

/// Builds the gateway over its upstreams. Reads no environment, opens no socket, spawns no task.
pub fn build(upstreams: &Upstreams, config: &Config, chassis: &Chassis) -> Service {
    let bytes_max = chassis.limits().message_bytes_max;
    let server = EnrichmentServiceServer::new(service::Adapter::new(upstreams, config, chassis))
        .max_decoding_message_size(bytes_max)
        .max_encoding_message_size(usize::MAX);
    Guard::new(server, chassis)
}
