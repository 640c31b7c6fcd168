//! Load on a running server, and what became of it.
//!
//! [`closed`] has a number of callers that each wait for their answer before they ask again: it finds the capacity.
//! [`open`] sends at a rate whatever comes back, as the world does: it shows what callers see at a share of the
//! capacity or beyond it. Latencies of an open run count from the moment a call was due, so that a server that stalls
//! cannot hide the calls that it kept from being sent.

mod door;
mod report;
mod run;

pub use door::{Door, Method};
pub use report::Report;
pub use run::{Load, closed, open};
