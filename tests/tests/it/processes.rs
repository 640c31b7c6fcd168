//! Real processes under load: one is killed and comes back, one is told to end.

use crate::{
    ARTICLE, SENTENCE,
    process::{PATIENCE, Served, client},
    reason,
};
use enrich_proto::v1::{EnrichRequest, EnrichResponse};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};
use tonic::{Code, Status};

const CALLERS: usize = 4;

/// Callers that ask one text after the other until they are told to stop or an answer is none.
struct Load {
    callers: JoinSet<Option<Status>>,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    /// Parts that were missing from answers.
    missing: Arc<AtomicUsize>,
}

impl Load {
    async fn start(served: &Served, text: &str) -> Load {
        let mut load =
            Load { callers: JoinSet::new(), stop: Arc::default(), answered: Arc::default(), missing: Arc::default() };
        for caller in 0..CALLERS {
            let (mut client, stop) = (client(served).await, Arc::clone(&load.stop));
            let (answered, missing) = (Arc::clone(&load.answered), Arc::clone(&load.missing));
            // No two callers ask the same, which would be computed once.
            let text = format!("{caller}. {text}");
            load.callers.spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let request = EnrichRequest { text: text.clone(), ..Default::default() };
                    match client.enrich(request).await.map(tonic::Response::into_inner) {
                        Ok(answer) => {
                            assert_partial(&answer);
                            missing.fetch_add(answer.failures.len(), Ordering::SeqCst);
                            answered.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(status) => return Some(status),
                    }
                }
                None
            });
        }
        load.more(2 * CALLERS).await;
        load
    }

    /// Waits for so many more answers.
    async fn more(&self, answers: usize) {
        let (begun, before) = (Instant::now(), self.answered.load(Ordering::SeqCst));
        while self.answered.load(Ordering::SeqCst) < before + answers {
            assert!(begun.elapsed() < PATIENCE, "the answers stopped");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// The statuses with which callers ended that were not told to.
    async fn end(self) -> Vec<Status> {
        self.stop.store(true, Ordering::SeqCst);
        self.callers.join_all().await.into_iter().flatten().collect()
    }
}

/// That every part but the topics is there.
fn assert_partial(answer: &EnrichResponse) {
    assert!(answer.language.is_some() && answer.entities.is_some(), "{:?}", answer.failures);
    assert!(answer.failures.iter().all(|part| part.status.as_ref().unwrap().code == Code::Unavailable as i32));
}

#[tokio::test]
async fn a_killed_service_costs_its_part_only_until_it_is_back() {
    let language = Served::start("enrich-language", "127.0.0.1:0", &[]);
    let entities = Served::start("enrich-entities", "127.0.0.1:0", &[]);
    let topics = Served::start("enrich-topics", "127.0.0.1:0", &[]);
    entities.wait_for("\"message\":\"ready\"");
    topics.wait_for("\"message\":\"ready\"");
    let uris = [language.uri(), entities.uri(), topics.uri()];
    let args = ["--language-uri", &uris[0], "--entities-uri", &uris[1], "--topics-uri", &uris[2]];
    let gateway = Served::start("enrich-gateway", "127.0.0.1:0", &args);

    let load = Load::start(&gateway, SENTENCE).await;
    let address = topics.address.to_string();
    drop(topics);
    load.more(10 * CALLERS).await;
    assert!(load.missing.load(Ordering::SeqCst) > 0, "nobody noticed");
    let topics = Served::start("enrich-topics", &address, &[]);
    topics.wait_for("\"message\":\"ready\"");
    let begun = Instant::now();
    loop {
        let before = load.missing.load(Ordering::SeqCst);
        load.more(5 * CALLERS).await;
        if load.missing.load(Ordering::SeqCst) == before {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the gateway did not find the service again");
    }
    let ended = load.end().await;
    assert!(ended.is_empty(), "{ended:?}");
}

#[tokio::test]
async fn a_drain_under_load_loses_no_admitted_call() {
    let served = Served::start("enrich", "127.0.0.1:0", &[]);
    served.wait_for("\"message\":\"ready\"");
    let load = Load::start(&served, ARTICLE).await;
    let (code, log) = tokio::task::spawn_blocking(|| served.terminate_and_read()).await.unwrap();
    assert_eq!((code, log.contains("calls were cut")), (Some(0), false), "{log}");
    assert_eq!(load.missing.load(Ordering::SeqCst), 0);
    let ended = load.end().await;
    assert_eq!(ended.len(), CALLERS);
    for status in ended {
        // Refused at the door, or never sent: the connection was closed in good order.
        let refused = !status.details().is_empty() && reason(&status).0 == "SHUTTING_DOWN";
        let unsent = status.details().is_empty() && [Code::Unavailable, Code::Cancelled].contains(&status.code());
        assert!(refused || unsent, "{status:?}");
    }
}
