//! Parts that need not be computed again: those under way for another caller, and those kept in the cache.

use crate::Config;
use enrich_proto::v1::{EnrichResponse, Feature};
use enrich_runtime::Chassis;
use futures_util::{
    FutureExt,
    future::{Shared, WeakShared},
};
use moka::sync::Cache;
use prost::Message;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tonic::{Code, Status};

/// What a part's work comes to: an answer in which only that part is set.
pub(crate) type Fragment = Arc<EnrichResponse>;
pub(crate) type Work = Pin<Box<dyn Future<Output = Result<Fragment, Status>> + Send>>;

/// What the cache needs to remember beside an answer, in bytes: its key and its place.
const ENTRY_BYTES: usize = 256;

/// What is asked about which text. The hash is a cryptographic one: callers choose the texts, and nobody must be able to
/// make two that are taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    feature: Feature,
    hash: [u8; 32],
}

/// The hash of a text, from which the keys of its parts are made.
pub(crate) struct TextHash([u8; 32]);

impl TextHash {
    pub(crate) fn of(text: &str) -> TextHash {
        TextHash(Sha256::digest(text).into())
    }

    /// The key of a part, asked for by `question` without its text and id.
    pub(crate) fn key(&self, feature: Feature, question: &impl Message) -> Key {
        let hash = Sha256::new().chain_update(self.0).chain_update(question.encode_to_vec());
        Key { feature, hash: hash.finalize().into() }
    }
}

/// A clone is the same memo.
#[derive(Clone)]
pub(crate) struct Memo {
    shared: Arc<Inner>,
}

struct Inner {
    flights: Mutex<HashMap<Key, Flight>>,
    kept: Option<Cache<Key, Fragment>>,
    chassis: Chassis,
}

/// Work under way. Whoever waits for it drives it; when all have gone, it ends.
struct Flight {
    number: u64,
    work: WeakShared<Work>,
}

impl Memo {
    pub(crate) fn new(config: &Config, chassis: &Chassis) -> Memo {
        let kept = config.cache_age_max().map(|age| {
            let bytes =
                |_: &Key, fragment: &Fragment| u32::try_from(fragment.encoded_len() + ENTRY_BYTES).unwrap_or(u32::MAX);
            Cache::builder().max_capacity(config.cache_bytes_max).weigher(bytes).time_to_live(age).build()
        });
        Memo { shared: Arc::new(Inner { flights: Mutex::default(), kept, chassis: chassis.clone() }) }
    }

    /// The answer under `key`, and whether it was kept: else that of the work under way, else that of new `work`.
    pub(crate) async fn get(&self, key: Key, work: impl Fn() -> Work) -> Result<(Fragment, bool), Status> {
        let counts = self.shared.chassis.counts();
        if let Some(cache) = &self.shared.kept {
            if let Some(fragment) = cache.get(&key) {
                counts.cache_hits.add();
                return Ok((fragment, true));
            }
            counts.cache_misses.add();
        }
        let result = match self.board(key, &work) {
            (flight, Boarding::Own) => flight.await,
            (flight, Boarding::Others) => {
                counts.work_shared.add();
                match flight.await {
                    // The time of the other caller, who may have had less.
                    Err(status) if status.code() == Code::DeadlineExceeded => work().await,
                    result => result,
                }
            }
        };
        result.map(|fragment| (fragment, false))
    }

    /// The flight under `key`, or a new one with `work`, which others who ask the same then find.
    fn board(&self, key: Key, work: impl Fn() -> Work) -> (Shared<Work>, Boarding) {
        let mut flights = self.shared.lock();
        let last = flights.get(&key);
        if let Some(flight) = last.and_then(|flight| flight.work.upgrade()) {
            return (flight, Boarding::Others);
        }
        let number = last.map_or(0, |flight| flight.number.wrapping_add(1));
        let landing = Landing { memo: self.clone(), key, number };
        let work = work();
        let flight = async move {
            let result = work.await;
            if let (Ok(fragment), Some(cache)) = (&result, &landing.memo.shared.kept) {
                cache.insert(key, Arc::clone(fragment));
            }
            result
        };
        let flight = (Box::pin(flight) as Work).shared();
        // There is a weak reference until the flight is over, and it has just begun.
        if let Some(work) = flight.downgrade() {
            flights.insert(key, Flight { number, work });
        }
        (flight, Boarding::Own)
    }
}

enum Boarding {
    Own,
    Others,
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").field("flights", &self.shared.lock().len()).finish_non_exhaustive()
    }
}

