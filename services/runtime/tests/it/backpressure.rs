//! A stream of a hundred thousand items over a real socket.

use crate::support::{config, item, serve};
use enrich_proto::v1::stream_detect_language_response::Result as Part;
use enrich_runtime::Limits;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio_stream::StreamExt;
use tonic::Request;

const ITEMS: usize = 100_000;
/// Items that may lie between the producer and the reader: what the windows of HTTP/2 hold, 2 MiB of answers of 260 bytes
/// and 1 MiB of requests, and those at work. A service that took in what comes would hold them all.
const BETWEEN_MAX: usize = 12_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_holds_the_producer_and_nothing_is_lost_or_doubled() {
    let served = serve(Limits::default(), config()).await;
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    let text = "ماء ".repeat(200);
    let items = tokio_stream::iter(0..ITEMS).map(move |number| {
        counter.fetch_add(1, Ordering::SeqCst);
        // The answer is as long as its id.
        item(&format!("{number:0250}"), &text)
    });
    let mut request = Request::new(items);
    request.set_timeout(Duration::from_secs(120));
    let mut answers = served.client().stream_detect_language(request).await.unwrap().into_inner();

    let (mut seen, mut read, mut between) = (vec![false; ITEMS], 0, 0);
    while let Some(answer) = answers.message().await.unwrap() {
        if let Some(Part::End(end)) = answer.result {
            assert_eq!((end.received, end.answered), (ITEMS as u64, ITEMS as u64));
            break;
        }
        if read % 10_000 == 0 {
            // Long enough for the producer to run ahead as far as it can.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        between = between.max(sent.load(Ordering::SeqCst) - read);
        let number: usize = answer.id.parse().unwrap();
        assert!(!std::mem::replace(&mut seen[number], true), "item {number} was answered twice");
        read += 1;
    }
    assert_eq!(read, ITEMS);
    assert!(between <= BETWEEN_MAX, "{between} items lay between");
}
