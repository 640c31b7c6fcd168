//! Brings the system up for the tests, in either wiring, with the shipped models.

pub mod settings;

use clap::Parser;
use enrich_entities::Recognizer;
use enrich_gateway::{Config, Upstreams};
use enrich_proto::v1::{
    enrichment_service_client::EnrichmentServiceClient, entity_service_client::EntityServiceClient,
    language_service_client::LanguageServiceClient, topic_service_client::TopicServiceClient,
};
use enrich_runtime::{Chassis, ComputeConfig, Limits, Server, ServerConfig, StartError, Upstream, dial, embed};
use std::{
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, PoisonError},
};
use tonic::service::Routes;

/// How the four services find each other.
#[derive(Clone, Copy, Debug)]
pub enum Wiring {
    /// All in this process, calling each other directly.
    Embedded,
    /// Each behind a socket of its own.
    Dialled,
}

/// The running system: a client of each service.
#[derive(Clone, Debug)]
pub struct System {
    /// The gateway.
    pub gateway: EnrichmentServiceClient<Upstream>,
    /// The language service, as the gateway finds it.
    pub language: LanguageServiceClient<Upstream>,
    /// The entity service, as the gateway finds it.
    pub entities: EntityServiceClient<Upstream>,
    /// The topic service, as the gateway finds it.
    pub topics: TopicServiceClient<Upstream>,
    /// What the gateway talks through; for calls that no generated client would make.
    pub door: Upstream,
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("..")).to_owned()
}

#[derive(Debug, Parser)]
struct Models {
    #[command(flatten)]
    language: enrich_language::Config,
    #[command(flatten)]
    entities: enrich_entities::Config,
    #[command(flatten)]
    topics: enrich_topics::Config,
}

struct Shipped {
    language: enrich_language::Model,
    entities: Mutex<Recognizer>,
    topics: enrich_topics::Model,
}

/// The shipped models, loaded once for all tests of a process. Where they cannot be loaded, every test says why.
static MODELS: LazyLock<Result<Shipped, String>> = LazyLock::new(|| {
    let mut config = Models::parse_from(["tests"]);
    config.language.language_model = root().join("models/language");
    config.entities.entities_model = root().join("models/entities");
    config.topics.topics_model = root().join("models/topics");
    let language = enrich_language::load(&config.language).map_err(|error| error.to_string())?;
    let entities = enrich_entities::load(&config.entities).map_err(|error| error.to_string())?;
    let topics = enrich_topics::load(&config.topics).map_err(|error| error.to_string())?;
    Ok(Shipped { language, entities: Mutex::new(entities), topics })
});

/// The shipped language detector.
///
/// # Errors
/// Why it could not be loaded.
pub fn detector() -> Result<enrich_language::Model, String> {
    MODELS.as_ref().map(|shipped| shipped.language.clone()).map_err(Clone::clone)
}

/// The shipped entity model.
///
/// # Errors
/// Why it could not be loaded.
pub fn recognizer() -> Result<Recognizer, String> {
    Ok(MODELS.as_ref()?.entities.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

/// The shipped entity model on the engine that `--entities-engine` calls so, loaded anew.
///
/// # Errors
/// Why it could not be loaded.
pub fn recognizer_on(engine: &str) -> Result<Recognizer, enrich_entities::LoadError> {
    let mut config = Models::parse_from(["tests", "--entities-engine", engine]);
    config.entities.entities_model = root().join("models/entities");
    enrich_entities::load(&config.entities)
}

/// The shipped topic model.
///
/// # Errors
/// Why it could not be loaded.
pub fn classifier() -> Result<enrich_topics::Model, String> {
    MODELS.as_ref().map(|shipped| shipped.topics.clone()).map_err(Clone::clone)
}

/// The shipped topic model, with the own topics that `file` defines, relative to the project's root.
///
/// # Errors
/// Why they could not be loaded.
pub fn classifier_with(file: &str) -> Result<enrich_topics::Model, enrich_topics::LoadError> {
    let topics_model = root().join("models/topics");
    enrich_topics::load(&enrich_topics::Config { topics_model, own_topics: Some(root().join(file)) })
}

/// Serves `routes` on a free port until the test ends, and dials it.
///
/// # Errors
/// [`StartError`] if no port can be had.
pub async fn listen(routes: Routes, chassis: &Chassis) -> Result<Upstream, StartError> {
    let config = ServerConfig { listen: ([127, 0, 0, 1], 0).into(), ..ServerConfig::default() };
    let server = Server::new(config, chassis, &[]).bind().await?;
    let address = server.local_addr();
    tokio::spawn(server.serve(routes, std::future::pending()));
    let uri = tonic::transport::Uri::try_from(format!("http://{address}"));
    dial(uri.map_err(|error| StartError::Load(error.into()))?)
}

impl System {
    /// Starts the system with `limits` in every process of it.
    ///
    /// # Errors
    /// Why a model could not be loaded or a port not be had.
    pub async fn start(wiring: Wiring, limits: Limits) -> Result<System, Box<dyn std::error::Error + Send + Sync>> {
        System::start_with(wiring, limits, classifier()?).await
    }

    /// Starts the system with `classifier` as its topic model.
    ///
    /// # Errors
    /// Why the entity model could not be loaded or a port not be had.
    pub async fn start_with(
        wiring: Wiring,
        limits: Limits,
        classifier: enrich_topics::Model,
    ) -> Result<System, Box<dyn std::error::Error + Send + Sync>> {
        let compute = ComputeConfig::default().build();
        let (detector, recognizer) = (detector()?, recognizer()?);
        let upstreams = match wiring {
            Wiring::Embedded => {
                let chassis = Chassis::new(limits.clone()).embedded();
                Upstreams {
                    language: embed(enrich_language::build(detector, compute.clone(), &chassis)),
                    entities: embed(enrich_entities::build(recognizer, compute.clone(), &chassis)),
                    topics: embed(enrich_topics::build(classifier, compute, &chassis)),
                }
            }
            Wiring::Dialled => {
                let chassis = || Chassis::new(limits.clone());
                let (a, b, c) = (chassis(), chassis(), chassis());
                Upstreams {
                    language: listen(Routes::new(enrich_language::build(detector, compute.clone(), &a)), &a).await?,
                    entities: listen(Routes::new(enrich_entities::build(recognizer, compute.clone(), &b)), &b).await?,
                    topics: listen(Routes::new(enrich_topics::build(classifier, compute, &c)), &c).await?,
                }
            }
        };
        System::over(wiring, limits, &Config::default(), upstreams).await
    }

    /// Starts a gateway over `upstreams`.
    ///
    /// # Errors
    /// Why a port could not be had.
    pub async fn over(
        wiring: Wiring,
        limits: Limits,
        config: &Config,
        upstreams: Upstreams,
    ) -> Result<System, Box<dyn std::error::Error + Send + Sync>> {
        let chassis = Chassis::new(limits);
        let gateway = enrich_gateway::build(&upstreams, config, &chassis);
        let door = match wiring {
            Wiring::Embedded => embed(gateway),
            Wiring::Dialled => listen(Routes::new(gateway), &chassis).await?,
        };
        Ok(System {
            gateway: EnrichmentServiceClient::new(door.clone()).max_decoding_message_size(usize::MAX),
            language: LanguageServiceClient::new(upstreams.language),
            entities: EntityServiceClient::new(upstreams.entities).max_decoding_message_size(usize::MAX),
            topics: TopicServiceClient::new(upstreams.topics),
            door,
        })
    }
}
