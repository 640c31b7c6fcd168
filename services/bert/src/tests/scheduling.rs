use std::time::{Duration, Instant};

use enrich_core::Error;
use tokio::sync::oneshot::{self, Receiver, error::TryRecvError};

use crate::{
    Logits, Window,
    queue::{Queue, Row, tokens_of},
};

/// Tokens a second that the queue believes in.
const SPEED: f64 = 1000.0;

type Answer = Receiver<Result<Vec<Logits>, Error>>;

/// A queue with a clock that stands still until it is moved.
struct Desk {
    queue: Queue,
    now: Instant,
}

impl Desk {
    fn new(tokens_max: usize) -> Desk {
        Desk { queue: Queue::new(tokens_max, SPEED), now: Instant::now() }
    }

    /// A request of windows that take up `tokens` each, due in `seconds`.
    fn push(&mut self, tokens: &[usize], seconds: Option<f64>) -> Answer {
        let (reply, answer) = oneshot::channel();
        let deadline = seconds.map(|seconds| self.now + Duration::from_secs_f64(seconds));
        self.queue.push(tokens.iter().map(|&tokens| window(tokens)).collect(), deadline, reply, self.now);
        answer
    }

    /// Takes a batch and returns the tokens of its rows, ascending, with the rows.
    fn take(&mut self, tokens_max: usize) -> (Vec<usize>, Vec<Row>) {
        let rows = self.queue.take(tokens_max);
        let mut tokens: Vec<usize> = rows.iter().map(|row| tokens_of(&row.window)).collect();
        tokens.sort_unstable();
        (tokens, rows)
    }

    /// Answers `rows` as the engine would, at the speed that the queue believes in.
    fn finish(&mut self, rows: Vec<Row>) {
        let tokens: u32 = rows.iter().map(|row| u32::try_from(tokens_of(&row.window)).unwrap()).sum();
        let elapsed = Duration::from_secs_f64(f64::from(tokens) / SPEED);
        self.now += elapsed;
        let answers = rows.iter().map(|row| Logits { labels: 1, values: vec![row.window.pieces.len() as f32] });
        let answers = answers.collect();
        self.queue.finish(rows, Ok(answers), elapsed);
    }
}

fn window(tokens: usize) -> Window {
    Window { pieces: vec![7; tokens - 2], heads: vec![0] }
}

fn is_waiting(answer: &mut Answer) -> bool {
    matches!(answer.try_recv(), Err(TryRecvError::Empty))
}

#[test]
fn the_earliest_deadline_runs_first() {
    let mut desk = Desk::new(10_000);
    let _answers = [(30, Some(9.0)), (31, Some(3.0)), (32, None), (33, Some(6.0))]
        .map(|(tokens, seconds)| desk.push(&[tokens], seconds));
    let order: Vec<usize> = (0..4).map(|_| desk.take(33).0[0]).collect();
    assert_eq!(order, [31, 33, 30, 32]);
}

#[test]
fn windows_of_similar_length_run_together() {
    let mut desk = Desk::new(100_000);
    let _answer = desk.push(&[500, 12, 480, 10, 11, 490, 14], None);
    assert_eq!(desk.take(1500).0, [480, 490, 500]);
    assert_eq!(desk.take(1500).0, [10, 11, 12, 14]);
    assert!(desk.take(1500).0.is_empty());
}

#[test]
fn a_batch_with_its_padding_keeps_the_limit() {
    let mut desk = Desk::new(1 << 20);
    let lengths: Vec<usize> = (0..400).map(|n| 3 + n * 37 % 300).collect();
    let _answer = desk.push(&lengths, None);
    let mut seen = 0;
    loop {
        let (tokens, rows) = desk.take(2048);
        let Some(longest) = tokens.last() else { break };
        assert!(longest * tokens.len() <= 2048);
        seen += tokens.len();
        desk.finish(rows);
    }
    assert_eq!(seen, lengths.len());
}

#[test]
fn a_window_over_the_limit_runs_alone() {
    let mut desk = Desk::new(10_000);
    let _answer = desk.push(&[600, 600], None);
    assert_eq!(desk.take(512).0, [600]);
    assert_eq!(desk.take(512).0, [600]);
}

#[test]
fn padding_stays_small_on_mixed_lengths() {
    let mut desk = Desk::new(1 << 20);
    let lengths: Vec<usize> = (0..500).map(|n| 3 + n * 97 % 250).collect();
    let _answer = desk.push(&lengths, None);
    let (mut real, mut padded) = (0, 0);
    loop {
        let (tokens, rows) = desk.take(2048);
        let Some(longest) = tokens.last() else { break };
        real += tokens.iter().sum::<usize>();
        padded += longest * tokens.len();
        desk.finish(rows);
    }
    assert!(padded * 100 < real * 110, "{padded} for {real}");
}

