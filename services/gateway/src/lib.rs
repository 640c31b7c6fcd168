//! One door in front of the analysers: fans a text out to the language, entity and topic services and joins their
//! answers. It cannot tell whether they run in this process or elsewhere.

mod config;
mod fanout;
mod memo;
pub mod page;
mod parts;
mod plan;
mod service;

pub use config::{Config, UpstreamConfig};
use enrich_proto::v1::{
    enrichment_service_server::{self, EnrichmentServiceServer},
    entity_service_server::{self, EntityServiceServer},
    language_service_server::{self, LanguageServiceServer},
    topic_service_server::{self, TopicServiceServer},
};
use enrich_runtime::{Chassis, Guard, Upstream};
use tonic::service::Routes;

/// The full names of the services that [`routes`] serves.
pub const NAMES: &[&str] = &[
    enrichment_service_server::SERVICE_NAME,
    entity_service_server::SERVICE_NAME,
    language_service_server::SERVICE_NAME,
    topic_service_server::SERVICE_NAME,
];

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
    over(service::Adapter::new(upstreams, config, chassis), chassis)
}

fn over(adapter: service::Adapter, chassis: &Chassis) -> Service {
    let bytes_max = chassis.limits().message_bytes_max;
    let server = EnrichmentServiceServer::new(adapter)
        .max_decoding_message_size(bytes_max)
        .max_encoding_message_size(usize::MAX);
    Guard::new(server, chassis)
}

/// The gateway, and beside it the services of its parts, for callers who want just one of them: what a process of its own
/// serves.
pub fn routes(upstreams: &Upstreams, config: &Config, chassis: &Chassis) -> Routes {
    let adapter = service::Adapter::new(upstreams, config, chassis);
    let bytes_max = chassis.limits().message_bytes_max;
    let language = LanguageServiceServer::new(parts::Language(adapter.clone()))
        .max_decoding_message_size(bytes_max)
        .max_encoding_message_size(usize::MAX);
    let entities = EntityServiceServer::new(parts::Entities(adapter.clone()))
        .max_decoding_message_size(bytes_max)
        .max_encoding_message_size(usize::MAX);
    let topics = TopicServiceServer::new(parts::Topics(adapter.clone()))
        .max_decoding_message_size(bytes_max)
        .max_encoding_message_size(usize::MAX);
    Routes::new(over(adapter, chassis))
        .add_service(Guard::new(language, chassis))
        .add_service(Guard::new(entities, chassis))
        .add_service(Guard::new(topics, chassis))
}
