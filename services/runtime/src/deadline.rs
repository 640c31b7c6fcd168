use crate::access::Tenant;
use crate::status;
use http::HeaderMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tonic::{Code, Request, Status, metadata::MetadataMap};

const GRPC_TIMEOUT: &str = "grpc-timeout";
/// What a call carries from service to service besides its deadline.
const CARRIED: [&str; 3] = ["traceparent", "tracestate", "x-request-id"];

/// A tenth of what is left, at most this, is kept back from upstreams: an upstream that uses up its time leaves the
/// caller of it enough to answer with what the others gave.
const RESERVE_MAX: Duration = Duration::from_millis(20);

/// When the caller stops waiting; [`Guard`](crate::Guard) puts it into every request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(pub Instant);

/// When the server got a request; lies in the extensions before the guard reads it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival(pub(crate) Instant);

/// When `request` must be answered. `None` if it has not passed a guard.
pub fn deadline<T>(request: &Request<T>) -> Option<Instant> {
    request.extensions().get::<Deadline>().map(|deadline| deadline.0)
}

/// Makes a request for an upstream on behalf of `request`: it carries what is left of the deadline, less a tenth (at
/// most 20 ms) for the way back, and the headers `traceparent`, `tracestate` and `x-request-id` where there are any.
pub fn forward<A, B>(request: &Request<A>, message: B) -> Request<B> {
    CallContext::of(request).request(message)
}

/// What of a call must reach its upstreams; outlives the request, so that the items of a batch or stream can use it.
#[derive(Clone, Debug, Default)]
pub struct CallContext {
    deadline: Option<Instant>,
    metadata: MetadataMap,
    patience: Patience,
    tenant: Option<Arc<Tenant>>,
}

/// What is done where there is no room for the work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Patience {
    /// The caller is told at once, and decides.
    #[default]
    None,
    /// The work waits for room: the item of a batch or a stream, whose caller has been let in already.
    UntilTheDeadline,
}

/// How long a piece of work that found no room waits before it asks again.
const ROOM_RETRY: Duration = Duration::from_millis(20);

impl CallContext {
    /// Takes it from `request`.
    pub fn of<T>(request: &Request<T>) -> Self {
        let mut metadata = MetadataMap::new();
        for key in CARRIED {
            if let Some(value) = request.metadata().get(key) {
                metadata.insert(key, value.clone());
            }
        }
        let tenant = request.extensions().get().cloned();
        CallContext { deadline: deadline(request), metadata, patience: Patience::None, tenant }
    }

    /// The same for work that waits for room, until the deadline, instead of being refused.
    #[must_use]
    pub fn patient(self) -> Self {
        CallContext { patience: Patience::UntilTheDeadline, ..self }
    }

    /// Whether the work waits for room.
    pub(crate) fn is_patient(&self) -> bool {
        self.patience == Patience::UntilTheDeadline
    }

