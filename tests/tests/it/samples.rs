//! Real articles, from the folder that ENRICH_DATA_DIR names; ignored where it is unset.

use enrich_proto::v1::{EnrichRequest, EnrichResponse};
use enrich_runtime::Limits;
use enrich_tests::{System, Wiring};
use std::{fs, path::PathBuf};

async fn enriched(wiring: Wiring, file: &str) -> EnrichResponse {
    let folder = PathBuf::from(std::env::var_os("ENRICH_DATA_DIR").expect("ENRICH_DATA_DIR is set"));
    let text = fs::read_to_string(folder.join("samples").join(file)).unwrap();
    let mut system = System::start(wiring, Limits::default()).await.unwrap();
    let request = EnrichRequest { text: text.clone(), ..Default::default() };
    let answer = system.gateway.enrich(request).await.unwrap().into_inner();
    assert_eq!(answer.failures, []);
    assert_eq!(answer.language.as_ref().unwrap().tag, "ar");
    let characters: Vec<char> = text.chars().collect();
    for mention in &answer.entities.as_ref().unwrap().mentions {
        let span = mention.span.unwrap();
        let inside: String = characters[span.begin as usize..span.end as usize].iter().collect();
        assert_eq!(inside, mention.surface);
    }
    answer
}

fn check(answer: &EnrichResponse, names: &[&str], topics: &[&str]) {
    let mentions = &answer.entities.as_ref().unwrap().mentions;
    for name in names {
        assert!(mentions.iter().any(|mention| mention.surface == *name), "{name} is not found");
    }
    let present = answer.topics.as_ref().unwrap().topics.iter().filter(|topic| topic.present);
    let present: Vec<&str> = present.map(|topic| topic.id.as_str()).collect();
    assert!(topics.iter().all(|topic| present.contains(topic)), "{topics:?} are not all in {present:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs ENRICH_DATA_DIR"]
async fn the_article_on_missiles_is_enriched_in_both_wirings() {
    for wiring in [Wiring::Embedded, Wiring::Dialled] {
        let answer = enriched(wiring, "iran_missiles.ar.txt").await;
        check(&answer, &["إيران", "العراق", "التايمز"], &["security"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs ENRICH_DATA_DIR"]
async fn the_article_on_iraq_and_turkey_is_enriched_in_both_wirings() {
    for wiring in [Wiring::Embedded, Wiring::Dialled] {
        let answer = enriched(wiring, "iraq_turkey.ar.txt").await;
        check(&answer, &["العراق", "تركيا"], &["diplomacy", "security"]);
    }
}
