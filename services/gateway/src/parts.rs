//! The analysers' own services, at the gateway: each asks for its one part of an enrichment, so that limits, quotas, cache
//! and retries are those of every other call.

use crate::service::Adapter;
use enrich_proto::v1::{
    BatchClassifyTopicsRequest, BatchClassifyTopicsResponse, BatchDetectLanguageRequest, BatchDetectLanguageResponse,
    BatchRecognizeEntitiesRequest, BatchRecognizeEntitiesResponse, ClassifyTopicsItem, ClassifyTopicsRequest,
    ClassifyTopicsResponse, DetectLanguageItem, DetectLanguageRequest, DetectLanguageResponse, EnrichRequest,
    EntityServiceGetInfoRequest, EntityServiceGetInfoResponse, Feature, LanguageServiceGetInfoRequest,
    LanguageServiceGetInfoResponse, RecognizeEntitiesItem, RecognizeEntitiesRequest, RecognizeEntitiesResponse,
    StreamClassifyTopicsRequest, StreamClassifyTopicsResponse, StreamDetectLanguageRequest,
    StreamDetectLanguageResponse, StreamEnd, StreamRecognizeEntitiesRequest, StreamRecognizeEntitiesResponse,
    TopicServiceGetInfoRequest, TopicServiceGetInfoResponse, classify_topics_item, detect_language_item,
    entity_service_server::EntityService, language_service_server::LanguageService, recognize_entities_item,
    stream_classify_topics_response, stream_detect_language_response, stream_recognize_entities_response,
    topic_service_server::TopicService,
};
use enrich_runtime::{Analyser, Answer, CallContext, Chassis, analyser, rpc_status};
use std::pin::Pin;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

/// Asks for the language only.
#[derive(Clone, Debug)]
pub(crate) struct Language(pub(crate) Adapter);

/// Asks for the entities only.
#[derive(Clone, Debug)]
pub(crate) struct Entities(pub(crate) Adapter);

/// Asks for the topics only.
#[derive(Clone, Debug)]
pub(crate) struct Topics(pub(crate) Adapter);

/// An enrichment of which nothing but `part` is wanted.
fn only(part: Feature, rest: EnrichRequest) -> EnrichRequest {
    EnrichRequest { features: vec![part.into()], require: vec![part.into()], ..rest }
}

fn language_of(question: DetectLanguageRequest) -> EnrichRequest {
    let DetectLanguageRequest { id, text, offset_unit, private, options } = question;
    let rest = EnrichRequest { id, text, offset_unit, private, language_options: options, ..Default::default() };
    only(Feature::Language, rest)
}

fn entities_of(question: RecognizeEntitiesRequest) -> EnrichRequest {
    let RecognizeEntitiesRequest { id, text, offset_unit, private, language, options } = question;
    let rest =
        EnrichRequest { id, text, offset_unit, private, language, entity_options: options, ..Default::default() };
    only(Feature::Entities, rest)
}

fn topics_of(question: ClassifyTopicsRequest) -> EnrichRequest {
    let ClassifyTopicsRequest { id, text, offset_unit, private, language, options } = question;
    let rest = EnrichRequest { id, text, offset_unit, private, language, topic_options: options, ..Default::default() };
    only(Feature::Topics, rest)
}

