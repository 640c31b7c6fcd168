//! Named-entity recognition as a gRPC service: the transformer engine, and the thinking around it.

mod config;
mod convert;
mod recognizer;
mod service;

pub use config::Config;
pub use recognizer::{LoadError, Recognition, Recognizer, Scored};

use enrich_bert::Engine;
use enrich_proto::v1::entity_service_server::{EntityServiceServer, SERVICE_NAME};
use enrich_runtime::{Chassis, Compute, Guard, metrics};

/// What this crate offers: the same value is served on a socket or embedded in a neighbour.
pub type Service = Guard<EntityServiceServer<service::Adapter>>;

/// Loads the model that `config` names and starts its engine. Blocks meanwhile.
///
/// # Errors
/// [`LoadError`] if the folder holds no model that can be run; the message says what to do.
pub fn load(config: &Config) -> Result<Recognizer, LoadError> {
    let engine = Engine::start(&config.entities_model, &config.options())?;
    Recognizer::new(engine, config)
}

/// Builds the service over a loaded model. Reads no environment, opens no socket, spawns no task.
pub fn build(recognizer: Recognizer, compute: Compute, chassis: &Chassis) -> Service {
    let bytes_max = chassis.limits().message_bytes_max;
    metrics::model(SERVICE_NAME, &convert::model(&recognizer));
    let server = EntityServiceServer::new(service::Adapter::new(recognizer, compute, chassis.clone()))
        .max_decoding_message_size(bytes_max)
        .max_encoding_message_size(usize::MAX);
    Guard::new(server, chassis)
}