    /// Runs `call`; where that ends with `RESOURCE_EXHAUSTED` and this is patient work, again and again until there is room
    /// or the deadline is near.
    ///
    /// # Errors
    /// As the last run's.
    pub async fn patiently<T, F>(&self, mut call: impl FnMut() -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<T, Status>>,
    {
        loop {
            let result = call().await;
            let full = matches!(&result, Err(status) if status.code() == Code::ResourceExhausted);
            let again = Instant::now() + ROOM_RETRY;
            let late = self.deadline.is_none_or(|deadline| again >= deadline);
            if !full || late || self.patience == Patience::None {
                return result;
            }
            tokio::time::sleep_until(again).await;
        }
    }

    /// Counts `tokens` of a text against the quota of the tenant that calls, if one does.
    ///
    /// # Errors
    /// `RESOURCE_EXHAUSTED` with the time to wait where the tenant has nothing left.
    pub(crate) fn charge(&self, tokens: usize) -> Result<(), Status> {
        let Some(tenant) = &self.tenant else { return Ok(()) };
        let charged = tenant.charge(u64::try_from(tokens).unwrap_or(u64::MAX));
        charged.map_err(|(rate, wait)| status::quota_exceeded(&tenant.name, rate, wait))
    }

    /// When the call must be answered.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// When an upstream must have answered: what is left of the deadline, less the reserve for the way back.
    pub fn upstream_deadline(&self) -> Option<Instant> {
        let deadline = self.deadline?;
        let left = deadline.saturating_duration_since(Instant::now());
        Some(deadline - RESERVE_MAX.min(left / 10))
    }

    /// Makes a request for an upstream, as [`forward`] does.
    pub fn request<B>(&self, message: B) -> Request<B> {
        let mut request = Request::new(message);
        *request.metadata_mut() = self.metadata.clone();
        if let Some(deadline) = self.upstream_deadline() {
            request.set_timeout(deadline.saturating_duration_since(Instant::now()));
        }
        request
    }
}

/// Reads `grpc-timeout`: one to eight digits and a unit. `None` if there is none or if it is malformed: the default
/// then holds, as tonic's own transport does it, so that both wirings take a bad header alike.
pub(crate) fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    // Eight digits of hours are 3.6e11 seconds: nothing below overflows. `parse` alone would take a sign, too.
    if digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let n: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(n * 3600)),
        "M" => Some(Duration::from_secs(n * 60)),
        "S" => Some(Duration::from_secs(n)),
        "m" => Some(Duration::from_millis(n)),
        "u" => Some(Duration::from_micros(n)),
        "n" => Some(Duration::from_nanos(n)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn check(value: &[u8], want: Option<Duration>) {
        let headers = HeaderMap::from_iter([(http::HeaderName::from_static(GRPC_TIMEOUT), header(value))]);
        assert_eq!(timeout(&headers), want, "{}", String::from_utf8_lossy(value));
    }

    fn header(value: &[u8]) -> HeaderValue {
        HeaderValue::from_bytes(value).unwrap()
    }

    #[test]
    fn every_unit_of_grpc_timeout_is_read() {
        check(b"1H", Some(Duration::from_secs(3600)));
        check(b"2M", Some(Duration::from_secs(120)));
        check(b"3S", Some(Duration::from_secs(3)));
        check(b"250m", Some(Duration::from_millis(250)));
        check(b"9u", Some(Duration::from_micros(9)));
        check(b"0n", Some(Duration::ZERO));
        check(b"99999999H", Some(Duration::from_secs(99_999_999 * 3600)));
    }

    #[test]
    fn a_malformed_grpc_timeout_counts_as_none() {
        for value in
            [&b""[..], b"S", b"1", b"1s", b"+1S", b"-1S", b"1.5S", b" 1S", b"123456789S", b"1\xd8\xb9", b"\xff"]
        {
            check(value, None);
        }
        assert_eq!(timeout(&HeaderMap::new()), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_left_of_the_deadline_is_forwarded_less_a_reserve() {
        let mut request = Request::new(());
        request.extensions_mut().insert(Deadline(Instant::now() + Duration::from_secs(1)));
        request.metadata_mut().insert("traceparent", "00-1-2-01".parse().unwrap());
        request.metadata_mut().insert("authorization", "secret".parse().unwrap());
        tokio::time::advance(Duration::from_millis(400)).await;

        let onward = forward(&request, "text");
        let left = timeout(&onward.metadata().clone().into_headers()).unwrap();
        assert!(left > Duration::from_millis(570) && left <= Duration::from_millis(580), "{left:?}");
        assert_eq!(onward.metadata().get("traceparent").unwrap(), "00-1-2-01");
        assert!(onward.metadata().get("authorization").is_none());
    }

    /// A call that finds room at its third attempt.
    async fn attempts(context: CallContext) -> (u32, Result<(), Status>) {
        let mut attempts = 0;
        let result = context
            .patiently(|| {
                attempts += 1;
                let answer = if attempts < 3 { Err(Status::resource_exhausted("full")) } else { Ok(()) };
                std::future::ready(answer)
            })
            .await;
        (attempts, result)
    }

    #[tokio::test(start_paused = true)]
    async fn patient_work_waits_for_room_until_its_deadline_and_other_work_is_told_at_once() {
        let context = |left| CallContext { deadline: Some(Instant::now() + left), ..CallContext::default() };
        assert!(matches!(attempts(context(Duration::from_secs(1)).patient()).await, (3, Ok(()))));
        assert!(matches!(attempts(context(ROOM_RETRY + ROOM_RETRY / 2).patient()).await, (2, Err(_))));
        assert!(matches!(attempts(context(Duration::from_secs(1))).await, (1, Err(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_has_passed_forwards_as_zero() {
        let mut request = Request::new(());
        request.extensions_mut().insert(Deadline(Instant::now()));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(timeout(&forward(&request, ()).metadata().clone().into_headers()), Some(Duration::ZERO));
    }
}
