//! The three parts of an answer, side by side.

use crate::{
    Upstreams,
    plan::{self, PARTS, Plan},
};
use enrich_proto::v1::{
    ClassifyTopicsRequest, DetectLanguageRequest, EnrichRequest, EnrichResponse, Failure, Feature,
    RecognizeEntitiesRequest, entity_service_client::EntityServiceClient,
    language_service_client::LanguageServiceClient, topic_service_client::TopicServiceClient,
};
use enrich_runtime::{CallContext, Error, Limits, Upstream, from_rpc_status, rpc_status, status, wire};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Response, Status};

/// Clients of the analysers; a clone shares their connections.
#[derive(Clone, Debug)]
pub(crate) struct Analysers {
    pub(crate) language: LanguageServiceClient<Upstream>,
    pub(crate) entities: EntityServiceClient<Upstream>,
    pub(crate) topics: TopicServiceClient<Upstream>,
}

/// What one part gave, and how long it took.
struct Part<T> {
    result: Result<T, Status>,
    elapsed: Duration,
}

impl Analysers {
    /// An answer may be many times its text, since every mention repeats a piece of it, so it has no limit of its own:
    /// the text has.
    pub(crate) fn new(upstreams: &Upstreams) -> Self {
        let unbounded = usize::MAX;
        Analysers {
            language: LanguageServiceClient::new(upstreams.language.clone()).max_decoding_message_size(unbounded),
            entities: EntityServiceClient::new(upstreams.entities.clone()).max_decoding_message_size(unbounded),
            topics: TopicServiceClient::new(upstreams.topics.clone()).max_decoding_message_size(unbounded),
        }
    }

    /// Enriches one text.
    ///
    /// # Errors
    /// The caller's mistake, whichever part finds it; the status of a required part that failed; the first part's
    /// status where all failed. Otherwise a failed part stands in `failures`.
    pub(crate) async fn enrich(
        &self,
        request: EnrichRequest,
        limits: &Limits,
        context: &CallContext,
    ) -> Result<EnrichResponse, Status> {
        limits.check(&request.id, &request.text).map_err(status)?;
        wire::known_language(&request.language).map_err(status)?;
        let plan = Plan::of(&request).map_err(status)?;
        let (language, entities, topics) = tokio::join!(
            part(plan.wants(Feature::Language), context, || {
                let (mut client, call) = (self.language.clone(), context.request(language_request(&request)));
                async move { client.detect_language(call).await }
            }),
            part(plan.wants(Feature::Entities), context, || {
                let (mut client, call) = (self.entities.clone(), context.request(entity_request(&request)));
                async move { client.recognize_entities(call).await }
            }),
            part(plan.wants(Feature::Topics), context, || {
                let (mut client, call) = (self.topics.clone(), context.request(topic_request(&request)));
                async move { client.classify_topics(call).await }
            }),
        );
        let mut answer = EnrichResponse { id: request.id, ..Default::default() };
        answer.language = note(&mut answer, Feature::Language, language).and_then(|part| part.language);
        answer.entities = note(&mut answer, Feature::Entities, entities).and_then(|part| part.entities);
        answer.topics = note(&mut answer, Feature::Topics, topics).and_then(|part| part.topics);
        verdict(answer, &plan)
    }
}

/// Runs one part until it answers or the time kept back for the caller's answer begins.
async fn part<T, F>(wanted: bool, context: &CallContext, call: impl FnMut() -> F) -> Option<Part<T>>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    if !wanted {
        return None;
    }
    let started = Instant::now();
    let call = context.patiently(call);
    let result = match context.upstream_deadline() {
        Some(deadline) => timeout_at(deadline, call).await.unwrap_or_else(|_| Err(status(Error::DeadlineExceeded))),
        None => call.await,
    };
    Some(Part { result: result.map(Response::into_inner), elapsed: started.elapsed() })
}

/// Writes down how long the part took and, if it failed, why.
fn note<T>(answer: &mut EnrichResponse, feature: Feature, part: Option<Part<T>>) -> Option<T> {
    let part = part?;
    answer.stage_times.push(wire::stage_time(plan::name(feature), part.elapsed));
    match part.result {
        Ok(result) => Some(result),
        Err(error) => {
            answer.failures.push(Failure { feature: feature.into(), status: Some(rpc_status(&error)) });
            None
        }
    }
}

/// Whether what was given is an answer.
fn verdict(mut answer: EnrichResponse, plan: &Plan) -> Result<EnrichResponse, Status> {
    let asked = PARTS.into_iter().filter(|part| plan.wants(*part)).count();
    let all_failed = answer.failures.len() == asked;
    let fatal = answer.failures.iter().position(|failure| {
        all_failed || plan.requires(failure.feature()) || failure.status.as_ref().is_some_and(callers_mistake)
    });
    match fatal {
        Some(place) => Err(from_rpc_status(answer.failures.swap_remove(place).status.unwrap_or_default())),
        None => Ok(answer),
    }
}

/// Whether trying again without changing the request is in vain: then the whole call says so, or the caller would have
/// to look for its own mistake among the failures.
fn callers_mistake(status: &tonic_types::Status) -> bool {
    Code::from_i32(status.code) == Code::InvalidArgument
}

fn language_request(request: &EnrichRequest) -> DetectLanguageRequest {
    DetectLanguageRequest {
        id: String::new(),
        text: request.text.clone(),
        offset_unit: request.offset_unit,
        private: request.private,
        options: request.language_options.clone(),
    }
}

fn entity_request(request: &EnrichRequest) -> RecognizeEntitiesRequest {
    RecognizeEntitiesRequest {
        id: String::new(),
        text: request.text.clone(),
        offset_unit: request.offset_unit,
        private: request.private,
        language: request.language.clone(),
        options: request.entity_options.clone(),
    }
}

fn topic_request(request: &EnrichRequest) -> ClassifyTopicsRequest {
    ClassifyTopicsRequest {
        id: String::new(),
        text: request.text.clone(),
        offset_unit: request.offset_unit,
        private: request.private,
        language: request.language.clone(),
        options: request.topic_options.clone(),
    }
}
