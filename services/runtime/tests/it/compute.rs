use enrich_core::Error;
use enrich_runtime::Compute;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
    mpsc,
};
use std::time::Duration;

/// A job that keeps its thread until it is told to stop, and tells when it has begun.
async fn occupy(pool: &Compute) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let pool = pool.clone();
    tokio::spawn(async move {
        pool.run(move || {
            begin.send(()).unwrap();
            let _ = released.recv();
        })
        .await
    });
    begun.await.unwrap();
    release
}

#[tokio::test]
async fn a_job_gives_its_value() {
    assert_eq!(Compute::new(2, 0).run(|| 6 * 7).await.unwrap(), 42);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_lets_in_again_after() {
    let pool = Compute::new(1, 1);
    let release = occupy(&pool).await;
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { pool.run(|| "waited").await }
    });
    tokio::task::yield_now().await;
    let refusal = pool.run(|| ()).await.unwrap_err();
    assert!(matches!(refusal, Error::Overloaded { resource: "queued jobs", limit: 1 }), "{refusal}");
    release.send(()).unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), "waited");
    pool.run(|| ()).await.unwrap();
}

#[tokio::test]
async fn a_panic_is_an_error_without_its_words_and_the_thread_works_on() {
    let pool = Compute::new(1, 0);
    let error = pool.run(|| panic!("the secret")).await.unwrap_err();
    assert!(matches!(&error, Error::Inference(source) if source.to_string() == "computation panicked"), "{error:?}");
    assert_eq!(pool.run(|| 1).await.unwrap(), 1);
}

#[tokio::test]
async fn a_job_whose_caller_has_left_never_begins() {
    let pool = Compute::new(1, 1);
    let release = occupy(&pool).await;
    let ran = Arc::new(AtomicUsize::new(0));
    let job = {
        let ran = Arc::clone(&ran);
        move || ran.fetch_add(1, Ordering::SeqCst)
    };
    assert!(tokio::time::timeout(Duration::from_millis(10), pool.run(job)).await.is_err());
    release.send(()).unwrap();
    // The one thread is free, and so is the one place in the queue.
    pool.run(|| ()).await.unwrap();
    assert_eq!(ran.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_jobs_run_at_a_time_than_there_are_threads() {
    let pool = Compute::new(2, 100);
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let jobs = (0..20).map(|_| {
        let (pool, now, most) = (pool.clone(), Arc::clone(&now), Arc::clone(&most));
        tokio::spawn(async move {
            pool.run(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(2));
                now.fetch_sub(1, Ordering::SeqCst);
            })
            .await
        })
    });
    for job in jobs.collect::<Vec<_>>() {
        job.await.unwrap().unwrap();
    }
    assert!(most.load(Ordering::SeqCst) <= 2);
}