impl Inner {
    /// Nothing panics under the lock, and no work is dropped under it.
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a flight off the list when its work is over or given up.
struct Landing {
    memo: Memo,
    key: Key,
    number: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut flights = self.memo.shared.lock();
        // Where all had gone, another may have departed under the same key since.
        if flights.get(&self.key).is_some_and(|flight| flight.number == self.number) {
            flights.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use enrich_runtime::{Error, Limits, status};
    use futures_util::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Semaphore;

    /// Work that waits to be let on, and counts how often it began and was dropped.
    #[derive(Clone)]
    struct Bench {
        memo: Memo,
        gate: Arc<Semaphore>,
        begun: Arc<AtomicUsize>,
        alive: Arc<()>,
        outcome: Result<Fragment, Status>,
    }

    /// Whether a future has nothing to give yet.
    fn waits(future: &mut Pin<Box<impl Future>>) -> bool {
        future.as_mut().now_or_never().is_none()
    }

    impl Bench {
        fn new(cache_bytes_max: u64) -> Bench {
            let config = Config { cache_bytes_max, ..Config::default() };
            Bench {
                memo: Memo::new(&config, &Chassis::new(Limits::default())),
                gate: Arc::new(Semaphore::new(0)),
                begun: Arc::default(),
                alive: Arc::default(),
                outcome: Ok(Fragment::default()),
            }
        }

        async fn get(&self, text: &str) -> Result<(Fragment, bool), Status> {
            let key = TextHash::of(text).key(Feature::Language, &EnrichResponse::default());
            let work = || -> Work {
                let this = self.clone();
                Box::pin(async move {
                    this.begun.fetch_add(1, Ordering::SeqCst);
                    drop(this.gate.acquire().await);
                    this.outcome
                })
            };
            self.memo.get(key, work).await
        }

        fn open(&self) {
            self.gate.add_permits(1);
        }

        fn begun(&self) -> usize {
            self.begun.load(Ordering::SeqCst)
        }

        /// That nothing is left of any work.
        fn assert_empty(&self) {
            assert_eq!(self.memo.shared.lock().len(), 0);
            assert_eq!(Arc::strong_count(&self.alive), 1);
        }

        fn counted(&self) -> [u64; 3] {
            let counts = self.memo.shared.chassis.counts();
            [counts.cache_hits.get(), counts.cache_misses.get(), counts.work_shared.get()]
        }
    }

    #[tokio::test]
    async fn the_same_asked_at_the_same_time_is_computed_once() {
        let bench = Bench::new(0);
        let mut asked = Box::pin(join_all([bench.get("a"), bench.get("a"), bench.get("b")]));
        assert!(waits(&mut asked));
        bench.open();
        assert!(asked.await.iter().all(|answer| matches!(answer, Ok((_, false)))));
        assert_eq!((bench.begun(), bench.counted()), (2, [0, 0, 1]));
        bench.assert_empty();
        bench.get("a").await.unwrap();
        assert_eq!(bench.begun(), 3);
    }

    #[tokio::test]
    async fn who_began_the_work_may_leave_and_the_others_get_its_answer() {
        let bench = Bench::new(0);
        let (mut first, mut second) = (Box::pin(bench.get("a")), Box::pin(bench.get("a")));
        assert!(waits(&mut first) && waits(&mut second));
        drop(first);
        bench.open();
        second.await.unwrap();
        assert_eq!(bench.begun(), 1);
        bench.assert_empty();
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_ends() {
        let bench = Bench::new(0);
        let mut asked = Box::pin(join_all([bench.get("a"), bench.get("a")]));
        assert!(waits(&mut asked));
        drop(asked);
        bench.assert_empty();
    }

    #[tokio::test]
    async fn a_deadline_of_the_other_caller_is_not_ones_own_and_other_errors_are() {
        for (error, begun) in [(Error::DeadlineExceeded, 2), (Error::ShuttingDown, 1)] {
            let bench = Bench { outcome: Err(status(error)), ..Bench::new(1 << 20) };
            let mut asked = Box::pin(join_all([bench.get("a"), bench.get("a")]));
            assert!(waits(&mut asked));
            bench.open();
            assert!(asked.await.iter().all(Result::is_err));
            assert_eq!(bench.begun(), begun);
            assert!(bench.get("a").await.is_err(), "an error was kept");
        }
    }

    #[tokio::test]
    async fn what_is_kept_is_not_computed_again_and_stays_within_its_bytes() {
        let bench = Bench::new(4096);
        bench.open();
        assert!(!bench.get("a").await.unwrap().1);
        assert!(bench.get("a").await.unwrap().1);
        assert_eq!((bench.begun(), bench.counted()), (1, [1, 1, 0]));
        for number in 0..100 {
            bench.get(&number.to_string()).await.unwrap();
        }
        let cache = bench.memo.shared.kept.as_ref().unwrap();
        cache.run_pending_tasks();
        assert!(cache.weighted_size() <= 4096 && cache.entry_count() > 0, "{}", cache.weighted_size());
    }

    #[test]
    fn another_text_question_or_part_has_another_key() {
        let question = |id: &str| EnrichResponse { id: id.into(), ..Default::default() };
        let key = |text, feature, id| TextHash::of(text).key(feature, &question(id));
        let one = key("a", Feature::Language, "");
        assert_eq!(one, key("a", Feature::Language, ""));
        for other in [key("b", Feature::Language, ""), key("a", Feature::Topics, ""), key("a", Feature::Language, "b")]
        {
            assert_ne!(one, other);
        }
    }
}
