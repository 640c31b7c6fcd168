//! Which windows run next. Nothing here computes or waits; the clock is handed in.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::{Duration, Instant},
};

use enrich_core::Error;
use tokio::sync::oneshot;

use crate::{Logits, Window};

/// A request without a deadline is as urgent as one that arrived together with it and has this long.
const PATIENCE: Duration = Duration::from_secs(10);
/// A request yields this many times the engine time that it has had. So a long text, against a stream of short ones,
/// keeps about a quarter of the engine, and a short one waits for a batch or two rather than for the whole long text.
const YIELD: f64 = 4.0;
/// How many batches' worth of the most urgent windows are looked through for windows of similar length.
const CANDIDATE_BATCHES: usize = 16;
/// What a batch costs beside its tokens, in tokens. Measured on a 6 x 256 model: 64 tokens alone take as long as
/// 190 in a big batch.
const BATCH_OVERHEAD_TOKENS: usize = 128;
/// How fast a remembered peak of speed fades, for each batch.
const SPEED_FADE: f64 = 0.02;

pub(crate) type Reply = oneshot::Sender<Result<Vec<Logits>, Error>>;

/// The requests that wait.
pub(crate) struct Queue {
    jobs: BTreeMap<u64, Job>,
    serial: u64,
    /// Tokens of the windows that wait.
    tokens: usize,
    tokens_max: usize,
    /// The best speed seen lately, in tokens a second. An estimate from the best keeps the promise that only a request
    /// which cannot be served in time is refused.
    speed: f64,
}

struct Job {
    /// Not yet running, the first of the text first.
    waiting: Vec<(usize, Window)>,
    /// Tokens of `waiting`.
    waiting_tokens: usize,
    /// Tokens that run or have run.
    taken_tokens: usize,
    answers: Vec<Option<Logits>>,
    unanswered: usize,
    deadline: Option<Instant>,
    /// `deadline`, or a stand-in.
    due: Instant,
    reply: Reply,
}

/// A window on its way through the model.
pub(crate) struct Row {
    job: u64,
    index: usize,
    pub(crate) window: Window,
}

/// Tokens that `window` takes up in a batch: its pieces and the two special ones.
pub(crate) fn tokens_of(window: &Window) -> usize {
    window.pieces.len() + 2
}

impl Queue {
    pub(crate) fn new(tokens_max: usize, speed: f64) -> Queue {
        Queue { jobs: BTreeMap::new(), serial: 0, tokens: 0, tokens_max, speed }
    }

    /// Lets a request wait, or answers it at once when there is no room or no time for it.
    pub(crate) fn push(&mut self, windows: Vec<Window>, deadline: Option<Instant>, reply: Reply, now: Instant) {
        self.sweep(now);
        let waiting_tokens: usize = windows.iter().map(tokens_of).sum();
        if self.tokens > 0 && self.tokens + waiting_tokens > self.tokens_max {
            let error = Error::Overloaded { resource: "queued tokens", limit: self.tokens_max };
            return answer(reply, Err(error));
        }
        let due = deadline.unwrap_or(now + PATIENCE);
        if deadline.is_some_and(|deadline| now + self.seconds(waiting_tokens + self.tokens_before(due)) > deadline) {
            return answer(reply, Err(Error::DeadlineExceeded));
        }
        let unanswered = windows.len();
        let answers = (0..unanswered).map(|_| None).collect();
        let waiting = windows.into_iter().enumerate().collect();
        let job = Job { waiting, waiting_tokens, taken_tokens: 0, answers, unanswered, deadline, due, reply };
        self.tokens += waiting_tokens;
        self.jobs.insert(self.serial, job);
        self.serial += 1;
    }

    /// Drops requests whose caller has gone and refuses those that can no longer be served in time.
    pub(crate) fn sweep(&mut self, now: Instant) {
        let late = |queue: &Queue, job: &Job| {
            job.deadline.is_some_and(|deadline| now + queue.seconds(job.waiting_tokens) > deadline)
        };
        let gone: Vec<u64> =
            self.jobs.iter().filter(|(_, job)| job.reply.is_closed() || late(self, job)).map(|(&id, _)| id).collect();
        for id in gone {
            self.answer(id, Err(Error::DeadlineExceeded));
        }
    }

    /// Takes the next batch out: the most urgent window, and others of similar length as far as they are worth
    /// their padding within `batch_tokens_max`. Empty when nothing waits.
    pub(crate) fn take(&mut self, batch_tokens_max: usize) -> Vec<Row> {
        let mut candidates = self.most_urgent(batch_tokens_max * CANDIDATE_BATCHES);
        let Some(&anchor) = candidates.first() else { return Vec::new() };
        candidates.sort_by_key(|candidate| (candidate.tokens, candidate.job, candidate.place));
        let lengths: Vec<usize> = candidates.iter().map(|candidate| candidate.tokens).collect();
        let at = candidates.iter().position(|candidate| *candidate == anchor).unwrap_or(0);
        let mut chosen = candidates[neighbourhood(&lengths, at, batch_tokens_max)].to_vec();
        // From the back, so that the places of the others stay true.
        chosen.sort_by_key(|candidate| Reverse((candidate.job, candidate.place)));
        let mut rows = Vec::with_capacity(chosen.len());
        for Candidate { job: id, place, tokens } in chosen {
            let Some(job) = self.jobs.get_mut(&id) else { continue };
            let (index, window) = job.waiting.remove(place);
            job.waiting_tokens -= tokens;
            job.taken_tokens += tokens;
            self.tokens -= tokens;
            rows.push(Row { job: id, index, window });
        }
        rows
    }

