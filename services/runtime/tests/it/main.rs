//! Promises of the runtime, kept over real calls. A text is an order to the test's service: see [`support`].

#![expect(clippy::unwrap_used, reason = "a test says what it found by panicking")]

mod backpressure;
mod compute;
mod guard;
mod many;
mod server;
mod status;
mod support;
mod upstream;
mod wirings;