#[test]
fn a_long_text_does_not_starve_short_ones() {
    let mut desk = Desk::new(1 << 20);
    let _long = desk.push(&[250; 400], None);
    let (_, rows) = desk.take(1000);
    let mut short = desk.push(&[20], None);
    desk.finish(rows);
    // The long text has had its batch: the short one is due now.
    let (_, rows) = desk.take(1000);
    desk.finish(rows);
    assert!(short.try_recv().unwrap().is_ok());
}

#[test]
fn short_texts_do_not_starve_a_long_one() {
    let mut desk = Desk::new(1 << 20);
    let mut long = desk.push(&[250; 40], None);
    let mut short = Vec::new();
    // Short ones come faster than they can be served.
    for _ in 0..80 {
        short.extend((0..50).map(|_| desk.push(&[20; 1], None)));
        let (_, rows) = desk.take(1000);
        desk.finish(rows);
    }
    assert!(long.try_recv().unwrap().is_ok());
}

#[test]
fn answers_come_in_the_order_of_the_windows() {
    let mut desk = Desk::new(10_000);
    let mut answer = desk.push(&[9, 300, 5, 40], None);
    for _ in 0..4 {
        let (_, rows) = desk.take(512);
        desk.finish(rows);
    }
    let answers = answer.try_recv().unwrap().unwrap();
    let found: Vec<f32> = answers.iter().map(|logits| logits.values[0]).collect();
    assert_eq!(found, [7.0, 298.0, 3.0, 38.0]);
}

#[test]
fn a_full_queue_refuses_at_once() {
    let mut desk = Desk::new(100);
    let mut first = desk.push(&[60], None);
    let mut second = desk.push(&[60], None);
    let Err(Error::Overloaded { resource, limit }) = second.try_recv().unwrap() else { panic!() };
    assert_eq!((resource, limit), ("queued tokens", 100));
    assert!(is_waiting(&mut first));
    assert!(is_waiting(&mut desk.push(&[40], None)));
}

#[test]
fn a_text_longer_than_the_queue_is_taken_when_nothing_waits() {
    let mut desk = Desk::new(100);
    assert!(is_waiting(&mut desk.push(&[60, 60, 60], None)));
}

#[test]
fn a_cancelled_request_does_not_run_and_frees_its_place() {
    let mut desk = Desk::new(100);
    drop(desk.push(&[60], None));
    let mut second = desk.push(&[50], None);
    assert_eq!(desk.take(1000).0, [50]);
    assert!(is_waiting(&mut second));
}

#[test]
fn a_request_that_cannot_make_its_deadline_is_refused_at_once() {
    let mut desk = Desk::new(10_000);
    let mut hopeless = desk.push(&[500], Some(0.4));
    assert!(matches!(hopeless.try_recv().unwrap(), Err(Error::DeadlineExceeded)));
    let mut just = desk.push(&[500], Some(0.6));
    assert!(is_waiting(&mut just));
    // 500 tokens are due before it.
    let mut behind = desk.push(&[500], Some(0.9));
    assert!(matches!(behind.try_recv().unwrap(), Err(Error::DeadlineExceeded)));
}

#[test]
fn a_deadline_that_passes_in_the_queue_is_refused_before_it_runs() {
    let mut desk = Desk::new(10_000);
    let _first = desk.push(&[100], Some(1.0));
    let mut second = desk.push(&[100], Some(2.0));
    desk.now += Duration::from_secs(3);
    desk.queue.sweep(desk.now);
    assert!(matches!(second.try_recv().unwrap(), Err(Error::DeadlineExceeded)));
    assert!(desk.take(1000).0.is_empty());
}

#[test]
fn a_failed_batch_answers_only_its_own_requests() {
    let mut desk = Desk::new(10_000);
    let mut first = desk.push(&[100, 100], Some(1.0));
    let mut second = desk.push(&[100], Some(2.0));
    let (_, rows) = desk.take(100);
    desk.queue.finish(rows, Err("broken".to_owned()), Duration::from_millis(1));
    assert!(matches!(first.try_recv().unwrap(), Err(Error::Inference(_))));
    assert!(is_waiting(&mut second));
    assert_eq!(desk.take(1000).0, [100]);
}
