//! The three parts of an answer, side by side.

use crate::{
    Config, Upstreams,
    memo::{Fragment, Memo, TextHash, Work},
    plan::{self, PARTS, Plan},
};
use enrich_proto::v1::{
    ClassifyTopicsRequest, DetectLanguageRequest, EnrichRequest, EnrichResponse, Failure, Feature,
    RecognizeEntitiesRequest, enrichment_service_server::SERVICE_NAME, entity_service_client::EntityServiceClient,
    language_service_client::LanguageServiceClient, topic_service_client::TopicServiceClient,
};
use enrich_runtime::{
    CallContext, Chassis, Error, Retries, Upstream, from_rpc_status, rpc_status, status, upstream::settle, wire,
};
use prost::Message;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Request, Status};

/// Clients of the analysers; a clone shares their connections and what is kept of their answers.
#[derive(Clone, Debug)]
pub(crate) struct Analysers {
    pub(crate) language: LanguageServiceClient<Upstream>,
    pub(crate) entities: EntityServiceClient<Upstream>,
    pub(crate) topics: TopicServiceClient<Upstream>,
    memo: Memo,
    /// For each part, in the order of [`PARTS`].
    retries: [Retries; PARTS.len()],
}

/// One call, as its parts see it.
struct Asked<'a> {
    request: &'a Arc<EnrichRequest>,
    plan: &'a Plan,
    context: &'a CallContext,
    /// `None` for a private text.
    text_hash: Option<TextHash>,
}

/// What one part gave, how long it took, and whether it was kept from before.
struct Part {
    feature: Feature,
    result: Result<(Fragment, bool), Status>,
    elapsed: Duration,
}

impl Analysers {
    /// An answer may be many times its text, since every mention repeats a piece of it, so it has no limit of its own:
    /// the text has.
    pub(crate) fn new(upstreams: &Upstreams, config: &Config, chassis: &Chassis) -> Self {
        let unbounded = usize::MAX;
        Analysers {
            language: LanguageServiceClient::new(upstreams.language.clone()).max_decoding_message_size(unbounded),
            entities: EntityServiceClient::new(upstreams.entities.clone()).max_decoding_message_size(unbounded),
            topics: TopicServiceClient::new(upstreams.topics.clone()).max_decoding_message_size(unbounded),
            memo: Memo::new(config, chassis),
            retries: PARTS.map(|_| Retries::new(config.upstream_attempts_max, config.hedge_after())),
        }
    }

    /// Enriches one text.
    ///
    /// # Errors
    /// The caller's mistake, whichever part finds it; the status of a required part that failed; the first part's
    /// status where all failed. Otherwise a failed part stands in `failures`.
    pub(crate) async fn enrich(&self, request: EnrichRequest, context: &CallContext) -> Result<EnrichResponse, Status> {
        wire::known_language(&request.language).map_err(status)?;
        let plan = Plan::of(&request).map_err(status)?;
        let text_hash = (!request.private).then(|| TextHash::of(&request.text));
        let request = Arc::new(request);
        let asked = Asked { request: &request, plan: &plan, context, text_hash };
        let (language, entities, topics) =
            tokio::join!(self.language_part(&asked), self.entity_part(&asked), self.topic_part(&asked));
        let mut answer = EnrichResponse { id: request.id.clone(), ..Default::default() };
        let parts: Vec<Part> = [language, entities, topics].into_iter().flatten().collect();
        answer.cached = parts.iter().all(|part| matches!(part.result, Ok((_, true))));
        parts.into_iter().for_each(|part| join(&mut answer, part));
        verdict(answer, &plan)
    }

    async fn language_part(&self, asked: &Asked<'_>) -> Option<Part> {
        let client = self.language.clone();
        self.part(asked, Feature::Language, language_request, move |call| {
            let mut client = client.clone();
            async move {
                let language = client.detect_language(call).await?.into_inner().language;
                Ok(EnrichResponse { language, ..Default::default() })
            }
        })
        .await
    }

