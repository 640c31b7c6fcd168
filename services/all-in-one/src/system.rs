//! The whole system in this process: the analysers are embedded, the gateway cannot tell.

use enrich_gateway::Upstreams;
use enrich_runtime::{Chassis, ComputeConfig, Limits, StartError, embed, process};
use tonic::service::Routes;

/// What the system can be told.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) language: enrich_language::Config,
    #[command(flatten)]
    pub(crate) entities: enrich_entities::Config,
    #[command(flatten)]
    pub(crate) topics: enrich_topics::Config,
    #[command(flatten)]
    pub(crate) gateway: enrich_gateway::Config,
    #[command(flatten)]
    pub(crate) compute: ComputeConfig,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// The loaded models and what they share.
pub(crate) struct System {
    chassis: Chassis,
    gateway: enrich_gateway::Config,
    compute: enrich_runtime::Compute,
    detector: enrich_language::Model,
    recognizer: enrich_entities::Recognizer,
    classifier: enrich_topics::Model,
}

impl System {
    /// Loads the models, side by side.
    pub(crate) async fn load(config: Config, chassis: Chassis) -> Result<System, StartError> {
        let Config { language, entities, topics, gateway, compute, limits: _ } = config;
        let (detector, recognizer, classifier) = tokio::try_join!(
            process::load(move || enrich_language::load(&language)),
            process::load(move || enrich_entities::load(&entities)),
            process::load(move || enrich_topics::load(&topics)),
        )?;
        Ok(System { chassis, gateway, compute: compute.build(), detector, recognizer, classifier })
    }

    /// The gateway, called by nobody but this process.
    pub(crate) fn gateway(&self) -> enrich_gateway::Service {
        enrich_gateway::build(&self.upstreams(), &self.gateway, &self.chassis)
    }

    /// Every service, each behind the outer door, for callers who want just one of them.
    pub(crate) fn routes(&self) -> Routes {
        let (compute, chassis) = (&self.compute, &self.chassis);
        Routes::new(self.gateway())
            .add_service(enrich_language::build(self.detector.clone(), compute.clone(), chassis))
            .add_service(enrich_entities::build(self.recognizer.clone(), compute.clone(), chassis))
            .add_service(enrich_topics::build(self.classifier.clone(), compute.clone(), chassis))
    }

    fn upstreams(&self) -> Upstreams {
        let (compute, chassis) = (&self.compute, self.chassis.embedded());
        Upstreams {
            language: embed(enrich_language::build(self.detector.clone(), compute.clone(), &chassis)),
            entities: embed(enrich_entities::build(self.recognizer.clone(), compute.clone(), &chassis)),
            topics: embed(enrich_topics::build(self.classifier.clone(), compute.clone(), &chassis)),
        }
    }
}
