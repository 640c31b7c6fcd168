//! What the services have in common: a way to answer one request, from which their batches and streams follow.

use crate::{Answer, CallContext, Chassis, Limits, estimated_tokens, many, many::Until, metrics, status};
use std::pin::Pin;
use tokio_stream::{Stream, StreamExt};
use tonic::{Code, Request, Response, Status, Streaming};

/// A service's work on one text. A clone is the same service.
pub trait Analyser: Clone + Send + Sync + Unpin + 'static {
    /// What is asked about a text.
    type Question: Clone + Send + Sync + 'static;
    /// What is answered.
    type Answer: Send + 'static;

    /// What the process shares.
    fn chassis(&self) -> &Chassis;

    /// The limits in force.
    fn limits(&self) -> &Limits {
        self.chassis().limits()
    }

    /// The caller's id of a request.
    fn id(question: &Self::Question) -> &str;

    /// The text of a request.
    fn text(question: &Self::Question) -> &str;

    /// How much work a request is, in tokens read by the entity model or what takes as long.
    fn tokens(question: &Self::Question) -> usize {
        estimated_tokens(Self::text(question).len())
    }

    /// Whether an answer was given without work.
    fn is_kept(_answer: &Self::Answer) -> bool {
        false
    }

    /// Answers one request, whose id and text are within their limits, on behalf of the call that `context` was taken from.
    ///
    /// # Errors
    /// The status that a unary call ends with.
    fn answer(
        &self,
        question: Self::Question,
        context: CallContext,
    ) -> impl Future<Output = Result<Self::Answer, Status>> + Send;
}

/// The answer to one request.
///
/// # Errors
/// The refusal of a text that breaks a limit or is over its tenant's quota, or of a call for which there is no time; else as
/// [`Analyser::answer`].
pub async fn unary<A: Analyser>(analyser: &A, request: Request<A::Question>) -> Result<Response<A::Answer>, Status> {
    let context = CallContext::of(&request);
    let question = request.into_inner();
    charged(analyser, &question, &context).await?;
    admitted(analyser, question, context).await.map(Response::new)
}

/// Charges a tenant for a text that keeps to the limits: once, however often the work on it is tried.
async fn charged<A: Analyser>(analyser: &A, question: &A::Question, context: &CallContext) -> Result<(), Status> {
    analyser.limits().check(A::id(question), A::text(question)).map_err(status)?;
    context.patiently(|| std::future::ready(context.charge(A::tokens(question)))).await
}

/// Answers `question` if there is time for it.
async fn admitted<A: Analyser>(analyser: &A, question: A::Question, context: CallContext) -> Result<A::Answer, Status> {
    let chassis = analyser.chassis();
    let ticket = chassis.admit_work(A::tokens(&question), context.deadline()).inspect_err(|_| {
        // What waits for room asks again and again.
        if !context.is_patient() {
            chassis.counts().refused_work.add();
        }
    })?;
    let answer = analyser.answer(question, context).await;
    let worked = match &answer {
        Ok(answer) => !A::is_kept(answer),
        Err(status) => status.code() == Code::DeadlineExceeded,
    };
    if let (Some(ticket), true) = (ticket, worked) {
        ticket.worked_off();
    }
    answer
}

/// The results of a batch, in the order of its requests.
///
/// # Errors
/// The refusal of a batch without requests, or with more than the limit.
pub async fn batch<A: Analyser>(
    analyser: &A,
    request: Request<Vec<A::Question>>,
) -> Result<Vec<Result<A::Answer, Status>>, Status> {
    let context = CallContext::of(&request);
    let questions = request.into_inner();
    analyser.limits().check_batch(questions.len()).map_err(status)?;
    Ok(many::batch(questions, analyser.limits().batch_concurrency_max, item(analyser, context)).await)
}

/// The answers of a stream, each made into its message by `wrap`; `unwrap` takes the request out of an item.
pub fn stream<A: Analyser, I: Send + 'static, O: Send + 'static>(
    analyser: &A,
    request: Request<Streaming<I>>,
    unwrap: fn(I) -> A::Question,
    wrap: fn(Answer<A::Answer>) -> O,
) -> Pin<Box<dyn Stream<Item = Result<O, Status>> + Send>> {
    let context = CallContext::of(&request);
    let until = Until::new(analyser.chassis(), context.upstream_deadline());
    let work = item(analyser, context);
    let incoming = request.into_inner().map(move |item| item.map(unwrap));
    Box::pin(many::stream(incoming, A::id, analyser.limits(), until, work).map(move |answer| answer.map(wrap)))
}

type Work<T> = Pin<Box<dyn Future<Output = Result<T, Status>> + Send>>;

/// The work on one item on its own: it outlives the borrow of its call, and waits where there is no room for it, since how
/// many items are at work at a time is bounded.
fn item<A: Analyser>(
    analyser: &A,
    context: CallContext,
) -> impl Fn(A::Question) -> Work<A::Answer> + Send + Unpin + 'static {
    let (analyser, context) = (analyser.clone(), context.patient());
    move |question| {
        let (analyser, context) = (analyser.clone(), context.clone());
        Box::pin(async move {
            let call = || {
                let (analyser, question, context) = (analyser.clone(), question.clone(), context.clone());
                async move { admitted(&analyser, question, context).await }
            };
            let result = match charged(&analyser, &question, &context).await {
                Ok(()) => context.patiently(call).await,
                Err(refusal) => Err(refusal),
            };
            metrics::item(result.as_ref().map_or_else(Status::code, |_| Code::Ok));
            result
        })
    }
}
