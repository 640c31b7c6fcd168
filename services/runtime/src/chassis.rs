use crate::admission::{Admission, Bounds, Refusal, Ticket};
use crate::{Counts, Limits, status};
use enrich_core::Error;
use std::{future::pending, sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until};
use tonic::Status;

/// How far a process is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// New calls are welcome.
    Open,
    /// Calls in flight may end; new ones are refused.
    Draining,
    /// The time for that is over: calls in flight are cut.
    Cut,
}

/// Which door a [`Guard`](crate::Guard) watches.
#[derive(Clone, Copy, Debug)]
enum Door {
    /// Calls from outside the process: each takes a place, and none is let in while the process drains.
    Outer,
    /// Calls from a neighbour in this process, which has been let in already.
    Inner,
}

/// What all services of one process share: the limits, the places for calls in flight, the way out.
///
/// Make one a process and hand clones around; a clone is the same chassis. Every service built with it stands behind
/// the outer door: its calls count towards `in_flight_max` and are refused while the process drains. A service that
/// is called by another one in the same process is built with [`Chassis::embedded`] instead, so that a call is counted
/// once, however many services it passes through, and never waits for a place that it holds itself.
#[derive(Clone, Debug)]
pub struct Chassis {
    shared: Arc<Shared>,
    door: Door,
}

#[derive(Debug)]
struct Shared {
    limits: Limits,
    places: Arc<Semaphore>,
    phase: watch::Sender<Phase>,
    counts: Counts,
    admission: Arc<Admission>,
}

/// A place in flight, held until the last clone is dropped. Empty for a call through the inner door.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    _permit: Option<Arc<OwnedSemaphorePermit>>,
}

impl Chassis {
    /// Makes the chassis of a process. Opens nothing, spawns nothing.
    pub fn new(limits: Limits) -> Self {
        let places = Arc::new(Semaphore::new(limits.in_flight_max));
        let phase = watch::Sender::new(Phase::Open);
        let shared = Shared { limits, places, phase, counts: Counts::default(), admission: Arc::default() };
        Chassis { shared: Arc::new(shared), door: Door::Outer }
    }

    /// The same chassis for services that only others in this process call.
    pub fn embedded(&self) -> Self {
        Chassis { shared: Arc::clone(&self.shared), door: Door::Inner }
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// What the services of this process have counted.
    pub fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    /// How many calls are at work now, streams included.
    pub fn in_flight(&self) -> usize {
        self.shared.limits.in_flight_max.saturating_sub(self.shared.places.available_permits())
    }

    /// Gives a call a place, or says at once why not.
    pub(crate) fn admit(&self) -> Result<Place, Status> {
        match self.door {
            Door::Inner => Ok(Place { _permit: None }),
            Door::Outer if self.phase() > Phase::Open => Err(status::status(Error::ShuttingDown)),
            Door::Outer => match Arc::clone(&self.shared.places).try_acquire_owned() {
                Ok(permit) => Ok(Place { _permit: Some(Arc::new(permit)) }),
                Err(_) => {
                    self.shared.counts.refused_calls.add();
                    let limit = self.shared.limits.in_flight_max;
                    Err(status::status(Error::Overloaded { resource: "in-flight calls", limit }))
                }
            },
        }
    }

    /// Lets the work of a call in, or says at once why not and when to come again. `None` through the inner door: the
    /// neighbour's ticket holds.
    pub(crate) fn admit_work(&self, tokens: usize, deadline: Option<Instant>) -> Result<Option<Ticket>, Status> {
        let Door::Outer = self.door else { return Ok(None) };
        let limits = &self.shared.limits;
        let time_max = Duration::from_millis(limits.queue_ms_max);
        let bounds = Bounds { tokens_max: limits.work_tokens_max, time_max };
        self.shared.admission.admit(tokens, deadline, bounds).map(Some).map_err(|refusal| match refusal {
            Refusal::Tokens => {
                let limit = limits.work_tokens_max;
                status::status(Error::Overloaded { resource: "tokens at work", limit })
            }
            Refusal::Time { within, expected } => {
                let limit = usize::try_from(within.as_millis()).unwrap_or(usize::MAX);
                let error = Error::Overloaded { resource: "the queue of expected milliseconds", limit };
                status::overloaded(error, expected - within)
            }
        })
    }

    /// Resolves when a call must end, with the status it ends with.
    pub(crate) fn end(&self, deadline: Instant) -> impl Future<Output = Status> + Send + 'static {
        let cut = self.reached(Phase::Cut);
        async move {
            tokio::select! {
                () = sleep_until(deadline) => status::status(Error::DeadlineExceeded),
                () = cut => status::status(Error::ShuttingDown),
            }
        }
    }

    /// Resolves when the process has come as far as `phase`.
    pub(crate) fn reached(&self, phase: Phase) -> impl Future<Output = ()> + Send + 'static {
        let mut phases = self.shared.phase.subscribe();
        async move {
            // An error means that the process has dropped its chassis, and with it the power to drain.
            if phases.wait_for(|now| *now >= phase).await.is_err() {
                pending().await
            }
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.shared.phase.borrow()
    }

    /// Moves on to `phase`; there is no way back.
    pub(crate) fn advance(&self, phase: Phase) {
        self.shared.phase.send_if_modified(|now| {
            let moved = phase > *now;
            *now = phase.max(*now);
            moved
        });
    }
}
