use crate::{Model, convert};
use enrich_proto::v1::{
    BatchDetectLanguageRequest, BatchDetectLanguageResponse, DetectLanguageItem, DetectLanguageRequest,
    DetectLanguageResponse, LanguageServiceGetInfoRequest, LanguageServiceGetInfoResponse, StreamDetectLanguageRequest,
    StreamDetectLanguageResponse, StreamEnd, detect_language_item, language_service_server::LanguageService,
    stream_detect_language_response,
};
use enrich_runtime::{Analyser, Answer, CallContext, Chassis, Compute, analyser, rpc_status, status};
use std::{pin::Pin, sync::Arc};
use tokio::time::Instant;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

/// The gRPC face of a detector: decode, think, encode.
#[derive(Clone, Debug)]
pub struct Adapter {
    model: Model,
    compute: Compute,
    chassis: Chassis,
}

impl Adapter {
    pub(crate) fn new(model: Model, compute: Compute, chassis: Chassis) -> Self {
        Adapter { model, compute, chassis }
    }
}

impl Analyser for Adapter {
    type Question = DetectLanguageRequest;
    type Answer = DetectLanguageResponse;

    fn chassis(&self) -> &Chassis {
        &self.chassis
    }

    fn id(question: &Self::Question) -> &str {
        &question.id
    }

    fn text(question: &Self::Question) -> &str {
        &question.text
    }

    async fn answer(&self, question: Self::Question, _context: CallContext) -> Result<Self::Answer, Status> {
        let detector = Arc::clone(&self.model.detector);
        let (query, unit) = convert::query(&question, &*detector).map_err(status)?;
        let job = move || {
            let begun = Instant::now();
            let detection = detector.detect(&question.text, &query);
            convert::response(question, unit, detection, begun.elapsed())
        };
        self.compute.run(job).await.map_err(status)
    }
}

#[tonic::async_trait]
impl LanguageService for Adapter {
    async fn detect_language(
        &self,
        request: Request<DetectLanguageRequest>,
    ) -> Result<Response<DetectLanguageResponse>, Status> {
        analyser::unary(self, request).await
    }

    async fn batch_detect_language(
        &self,
        request: Request<BatchDetectLanguageRequest>,
    ) -> Result<Response<BatchDetectLanguageResponse>, Status> {
        let results = analyser::batch(self, request.map(|batch| batch.requests)).await?;
        Ok(Response::new(BatchDetectLanguageResponse { results: results.into_iter().map(batch_item).collect() }))
    }

    type StreamDetectLanguageStream = Pin<Box<dyn Stream<Item = Result<StreamDetectLanguageResponse, Status>> + Send>>;

    async fn stream_detect_language(
        &self,
        request: Request<Streaming<StreamDetectLanguageRequest>>,
    ) -> Result<Response<Self::StreamDetectLanguageStream>, Status> {
        let question = |item: StreamDetectLanguageRequest| item.request.unwrap_or_default();
        Ok(Response::new(analyser::stream(self, request, question, stream_item)))
    }

    async fn get_info(
        &self,
        request: Request<LanguageServiceGetInfoRequest>,
    ) -> Result<Response<LanguageServiceGetInfoResponse>, Status> {
        Ok(Response::new(LanguageServiceGetInfoResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            models: vec![self.model.card.clone()],
            limits: Some(self.limits().to_proto(&request)),
            languages: self.model.detector.languages().iter().map(ToString::to_string).collect(),
        }))
    }
}

fn batch_item(result: Result<DetectLanguageResponse, Status>) -> DetectLanguageItem {
    use detect_language_item::Result::{Error, Response};
    let result = result.map_or_else(|error| Error(rpc_status(&error)), Response);
    DetectLanguageItem { result: Some(result) }
}

fn stream_item(answer: Answer<DetectLanguageResponse>) -> StreamDetectLanguageResponse {
    use stream_detect_language_response::Result::{End, Error, Response};
    let (id, result) = match answer {
        Answer::Item { id, result } => (id, result.map_or_else(|error| Error(rpc_status(&error)), Response)),
        Answer::End { received, answered } => (String::new(), End(StreamEnd { received, answered })),
    };
    StreamDetectLanguageResponse { id, result: Some(result) }
}
