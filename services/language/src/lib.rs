//! Language detection as a gRPC service.

mod config;
mod convert;
mod model;
mod service;

pub use config::Config;
pub use model::{Model, load};

use enrich_proto::v1::language_service_server::{LanguageServiceServer, SERVICE_NAME};
use enrich_runtime::{Chassis, Compute, Guard, metrics};

/// What this crate offers: the same value is served on a socket or embedded in a neighbour.
pub type Service = Guard<LanguageServiceServer<service::Adapter>>;

/// Builds the service over a loaded detector. Reads no environment, opens no socket, spawns no task.
pub fn build(model: Model, compute: Compute, chassis: &Chassis) -> Service {
    let bytes_max = chassis.limits().message_bytes_max;
    metrics::model(SERVICE_NAME, &model.card);
    let adapter = service::Adapter::new(model, compute, chassis.clone());
    let server =
        LanguageServiceServer::new(adapter).max_decoding_message_size(bytes_max).max_encoding_message_size(usize::MAX);
    Guard::new(server, chassis)
}
