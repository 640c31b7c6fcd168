//! Many items in one call: batches and streams. Each item is a task of its own, so that items share the cores and a
//! panic stays with its item.

use crate::chassis::{Chassis, Phase};
use crate::limits::{Limits, check_id};
use crate::panic::caught;
use crate::status;
use enrich_core::Error;
use std::collections::HashSet;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_stream::Stream;
use tonic::Status;
use tracing::Instrument;

/// Calls `call` for each of `items`, at most `concurrency` at a time, and returns the results in the order of the items.
///
/// An item whose work panics gets `INTERNAL`; the others are not touched. Dropping the future aborts the work.
pub async fn batch<T, R, F>(items: Vec<T>, concurrency: usize, call: impl Fn(T) -> F) -> Vec<Result<R, Status>>
where
    R: Send + 'static,
    F: Future<Output = Result<R, Status>> + Send + 'static,
{
    let mut results: Vec<_> = items.iter().map(|_| None).collect();
    let mut waiting = items.into_iter().enumerate();
    let mut work = JoinSet::new();
    loop {
        while work.len() < concurrency.max(1) {
            let Some((place, item)) = waiting.next() else { break };
            let task = one(call(item));
            work.spawn(async move { (place, task.await) }.in_current_span());
        }
        match work.join_next().await {
            Some(Ok((place, result))) => results[place] = Some(result),
            // A task that is gone without a word was cancelled: the runtime is stopping.
            Some(Err(_)) => {}
            None => break,
        }
    }
    results.into_iter().map(|result| result.unwrap_or_else(|| Err(status::status(Error::ShuttingDown)))).collect()
}

async fn one<R>(work: impl Future<Output = Result<R, Status>>) -> Result<R, Status> {
    caught(work).await.unwrap_or_else(|_| Err(status::panicked("item")))
}

/// What a stream of answers consists of.
#[derive(Debug)]
pub enum Answer<R> {
    /// The answer to one item.
    Item {
        /// The item's id; cut to 256 bytes where it was longer.
        id: String,
        /// Its answer, or why there is none.
        result: Result<R, Status>,
    },
    /// Every item is answered; nothing follows.
    End {
        /// Items received.
        received: u64,
        /// Items answered; equals `received`.
        answered: u64,
    },
}

/// Answers the items of `incoming` as they become ready, and closes with [`Answer::End`].
///
/// When a stream ends although its client has not ended it.
#[derive(Default)]
pub struct Until {
    draining: Option<Signal>,
    deadline: Option<Pin<Box<Sleep>>>,
}

type Signal = Pin<Box<dyn Future<Output = ()> + Send>>;

impl fmt::Debug for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Until").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl Until {
    /// When the process of `chassis` drains, or at `deadline`.
    pub fn new(chassis: &Chassis, deadline: Option<Instant>) -> Until {
        let draining: Signal = Box::pin(chassis.reached(Phase::Draining));
        Until { draining: Some(draining), deadline: deadline.map(|deadline| Box::pin(sleep_until(deadline))) }
    }
}

/// At most [`Limits::stream_items_in_flight_max`] items are at work or wait to be read; while as many are, or while the
/// reader does not ask, nothing is taken from `incoming`. An item without an id, with one over 256 bytes, or with that
/// of an unanswered item is answered with its error and the stream goes on.
///
/// If `incoming` fails, the items received before are answered, and the failure's status closes the stream. So it is when
/// the process drains. At the deadline, items without an answer are answered with it. Dropping the stream aborts the
/// work.
pub fn stream<T, R, F, C, I>(
    incoming: I,
    id_of: fn(&T) -> &str,
    limits: &Limits,
    until: Until,
    call: C,
) -> impl Stream<Item = Result<Answer<R>, Status>> + Send + use<T, R, F, C, I>
where
    T: Send + 'static,
    R: Send + 'static,
    F: Future<Output = Result<R, Status>> + Send + 'static,
    C: Fn(T) -> F + Send + Unpin + 'static,
    I: Stream<Item = Result<T, Status>> + Send + 'static,
{
    Answers {
        incoming: Some(Box::pin(incoming)),
        id_of,
        call,
        items_max: limits.stream_items_in_flight_max.max(1),
        message_bytes_max: limits.message_bytes_max,
        work: JoinSet::new(),
        unanswered: HashSet::new(),
        received: 0,
        answered: 0,
        close: Close::WithEnd,
        until,
        late: Vec::new(),
    }
}

type Incoming<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