/// The service of one part: its messages differ from those of the others in their names only.
macro_rules! part {
    (
        $part:ident asks $of:ident and answers $field:ident from $upstream:ident,
        $service:ident { $unary:ident($question:ident) -> $answer:ident },
        $batch:ident($batch_request:ident) -> $batch_response:ident of $item:ident in $item_module:ident,
        $stream:ident($stream_request:ident) -> $stream_response:ident as $stream_type:ident in $stream_module:ident,
        $info_request:ident -> $info_response:ident $(,)?
    ) => {
        impl Analyser for $part {
            type Question = $question;
            type Answer = $answer;

            fn chassis(&self) -> &Chassis {
                self.0.chassis()
            }

            fn id(question: &Self::Question) -> &str {
                &question.id
            }

            fn text(question: &Self::Question) -> &str {
                &question.text
            }

            async fn answer(&self, question: Self::Question, context: CallContext) -> Result<Self::Answer, Status> {
                let answer = self.0.answer($of(question), context).await?;
                Ok($answer { id: answer.id, $field: answer.$field, stage_times: answer.stage_times })
            }
        }

        #[tonic::async_trait]
        impl $service for $part {
            async fn $unary(&self, request: Request<$question>) -> Result<Response<$answer>, Status> {
                analyser::unary(self, request).await
            }

            async fn $batch(&self, request: Request<$batch_request>) -> Result<Response<$batch_response>, Status> {
                use $item_module::Result::{Error, Response as Answered};
                let results = analyser::batch(self, request.map(|batch| batch.requests)).await?;
                let results = results.into_iter().map(|result| $item {
                    result: Some(result.map_or_else(|error| Error(rpc_status(&error)), Answered)),
                });
                Ok(Response::new($batch_response { results: results.collect() }))
            }

            type $stream_type = Pin<Box<dyn Stream<Item = Result<$stream_response, Status>> + Send>>;

            async fn $stream(
                &self,
                request: Request<Streaming<$stream_request>>,
            ) -> Result<Response<Self::$stream_type>, Status> {
                use $stream_module::Result::{End, Error, Response as Answered};
                let question = |item: $stream_request| item.request.unwrap_or_default();
                let wrap = |answer| {
                    let (id, result) = match answer {
                        Answer::Item { id, result } => {
                            (id, result.map_or_else(|error| Error(rpc_status(&error)), Answered))
                        }
                        Answer::End { received, answered } => (String::new(), End(StreamEnd { received, answered })),
                    };
                    $stream_response { id, result: Some(result) }
                };
                Ok(Response::new(analyser::stream(self, request, question, wrap)))
            }

            async fn get_info(&self, request: Request<$info_request>) -> Result<Response<$info_response>, Status> {
                let context = CallContext::of(&request);
                let limits = Some(self.0.told_limits(&request));
                let mut upstream = self.0.analysers().$upstream.clone();
                let answer = upstream.get_info(context.request($info_request {})).await?;
                Ok(answer.map(|info| $info_response { limits, ..info }))
            }
        }
    };
}

part! {
    Language asks language_of and answers language from language,
    LanguageService { detect_language(DetectLanguageRequest) -> DetectLanguageResponse },
    batch_detect_language(BatchDetectLanguageRequest) -> BatchDetectLanguageResponse
        of DetectLanguageItem in detect_language_item,
    stream_detect_language(StreamDetectLanguageRequest) -> StreamDetectLanguageResponse
        as StreamDetectLanguageStream in stream_detect_language_response,
    LanguageServiceGetInfoRequest -> LanguageServiceGetInfoResponse,
}

part! {
    Entities asks entities_of and answers entities from entities,
    EntityService { recognize_entities(RecognizeEntitiesRequest) -> RecognizeEntitiesResponse },
    batch_recognize_entities(BatchRecognizeEntitiesRequest) -> BatchRecognizeEntitiesResponse
        of RecognizeEntitiesItem in recognize_entities_item,
    stream_recognize_entities(StreamRecognizeEntitiesRequest) -> StreamRecognizeEntitiesResponse
        as StreamRecognizeEntitiesStream in stream_recognize_entities_response,
    EntityServiceGetInfoRequest -> EntityServiceGetInfoResponse,
}

part! {
    Topics asks topics_of and answers topics from topics,
    TopicService { classify_topics(ClassifyTopicsRequest) -> ClassifyTopicsResponse },
    batch_classify_topics(BatchClassifyTopicsRequest) -> BatchClassifyTopicsResponse
        of ClassifyTopicsItem in classify_topics_item,
    stream_classify_topics(StreamClassifyTopicsRequest) -> StreamClassifyTopicsResponse
        as StreamClassifyTopicsStream in stream_classify_topics_response,
    TopicServiceGetInfoRequest -> TopicServiceGetInfoResponse,
}
