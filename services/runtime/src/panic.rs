//! Panics as values.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Work ended in a panic. What it said is not kept: a panic of the standard library quotes the text it tripped over.
#[derive(Debug, thiserror::Error)]
#[error("panicked")]
pub(crate) struct Panicked;

/// Runs `work` to its end, even if that is a panic.
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    let mut work = pin!(work);
    poll_fn(|cx| match caught_now(|| work.as_mut().poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Err(panicked) => Poll::Ready(Err(panicked)),
    })
    .await
}

/// Runs `step`, even if it panics. Whatever `step` was working on must not be used after an error.
pub(crate) fn caught_now<T>(step: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|_| Panicked)
}