    /// Stores the answer of each row of a batch that took `elapsed` of the whole engine's time, and replies to
    /// the requests that are complete.
    pub(crate) fn finish(&mut self, rows: Vec<Row>, answers: Result<Vec<Logits>, String>, elapsed: Duration) {
        let tokens: usize = rows.iter().map(|row| tokens_of(&row.window)).sum();
        let answers = match answers {
            Ok(answers) => answers,
            Err(cause) => {
                for row in rows {
                    self.answer(row.job, Err(Error::Inference(cause.clone().into())));
                }
                return;
            }
        };
        self.learn(tokens, elapsed);
        for (row, logits) in rows.into_iter().zip(answers) {
            let Some(job) = self.jobs.get_mut(&row.job) else { continue };
            if let Some(slot) = job.answers.get_mut(row.index) {
                *slot = Some(logits);
                job.unanswered -= 1;
            }
            if job.unanswered == 0 {
                let answers = std::mem::take(&mut job.answers).into_iter().flatten().collect();
                self.answer(row.job, Ok(answers));
            }
        }
    }

    /// Tokens that wait.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    fn answer(&mut self, id: u64, result: Result<Vec<Logits>, Error>) {
        if let Some(job) = self.jobs.remove(&id) {
            self.tokens -= job.waiting_tokens;
            answer(job.reply, result);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "token counts stay far below 2^52")]
    fn learn(&mut self, tokens: usize, elapsed: Duration) {
        let speed = tokens as f64 / elapsed.as_secs_f64().max(1e-6);
        self.speed = if speed > self.speed { speed } else { self.speed + (speed - self.speed) * SPEED_FADE };
    }

    /// How long `tokens` take at the estimated speed.
    #[expect(clippy::cast_precision_loss, reason = "token counts stay far below 2^52")]
    fn seconds(&self, tokens: usize) -> Duration {
        Duration::try_from_secs_f64(tokens as f64 / self.speed.max(1.0)).unwrap_or(Duration::MAX)
    }

    /// When the next window of `job` is due, after the `taken` tokens before it.
    fn due(&self, job: &Job, taken: usize) -> Instant {
        let yielded = self.seconds(taken).mul_f64(YIELD);
        job.due.checked_add(yielded).unwrap_or(job.due)
    }

    /// Tokens that are served before a new request that is due at `due`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a product of positive numbers")]
    fn tokens_before(&self, due: Instant) -> usize {
        let share = |job: &Job| {
            // An earlier request runs until what it yields makes it as late as the new one; its next window runs whole.
            let Some(gap) = due.checked_duration_since(self.due(job, job.taken_tokens)) else { return 0 };
            let next = job.waiting.first().map_or(0, |(_, window)| tokens_of(window));
            job.waiting_tokens.min(next + (gap.as_secs_f64() * self.speed / YIELD) as usize)
        };
        self.jobs.values().map(share).sum()
    }

    /// The windows that are due first, in that order, up to `tokens_max` tokens but at least one.
    fn most_urgent(&self, tokens_max: usize) -> Vec<Candidate> {
        let mut next: BinaryHeap<_> = self
            .jobs
            .iter()
            .filter(|(_, job)| !job.waiting.is_empty())
            .map(|(&id, job)| Reverse((self.due(job, job.taken_tokens), id, 0_usize, job.taken_tokens)))
            .collect();
        let (mut candidates, mut tokens) = (Vec::new(), 0);
        while tokens < tokens_max {
            let Some(Reverse((_, id, place, taken))) = next.pop() else { break };
            let Some((job, (_, window))) = self.jobs.get(&id).and_then(|job| Some((job, job.waiting.get(place)?)))
            else {
                continue;
            };
            let candidate = Candidate { job: id, place, tokens: tokens_of(window) };
            tokens += candidate.tokens;
            let taken = taken + candidate.tokens;
            next.push(Reverse((self.due(job, taken), id, place + 1, taken)));
            candidates.push(candidate);
        }
        candidates
    }
}

/// A window that may join the next batch: the `place`th that waits of its job.
#[derive(Clone, Copy, PartialEq)]
struct Candidate {
    job: u64,
    place: usize,
    tokens: usize,
}

fn answer(reply: Reply, result: Result<Vec<Logits>, Error>) {
    // The caller may have gone; then nobody waits for the answer.
    drop(reply.send(result));
}

/// The range around `at`, in the ascending `lengths`, that makes a good batch of at most `tokens_max` padded tokens.
///
/// A window joins as long as the padding that it brings costs less than a batch of its own would.
fn neighbourhood(lengths: &[usize], at: usize, tokens_max: usize) -> std::ops::Range<usize> {
    let (mut start, mut end) = (at, at + 1);
    loop {
        let (rows, longest) = (end - start, lengths[end - 1]);
        // A shorter window adds a row of the present length; a longer one lengthens every row.
        let shorter = start.checked_sub(1).map(|left| (longest, lengths[left]));
        let longer = lengths.get(end).map(|&length| (length + rows * (length - longest), length));
        let worth = |&(added, own): &(usize, usize)| {
            rows * longest + added <= tokens_max && added <= own + BATCH_OVERHEAD_TOKENS
        };
        let padding = |(added, own): (usize, usize)| added - own;
        match (shorter.filter(worth), longer.filter(worth)) {
            (None, None) => return start..end,
            (Some(left), Some(right)) if padding(left) > padding(right) => end += 1,
            (Some(_), _) => start -= 1,
            (None, Some(_)) => end += 1,
        }
    }
}
