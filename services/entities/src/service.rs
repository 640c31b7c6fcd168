use crate::{Recognizer, convert};
use enrich_proto::v1::{
    BatchRecognizeEntitiesRequest, BatchRecognizeEntitiesResponse, EntityServiceGetInfoRequest,
    EntityServiceGetInfoResponse, EntityType, RecognizeEntitiesItem, RecognizeEntitiesRequest,
    RecognizeEntitiesResponse, StreamEnd, StreamRecognizeEntitiesRequest, StreamRecognizeEntitiesResponse,
    entity_service_server::EntityService, recognize_entities_item, stream_recognize_entities_response,
};
use enrich_runtime::{Analyser, Answer, CallContext, Chassis, Compute, analyser, rpc_status, status};
use std::pin::Pin;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

/// The gRPC face of [`Recognizer`]: decode, think, encode.
#[derive(Clone, Debug)]
pub struct Adapter {
    recognizer: Recognizer,
    compute: Compute,
    chassis: Chassis,
}

impl Adapter {
    pub(crate) fn new(recognizer: Recognizer, compute: Compute, chassis: Chassis) -> Self {
        Adapter { recognizer, compute, chassis }
    }
}

impl Analyser for Adapter {
    type Question = RecognizeEntitiesRequest;
    type Answer = RecognizeEntitiesResponse;

    fn chassis(&self) -> &Chassis {
        &self.chassis
    }

    fn id(question: &Self::Question) -> &str {
        &question.id
    }

    fn text(question: &Self::Question) -> &str {
        &question.text
    }

    async fn answer(&self, question: Self::Question, context: CallContext) -> Result<Self::Answer, Status> {
        let query = convert::query(&question).map_err(status)?;
        let told = (question.text, query.language.clone());
        let scored = self.recognizer.score(told, &self.compute, context.deadline()).await.map_err(status)?;
        let answered = self.compute.resume(move || Ok(convert::response(question.id, &query, &scored.decode()?))).await;
        answered.flatten().map_err(status)
    }
}

#[tonic::async_trait]
impl EntityService for Adapter {
    async fn recognize_entities(
        &self,
        request: Request<RecognizeEntitiesRequest>,
    ) -> Result<Response<RecognizeEntitiesResponse>, Status> {
        analyser::unary(self, request).await
    }

    async fn batch_recognize_entities(
        &self,
        request: Request<BatchRecognizeEntitiesRequest>,
    ) -> Result<Response<BatchRecognizeEntitiesResponse>, Status> {
        let results = analyser::batch(self, request.map(|batch| batch.requests)).await?;
        Ok(Response::new(BatchRecognizeEntitiesResponse { results: results.into_iter().map(batch_item).collect() }))
    }

    type StreamRecognizeEntitiesStream =
        Pin<Box<dyn Stream<Item = Result<StreamRecognizeEntitiesResponse, Status>> + Send>>;

    async fn stream_recognize_entities(
        &self,
        request: Request<Streaming<StreamRecognizeEntitiesRequest>>,
    ) -> Result<Response<Self::StreamRecognizeEntitiesStream>, Status> {
        let question = |item: StreamRecognizeEntitiesRequest| item.request.unwrap_or_default();
        Ok(Response::new(analyser::stream(self, request, question, stream_item)))
    }

    async fn get_info(
        &self,
        request: Request<EntityServiceGetInfoRequest>,
    ) -> Result<Response<EntityServiceGetInfoResponse>, Status> {
        Ok(Response::new(EntityServiceGetInfoResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            models: vec![convert::model(&self.recognizer)],
            limits: Some(self.limits().to_proto(&request)),
            types: [EntityType::Person, EntityType::Organization, EntityType::Location].map(i32::from).to_vec(),
            window_tokens_max: u32::try_from(self.recognizer.window_pieces_max()).unwrap_or(u32::MAX),
        }))
    }
}

fn batch_item(result: Result<RecognizeEntitiesResponse, Status>) -> RecognizeEntitiesItem {
    use recognize_entities_item::Result::{Error, Response};
    let result = result.map_or_else(|error| Error(rpc_status(&error)), Response);
    RecognizeEntitiesItem { result: Some(result) }
}

fn stream_item(answer: Answer<RecognizeEntitiesResponse>) -> StreamRecognizeEntitiesResponse {
    use stream_recognize_entities_response::Result::{End, Error, Response};
    let (id, result) = match answer {
        Answer::Item { id, result } => (id, result.map_or_else(|error| Error(rpc_status(&error)), Response)),
        Answer::End { received, answered } => (String::new(), End(StreamEnd { received, answered })),
    };
    StreamRecognizeEntitiesResponse { id, result: Some(result) }
}