    async fn entity_part(&self, asked: &Asked<'_>) -> Option<Part> {
        let client = self.entities.clone();
        self.part(asked, Feature::Entities, entity_request, move |call| {
            let mut client = client.clone();
            async move {
                let entities = client.recognize_entities(call).await?.into_inner().entities;
                Ok(EnrichResponse { entities, ..Default::default() })
            }
        })
        .await
    }

    async fn topic_part(&self, asked: &Asked<'_>) -> Option<Part> {
        let client = self.topics.clone();
        self.part(asked, Feature::Topics, topic_request, move |call| {
            let mut client = client.clone();
            async move {
                let topics = client.classify_topics(call).await?.into_inner().topics;
                Ok(EnrichResponse { topics, ..Default::default() })
            }
        })
        .await
    }

    /// Asks `question` of one part by `call`, unless the answer is at hand, until the part answers or the time kept back
    /// for the caller's answer begins.
    async fn part<Q, F>(
        &self,
        asked: &Asked<'_>,
        feature: Feature,
        question: fn(&EnrichRequest, String) -> Q,
        call: impl Fn(Request<Q>) -> F + Clone + Send + Sync + 'static,
    ) -> Option<Part>
    where
        Q: Message + 'static,
        F: Future<Output = Result<EnrichResponse, Status>> + Send + 'static,
    {
        if !asked.plan.wants(feature) {
            return None;
        }
        let retries = &self.retries[PARTS.iter().position(|part| *part == feature)?];
        let (started, until) = (Instant::now(), asked.context.upstream_deadline());
        // Owns what it needs: others may wait for it when this caller has gone.
        let work = || -> Work {
            let (request, context, call) = (Arc::clone(asked.request), asked.context.clone(), call.clone());
            let retries = retries.clone();
            Box::pin(async move {
                let attempt = || call(context.request(question(&request, request.text.clone())));
                let answer = context.patiently(|| retries.run(until, attempt)).await;
                answer.map(Arc::new).map_err(|status| settle(status, until))
            })
        };
        let answer = async {
            match &asked.text_hash {
                Some(hash) => self.memo.get(hash.key(feature, &question(asked.request, String::new())), work).await,
                None => work().await.map(|fragment| (fragment, false)),
            }
        };
        let result = match until {
            Some(deadline) => {
                timeout_at(deadline, answer).await.unwrap_or_else(|_| Err(status(Error::DeadlineExceeded)))
            }
            None => answer.await,
        };
        Some(Part { feature, result, elapsed: started.elapsed() })
    }
}

/// Puts what the part gave into the answer: how long it took and, if it failed, why.
fn join(answer: &mut EnrichResponse, part: Part) {
    answer.stage_times.push(wire::stage_time(SERVICE_NAME, plan::name(part.feature), part.elapsed));
    match part.result {
        Ok((fragment, _)) => {
            let fragment = Arc::unwrap_or_clone(fragment);
            answer.language = answer.language.take().or(fragment.language);
            answer.entities = answer.entities.take().or(fragment.entities);
            answer.topics = answer.topics.take().or(fragment.topics);
        }
        Err(error) => {
            answer.failures.push(Failure { feature: part.feature.into(), status: Some(rpc_status(&error)) });
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

fn language_request(request: &EnrichRequest, text: String) -> DetectLanguageRequest {
    DetectLanguageRequest {
        id: String::new(),
        text,
        offset_unit: request.offset_unit,
        private: request.private,
        options: request.language_options.clone(),
    }
}

fn entity_request(request: &EnrichRequest, text: String) -> RecognizeEntitiesRequest {
    RecognizeEntitiesRequest {
        id: String::new(),
        text,
        offset_unit: request.offset_unit,
        private: request.private,
        language: request.language.clone(),
        options: request.entity_options.clone(),
    }
}

fn topic_request(request: &EnrichRequest, text: String) -> ClassifyTopicsRequest {
    ClassifyTopicsRequest {
        id: String::new(),
        text,
        offset_unit: request.offset_unit,
        private: request.private,
        language: request.language.clone(),
        options: request.topic_options.clone(),
    }
}
