//! Response bodies that end in time.

use crate::chassis::Place;
use crate::guard::Record;
use crate::panic::caught_now;
use crate::status;
use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Body as _, Frame};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use tokio::task::AbortHandle;
use tonic::{Code, Status, body::Body};
use tracing::Span;

type End = Pin<Box<dyn Future<Output = Status> + Send>>;

/// What a call holds until its response is over.
pub(crate) struct Call<E> {
    pub(crate) place: Place,
    pub(crate) end: Pin<Box<E>>,
    pub(crate) record: Record,
}

/// Ties `call` to the body of `response`.
pub(crate) fn guard<E>(response: Response<Body>, mut call: Call<E>) -> Response<Body>
where
    E: Future<Output = Status> + Send + 'static,
{
    // A response without a body carries its status in the headers and is over with them.
    if response.body().is_end_stream() {
        call.record.note(code(response.headers()).unwrap_or(Code::Ok));
        return response;
    }
    response.map(|body| {
        let span = call.record.span.clone();
        let slot = Slot { state: State::Open(body, call.place), record: Some(call.record), reader: None };
        let slot = Arc::new(Mutex::new(slot));
        let watchdog = tokio::spawn(watch(Arc::clone(&slot), call.end)).abort_handle();
        Body::new(Guarded { slot, watchdog, span })
    })
}

struct Guarded {
    slot: Arc<Mutex<Slot>>,
    watchdog: AbortHandle,
    span: Span,
}

struct Slot {
    state: State,
    /// Until the call is over.
    record: Option<Record>,
    reader: Option<Waker>,
}

impl Slot {
    /// Closes the record of the call.
    fn close(&mut self, code: Code) {
        if let Some(mut record) = self.record.take() {
            record.note(code);
        }
    }
}

enum State {
    /// The service's own body, and the call's place.
    Open(Body, Place),
    /// To be told to the reader as soon as it asks.
    Ending(Status),
    Over,
}

/// Ends the body in time. It is a task of its own because the transport does not poll a body whose reader is slow: that
/// reader would keep the call's place for as long as it likes.
async fn watch<E: Future<Output = Status>>(slot: Arc<Mutex<Slot>>, end: Pin<Box<E>>) {
    let status = end.await;
    let mut guard = lock(&slot);
    if matches!(guard.state, State::Open(..)) {
        guard.close(status.code());
        let open = std::mem::replace(&mut guard.state, State::Ending(status));
        let reader = guard.reader.take();
        drop(guard);
        // Only now: what is dropped here may be anything, and must not run under the lock.
        drop(open);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

fn lock(slot: &Mutex<Slot>) -> MutexGuard<'_, Slot> {
    // Nothing panics under the lock but the service's body, and that is caught.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl http_body::Body for Guarded {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        // What the body does, it does on behalf of the call: its logs say so.
        let _entered = self.span.enter();
        let mut slot = lock(&self.slot);
        let slot = &mut *slot;
        match std::mem::replace(&mut slot.state, State::Over) {
            State::Over => Poll::Ready(None),
            State::Ending(status) => Poll::Ready(Some(Ok(trailers(&status)))),
            State::Open(mut body, place) => match caught_now(|| Pin::new(&mut body).poll_frame(cx)) {
                Ok(Poll::Pending) => {
                    slot.state = State::Open(body, place);
                    slot.reader = Some(cx.waker().clone());
                    Poll::Pending
                }
                Ok(Poll::Ready(Some(Ok(frame)))) => {
                    match frame.trailers_ref() {
                        Some(headers) => slot.close(code(headers).unwrap_or(Code::Ok)),
                        None => slot.state = State::Open(body, place),
                    }
                    Poll::Ready(Some(Ok(frame)))
                }
                Ok(Poll::Ready(last)) => {
                    slot.close(last.as_ref().map_or(Code::Ok, |error| match error {
                        Err(status) => status.code(),
                        Ok(_) => Code::Ok,
                    }));
                    Poll::Ready(last)
                }
                Err(_) => {
                    let status = status::panicked("response stream");
                    slot.close(status.code());
                    Poll::Ready(Some(Ok(trailers(&status))))
                }
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(lock(&self.slot).state, State::Over)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.watchdog.abort();
        // The watchdog goes when the scheduler comes to it; the call's work and place go now.
        let mut slot = lock(&self.slot);
        let open = std::mem::replace(&mut slot.state, State::Over);
        let record = slot.record.take();
        drop(slot);
        drop((open, record));
    }
}

/// A body that ends with a status when it has nothing more to say and `end` has come.
pub(crate) struct Until {
    body: Option<Body>,
    end: End,
}

impl Until {
    pub(crate) fn new(body: Body, end: impl Future<Output = Status> + Send + 'static) -> Self {
        Until { body: Some(body), end: Box::pin(end) }
    }
}

impl http_body::Body for Until {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        let status = ready!(self.end.as_mut().poll(cx));
        self.body = None;
        Poll::Ready(Some(Ok(trailers(&status))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(http_body::Body::is_end_stream)
    }
}

fn trailers(status: &Status) -> Frame<Bytes> {
    let mut headers = HeaderMap::new();
    // Cannot fail for statuses made here: message and details are encoded into what a header may hold.
    if status.add_header(&mut headers).is_err() {
        headers.insert(Status::GRPC_STATUS, http::HeaderValue::from(status.code() as u16));
    }
    Frame::trailers(headers)
}

fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get(Status::GRPC_STATUS).map(|value| Code::from_bytes(value.as_bytes()))
}