struct Answers<T, R, C> {
    /// `None` once it has ended.
    incoming: Option<Incoming<T>>,
    id_of: fn(&T) -> &str,
    call: C,
    items_max: usize,
    message_bytes_max: usize,
    work: JoinSet<(String, Result<R, Status>)>,
    unanswered: HashSet<String>,
    received: u64,
    answered: u64,
    close: Close,
    until: Until,
    /// Items that the deadline left without an answer.
    late: Vec<String>,
}

/// What is said when every item is answered.
enum Close {
    WithEnd,
    WithStatus(Status),
    Said,
}

impl<T, R, F, C> Answers<T, R, C>
where
    R: Send + 'static,
    F: Future<Output = Result<R, Status>> + Send + 'static,
    C: Fn(T) -> F,
{
    /// Takes in what may be taken in. Returns the answer to an item that cannot be worked on.
    fn fill(&mut self, cx: &mut Context<'_>) -> Option<Answer<R>> {
        while self.work.len() < self.items_max {
            let next = match &mut self.incoming {
                Some(incoming) => incoming.as_mut().poll_next(cx),
                None => return None,
            };
            match next {
                Poll::Pending => return None,
                Poll::Ready(None) => self.incoming = None,
                Poll::Ready(Some(Err(status))) => {
                    self.incoming = None;
                    self.close = Close::WithStatus(status::clarify(status, self.message_bytes_max));
                }
                Poll::Ready(Some(Ok(item))) => {
                    self.received += 1;
                    if let Err((id, error)) = self.start(item) {
                        return Some(Answer::Item { id, result: Err(status::status(error)) });
                    }
                }
            }
        }
        None
    }

    /// Takes in no more once the process drains, and gives up what is at work once there is no time.
    fn end(&mut self, cx: &mut Context<'_>) {
        if self.until.draining.as_mut().is_some_and(|signal| signal.as_mut().poll(cx).is_ready()) {
            self.until.draining = None;
            self.break_off(Error::ShuttingDown);
        }
        if self.until.deadline.as_mut().is_some_and(|deadline| deadline.as_mut().poll(cx).is_ready()) {
            self.until.deadline = None;
            self.break_off(Error::DeadlineExceeded);
            self.work = JoinSet::new();
            self.late = self.unanswered.drain().collect();
        }
    }

    /// Ends the stream with `error` when what was received is answered, if the client has not ended it before.
    fn break_off(&mut self, error: Error) {
        if self.incoming.take().is_some() {
            self.close = Close::WithStatus(status::status(error));
        }
    }

    fn start(&mut self, item: T) -> Result<(), (String, Error)> {
        let id = (self.id_of)(&item);
        if id.is_empty() {
            return Err((String::new(), Error::MissingId));
        }
        if let Err(error) = check_id(id) {
            // Whole, the id could be as long as a message.
            let cut = id.floor_char_boundary(crate::limits::ID_BYTES_MAX);
            return Err((id[..cut].to_owned(), error));
        }
        let id = id.to_owned();
        if !self.unanswered.insert(id.clone()) {
            return Err((id, Error::DuplicateId));
        }
        let task = one((self.call)(item));
        self.work.spawn(async move { (id, task.await) }.in_current_span());
        Ok(())
    }
}

impl<T, R, F, C> Stream for Answers<T, R, C>
where
    R: Send + 'static,
    F: Future<Output = Result<R, Status>> + Send + 'static,
    C: Fn(T) -> F + Unpin,
{
    type Item = Result<Answer<R>, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.end(cx);
        if let Some(id) = self.late.pop() {
            self.answered += 1;
            return Poll::Ready(Some(Ok(Answer::Item { id, result: Err(status::status(Error::DeadlineExceeded)) })));
        }
        // Filled first, so that the next items are at work while the reader handles this answer.
        if let Some(refusal) = self.fill(cx) {
            self.answered += 1;
            return Poll::Ready(Some(Ok(refusal)));
        }
        match self.work.poll_join_next(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(Ok((id, result)))) => {
                self.unanswered.remove(&id);
                self.answered += 1;
                return Poll::Ready(Some(Ok(Answer::Item { id, result })));
            }
            // A task that is gone without a word was cancelled: the runtime is stopping.
            Poll::Ready(Some(Err(_))) => {
                self.incoming = None;
                self.work.abort_all();
                self.close = Close::Said;
                return Poll::Ready(Some(Err(status::status(Error::ShuttingDown))));
            }
            Poll::Ready(None) if self.incoming.is_some() => return Poll::Pending,
            Poll::Ready(None) => {}
        }
        let last = match std::mem::replace(&mut self.close, Close::Said) {
            Close::WithEnd => Ok(Answer::End { received: self.received, answered: self.answered }),
            Close::WithStatus(status) => Err(status),
            Close::Said => return Poll::Ready(None),
        };
        Poll::Ready(Some(last))
    }
}
