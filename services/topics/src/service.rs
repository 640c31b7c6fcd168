use crate::{Model, convert};
use enrich_proto::v1::{
    BatchClassifyTopicsRequest, BatchClassifyTopicsResponse, ClassifyTopicsItem, ClassifyTopicsRequest,
    ClassifyTopicsResponse, StreamClassifyTopicsRequest, StreamClassifyTopicsResponse, StreamEnd,
    TopicServiceGetInfoRequest, TopicServiceGetInfoResponse, classify_topics_item, stream_classify_topics_response,
    topic_service_server::TopicService,
};
use enrich_runtime::{Analyser, Answer, CallContext, Chassis, Compute, analyser, rpc_status, status};
use std::pin::Pin;
use tokio::time::Instant;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

/// The gRPC face of [`Model`]: decode, think, encode.
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
    type Question = ClassifyTopicsRequest;
    type Answer = ClassifyTopicsResponse;

    fn chassis(&self) -> &Chassis {
        &self.chassis
    }

    fn id(question: &Self::Question) -> &str {
        &question.id
    }

    fn text(question: &Self::Question) -> &str {
        &question.text
    }

    async fn answer(&self, mut question: Self::Question, _context: CallContext) -> Result<Self::Answer, Status> {
        let own = convert::own_topics(&mut question);
        let (query, unit) = convert::query(&question).map_err(status)?;
        let model = self.model.clone();
        let job = move || {
            let begun = Instant::now();
            let verdict = model.classify(&question.text, &query, &own)?;
            Ok(convert::response(question, unit, &verdict, begun.elapsed()))
        };
        self.compute.run(job).await.flatten().map_err(status)
    }
}

#[tonic::async_trait]
impl TopicService for Adapter {
    async fn classify_topics(
        &self,
        request: Request<ClassifyTopicsRequest>,
    ) -> Result<Response<ClassifyTopicsResponse>, Status> {
        analyser::unary(self, request).await
    }

    async fn batch_classify_topics(
        &self,
        request: Request<BatchClassifyTopicsRequest>,
    ) -> Result<Response<BatchClassifyTopicsResponse>, Status> {
        let results = analyser::batch(self, request.map(|batch| batch.requests)).await?;
        Ok(Response::new(BatchClassifyTopicsResponse { results: results.into_iter().map(batch_item).collect() }))
    }

    type StreamClassifyTopicsStream = Pin<Box<dyn Stream<Item = Result<StreamClassifyTopicsResponse, Status>> + Send>>;

    async fn stream_classify_topics(
        &self,
        request: Request<Streaming<StreamClassifyTopicsRequest>>,
    ) -> Result<Response<Self::StreamClassifyTopicsStream>, Status> {
        let question = |item: StreamClassifyTopicsRequest| item.request.unwrap_or_default();
        Ok(Response::new(analyser::stream(self, request, question, stream_item)))
    }

    async fn get_info(
        &self,
        request: Request<TopicServiceGetInfoRequest>,
    ) -> Result<Response<TopicServiceGetInfoResponse>, Status> {
        Ok(Response::new(TopicServiceGetInfoResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            models: vec![self.model.card.clone()],
            limits: Some(self.limits().to_proto(&request)),
            topics: self.model.topics(),
        }))
    }
}

fn batch_item(result: Result<ClassifyTopicsResponse, Status>) -> ClassifyTopicsItem {
    use classify_topics_item::Result::{Error, Response};
    let result = result.map_or_else(|error| Error(rpc_status(&error)), Response);
    ClassifyTopicsItem { result: Some(result) }
}

fn stream_item(answer: Answer<ClassifyTopicsResponse>) -> StreamClassifyTopicsResponse {
    use stream_classify_topics_response::Result::{End, Error, Response};
    let (id, result) = match answer {
        Answer::Item { id, result } => (id, result.map_or_else(|error| Error(rpc_status(&error)), Response)),
        Answer::End { received, answered } => (String::new(), End(StreamEnd { received, answered })),
    };
    StreamClassifyTopicsResponse { id, result: Some(result) }
}
