use crate::{Config, Upstreams, fanout::Analysers, plan::PARTS};
use enrich_proto::v1::{
    BatchEnrichRequest, BatchEnrichResponse, EnrichItem, EnrichRequest, EnrichResponse,
    EnrichmentServiceGetInfoRequest, EnrichmentServiceGetInfoResponse, EntityServiceGetInfoRequest, Failure,
    LanguageServiceGetInfoRequest, StreamEnd, StreamEnrichRequest, StreamEnrichResponse, TopicServiceGetInfoRequest,
    enrich_item, enrichment_service_server::EnrichmentService, stream_enrich_response,
};
use enrich_runtime::{Analyser, Answer, CallContext, Chassis, analyser, rpc_status};
use std::pin::Pin;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

/// The gRPC face of the fan-out: decode, fan out, encode.
#[derive(Clone, Debug)]
pub struct Adapter {
    analysers: Analysers,
    config: Config,
    chassis: Chassis,
}

impl Adapter {
    pub(crate) fn new(upstreams: &Upstreams, config: &Config, chassis: &Chassis) -> Self {
        let analysers = Analysers::new(upstreams, config, chassis);
        Adapter { analysers, config: config.clone(), chassis: chassis.clone() }
    }

    /// The analysers, as they are asked.
    pub(crate) fn analysers(&self) -> &Analysers {
        &self.analysers
    }

    /// The limits in force, as `GetInfo` tells them to the caller of `request`.
    pub(crate) fn told_limits<T>(&self, request: &Request<T>) -> enrich_proto::v1::Limits {
        let age = self.config.cache_age_max().and_then(|age| prost_types::Duration::try_from(age).ok());
        let cache_bytes_max = self.config.cache_bytes_max;
        enrich_proto::v1::Limits { cache_bytes_max, cache_age_max: age, ..self.limits().to_proto(request) }
    }
}

impl Analyser for Adapter {
    type Question = EnrichRequest;
    type Answer = EnrichResponse;

    fn chassis(&self) -> &Chassis {
        &self.chassis
    }

    fn id(question: &Self::Question) -> &str {
        &question.id
    }

    fn text(question: &Self::Question) -> &str {
        &question.text
    }

    fn is_kept(answer: &Self::Answer) -> bool {
        answer.cached
    }

    async fn answer(&self, question: Self::Question, context: CallContext) -> Result<Self::Answer, Status> {
        self.analysers.enrich(question, &context).await
    }
}

#[tonic::async_trait]
impl EnrichmentService for Adapter {
    async fn enrich(&self, request: Request<EnrichRequest>) -> Result<Response<EnrichResponse>, Status> {
        analyser::unary(self, request).await
    }

    async fn batch_enrich(
        &self,
        request: Request<BatchEnrichRequest>,
    ) -> Result<Response<BatchEnrichResponse>, Status> {
        let results = analyser::batch(self, request.map(|batch| batch.requests)).await?;
        Ok(Response::new(BatchEnrichResponse { results: results.into_iter().map(batch_item).collect() }))
    }

    type StreamEnrichStream = Pin<Box<dyn Stream<Item = Result<StreamEnrichResponse, Status>> + Send>>;

    async fn stream_enrich(
        &self,
        request: Request<Streaming<StreamEnrichRequest>>,
    ) -> Result<Response<Self::StreamEnrichStream>, Status> {
        let question = |item: StreamEnrichRequest| item.request.unwrap_or_default();
        Ok(Response::new(analyser::stream(self, request, question, stream_item)))
    }

    async fn get_info(
        &self,
        request: Request<EnrichmentServiceGetInfoRequest>,
    ) -> Result<Response<EnrichmentServiceGetInfoResponse>, Status> {
        let context = CallContext::of(&request);
        let mut analysers = self.analysers.clone();
        let (language, entities, topics) = tokio::join!(
            analysers.language.get_info(context.request(LanguageServiceGetInfoRequest {})),
            analysers.entities.get_info(context.request(EntityServiceGetInfoRequest {})),
            analysers.topics.get_info(context.request(TopicServiceGetInfoRequest {})),
        );
        let errors = [language.as_ref().err(), entities.as_ref().err(), topics.as_ref().err()];
        let failures = PARTS
            .into_iter()
            .zip(errors)
            .filter_map(|(part, error)| Some(Failure { feature: part.into(), status: Some(rpc_status(error?)) }));
        Ok(Response::new(EnrichmentServiceGetInfoResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            limits: Some(self.told_limits(&request)),
            failures: failures.collect(),
            language: language.ok().map(Response::into_inner),
            entities: entities.ok().map(Response::into_inner),
            topics: topics.ok().map(Response::into_inner),
        }))
    }
}

fn batch_item(result: Result<EnrichResponse, Status>) -> EnrichItem {
    use enrich_item::Result::{Error, Response};
    let result = result.map_or_else(|error| Error(rpc_status(&error)), Response);
    EnrichItem { result: Some(result) }
}

fn stream_item(answer: Answer<EnrichResponse>) -> StreamEnrichResponse {
    use stream_enrich_response::Result::{End, Error, Response};
    let (id, result) = match answer {
        Answer::Item { id, result } => (id, result.map_or_else(|error| Error(rpc_status(&error)), Response)),
        Answer::End { received, answered } => (String::new(), End(StreamEnd { received, answered })),
    };
    StreamEnrichResponse { id, result: Some(result) }
}
