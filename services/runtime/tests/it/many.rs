use crate::support::reason;
use enrich_runtime::{Answer, Chassis, Limits, many, many::Until};
use proptest::prelude::*;
use std::pin::Pin;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use std::time::Duration;
use tokio::time::sleep;
use tokio_stream::{Stream, StreamExt};
use tonic::{Code, Status};

/// An item: its id and how long it takes, in ms. One of 13 ms fails, one of 17 ms panics.
type Job = (String, u64);
type Work = Pin<Box<dyn Future<Output = Result<u64, Status>> + Send>>;

fn limits(items_max: usize) -> Limits {
    Limits { stream_items_in_flight_max: items_max, ..Limits::default() }
}

fn work((_, ms): Job) -> Work {
    Box::pin(async move {
        sleep(Duration::from_millis(ms)).await;
        match ms {
            13 => Err(Status::aborted("13")),
            17 => panic!("17"),
            _ => Ok(ms),
        }
    })
}

fn id_of(job: &Job) -> &str {
    &job.0
}

fn job(id: &str, ms: u64) -> Result<Job, Status> {
    Ok((id.to_owned(), ms))
}

async fn collect(stream: impl Stream<Item = Result<Answer<u64>, Status>>) -> Vec<Result<Answer<u64>, Status>> {
    stream.collect().await
}

