//! Topic classification as a gRPC service.

mod config;
mod convert;
mod folder;
mod model;
mod service;

pub use config::Config;
pub use folder::{LoadError, load};
pub use model::Model;

use enrich_proto::v1::topic_service_server::{SERVICE_NAME, TopicServiceServer};
use enrich_runtime::{Chassis, Compute, Guard, metrics};

/// What this crate offers: the same value is served on a socket or embedded in a neighbour.
pub type Service = Guard<TopicServiceServer<service::Adapter>>;

/// Builds the service over a loaded model. Reads no environment, opens no socket, spawns no task.
pub fn build(model: Model, compute: Compute, chassis: &Chassis) -> Service {
    let bytes_max = chassis.limits().message_bytes_max;
    metrics::model(SERVICE_NAME, &model.card);
    let server = TopicServiceServer::new(service::Adapter::new(model, compute, chassis.clone()))
        .max_decoding_message_size(bytes_max)
        .max_encoding_message_size(usize::MAX);
    Guard::new(server, chassis)
}