/// "id" for an answer, "id CODE" for an error, "end received answered", or "CODE" for a stream that broke off.
fn told(answer: &Result<Answer<u64>, Status>) -> String {
    match answer {
        Ok(Answer::Item { id, result: Ok(_) }) => id.clone(),
        Ok(Answer::Item { id, result: Err(status) }) => format!("{id} {:?}", status.code()),
        Ok(Answer::End { received, answered }) => format!("end {received} {answered}"),
        Err(status) => format!("{:?}", status.code()),
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(future)
}

proptest! {
    #[test]
    fn no_item_is_lost_or_doubled(
        times in prop::collection::vec((0_u64..20, 0_u64..20), 0..200),
        items_max in 1_usize..20,
        reading in 0_u64..10,
    ) {
        run(async {
            let jobs: Vec<_> = times.iter().enumerate().map(|(n, (_, ms))| (n.to_string(), *ms)).collect();
            let arrivals = times.iter().map(|(gap, _)| *gap).collect::<Vec<_>>();
            let incoming = tokio_stream::iter(jobs.clone().into_iter().zip(arrivals)).then(|(job, gap)| async move {
                sleep(Duration::from_millis(gap)).await;
                Ok(job)
            });
            let at_work = Arc::new(AtomicUsize::new(0));
            let call = {
                let at_work = Arc::clone(&at_work);
                move |job: Job| {
                    let at_work = Arc::clone(&at_work);
                    Box::pin(async move {
                        let now = at_work.fetch_add(1, Ordering::SeqCst) + 1;
                        assert!(now <= items_max);
                        sleep(Duration::from_millis(job.1)).await;
                        at_work.fetch_sub(1, Ordering::SeqCst);
                        work((job.0, 0)).await.map(|_| job.1)
                    })
                }
            };
            let mut stream = Box::pin(many::stream(incoming, id_of, &limits(items_max), Until::default(), call));
            let mut answers = vec![];
            while let Some(answer) = stream.next().await {
                answers.push(told(&answer));
                sleep(Duration::from_millis(reading)).await;
            }
            let n = jobs.len();
            assert_eq!(answers.pop().unwrap(), format!("end {n} {n}"));
            answers.sort_unstable();
            let mut ids: Vec<_> = jobs.into_iter().map(|(id, _)| id).collect();
            ids.sort_unstable();
            assert_eq!(answers, ids);
        });
    }

    #[test]
    fn a_batch_keeps_the_order_and_the_bound(
        times in prop::collection::vec(0_u64..20, 0..100),
        concurrency in 1_usize..20,
    ) {
        run(async {
            let at_work = AtomicUsize::new(0);
            let at_work = Arc::new(at_work);
            let results = many::batch(times.clone(), concurrency, |ms| {
                let at_work = Arc::clone(&at_work);
                async move {
                    assert!(at_work.fetch_add(1, Ordering::SeqCst) < concurrency);
                    sleep(Duration::from_millis(ms)).await;
                    at_work.fetch_sub(1, Ordering::SeqCst);
                    work((String::new(), ms)).await
                }
            })
            .await;
            assert_eq!(results.len(), times.len());
            for (result, ms) in results.into_iter().zip(times) {
                match ms {
                    13 => assert_eq!(result.unwrap_err().code(), Code::Aborted),
                    17 => assert_eq!(result.unwrap_err().code(), Code::Internal),
                    _ => assert_eq!(result.unwrap(), ms),
                }
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn answers_come_as_they_are_ready_and_a_failure_or_panic_stays_with_its_item() {
    let incoming = tokio_stream::iter([job("a", 30), job("b", 17), job("c", 13), job("d", 5)]);
    let answers = collect(many::stream(incoming, id_of, &limits(8), Until::default(), work)).await;
    let told: Vec<_> = answers.iter().map(told).collect();
    assert_eq!(told, ["d", "c Aborted", "b Internal", "a", "end 4 4"]);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_cannot_be_matched_is_answered_with_its_error_and_the_stream_goes_on() {
    let long = "é".repeat(200);
    let incoming = tokio_stream::iter([job("a", 5), job("", 0), job("a", 0), job(&long, 0), job("b", 9)]);
    let answers = collect(many::stream(incoming, id_of, &limits(8), Until::default(), work)).await;
    let told: Vec<_> = answers.iter().map(told).collect();
    let cut = format!("{} InvalidArgument", "é".repeat(128));
    assert_eq!(told, [" InvalidArgument", "a InvalidArgument", &cut, "a", "b", "end 5 5"]);
    let reasons = answers.iter().filter_map(|answer| match answer {
        Ok(Answer::Item { result: Err(status), .. }) => Some(reason(status)),
        _ => None,
    });
    assert_eq!(reasons.collect::<Vec<_>>(), ["MISSING_ID", "DUPLICATE_ID", "ID_TOO_LONG"]);
}

#[tokio::test(start_paused = true)]
async fn an_id_may_be_used_again_once_it_is_answered() {
    let incoming = tokio_stream::iter([job("a", 5), job("a", 5)]);
    let answers = collect(many::stream(incoming, id_of, &limits(1), Until::default(), work)).await;
    assert_eq!(answers.iter().map(told).collect::<Vec<_>>(), ["a", "a", "end 2 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_broken_transport_ends_the_stream_with_its_status_after_the_answers_before_it() {
    let incoming = tokio_stream::iter([job("a", 5), Err(Status::data_loss("torn")), job("b", 0)]);
    let answers = collect(many::stream(incoming, id_of, &limits(8), Until::default(), work)).await;
    assert_eq!(answers.iter().map(told).collect::<Vec<_>>(), ["a", "DataLoss"]);
}

/// A stream of jobs that counts how many were taken.
fn counted(ms: u64) -> (impl Stream<Item = Result<Job, Status>> + Send + 'static, Arc<AtomicUsize>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let jobs = tokio_stream::iter(0..1000).map(move |n| {
        counter.fetch_add(1, Ordering::SeqCst);
        job(&n.to_string(), ms)
    });
    (jobs, taken)
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_holds_the_producer() {
    let (incoming, taken) = counted(0);
    let mut stream = Box::pin(many::stream(incoming, id_of, &limits(4), Until::default(), work));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(taken.load(Ordering::SeqCst), 0);
    for read in 1..=10 {
        stream.next().await.unwrap().unwrap();
        sleep(Duration::from_secs(1)).await;
        assert!(taken.load(Ordering::SeqCst) < read + 4);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_while_the_workers_are_full() {
    let (incoming, taken) = counted(3_600_000);
    let mut stream = Box::pin(many::stream(incoming, id_of, &limits(4), Until::default(), work));
    assert!(tokio::time::timeout(Duration::from_secs(60), stream.next()).await.is_err());
    assert_eq!(taken.load(Ordering::SeqCst), 4);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_stream_aborts_its_work() {
    let alive = Arc::new(());
    let held = Arc::clone(&alive);
    let call = move |_: Job| {
        let held = Arc::clone(&held);
        async move {
            sleep(Duration::from_secs(3600)).await;
            drop(held);
            Ok(0)
        }
    };
    let mut stream = Box::pin(many::stream(counted(0).0, id_of, &limits(4), Until::default(), call));
    assert!(tokio::time::timeout(Duration::from_millis(1), stream.next()).await.is_err());
    assert!(Arc::strong_count(&alive) > 2);
    drop(stream);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[tokio::test(start_paused = true)]
async fn at_its_deadline_a_stream_answers_what_it_received_and_ends_with_it() {
    let incoming = tokio_stream::iter([job("a", 5), job("b", 5000), job("c", 5000)]).chain(tokio_stream::pending());
    let deadline = tokio::time::Instant::now() + Duration::from_secs(1);
    let until = Until::new(&Chassis::new(Limits::default()), Some(deadline));
    let mut told: Vec<_> =
        collect(many::stream(incoming, id_of, &limits(8), until, work)).await.iter().map(told).collect();
    assert_eq!(told.pop().unwrap(), "DeadlineExceeded");
    told.sort_unstable();
    assert_eq!(told, ["a", "b DeadlineExceeded", "c DeadlineExceeded"]);
}
