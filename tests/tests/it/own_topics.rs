//! Topics of a caller's own, by request and by file.

use crate::reason;
use enrich_proto::v1::{
    ClassifyTopicsRequest, EnrichRequest, OffsetUnit, OwnTopic, OwnTopicTerm, Topic, TopicOptions,
    TopicServiceGetInfoRequest,
};
use enrich_runtime::Limits;
use enrich_tests::{System, Wiring, classifier_with};

const SAMPLE: &str = "services/topics/samples/own_topics.toml";

crate::on_both_wirings!(
    own_topics_of_a_request_are_judged_beside_the_models,
    own_evidence_is_exact_in_every_unit,
    negated_terms_speak_against,
    terms_of_a_language_count_in_texts_of_that_language,
    own_topics_can_be_chosen_and_given_thresholds,
    without_its_own_evidence_a_text_scores_lower,
    own_topics_of_one_request_are_gone_in_the_next,
);

fn term(text: &str) -> OwnTopicTerm {
    OwnTopicTerm { text: text.into(), ..Default::default() }
}

fn migration(terms: Vec<OwnTopicTerm>) -> TopicOptions {
    TopicOptions { own_topics: vec![OwnTopic { id: "migration".into(), terms, threshold: None }], ..Default::default() }
}

fn request(text: &str, options: TopicOptions) -> EnrichRequest {
    EnrichRequest { text: text.into(), topic_options: Some(options), ..Default::default() }
}

async fn topics(system: &mut System, request: EnrichRequest) -> Vec<Topic> {
    let answer = system.gateway.enrich(request).await.unwrap().into_inner();
    assert_eq!(answer.failures, []);
    answer.topics.unwrap().topics
}

async fn judged(system: &mut System, request: EnrichRequest) -> Topic {
    topics(system, request).await.into_iter().find(|topic| topic.id == "migration").unwrap()
}

async fn own_topics_of_a_request_are_judged_beside_the_models(mut system: System) {
    let text = "بحث الوزيران عودة اللاجئين وملف الهجرة.";
    let options = TopicOptions { passages: true, ..migration(vec![term("لاجئ"), term("هجرة")]) };
    let answer = system.gateway.enrich(request(text, options.clone())).await.unwrap().into_inner();
    let result = answer.topics.unwrap();
    let mut ids: Vec<&str> = result.topics.iter().map(|topic| topic.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["diplomacy", "migration", "security", "water"]);
    assert!(result.topics.windows(2).all(|pair| pair[0].score >= pair[1].score));
    assert_eq!(result.passages[0].topics.len(), 4);
    let own = judged(&mut system, request(text, options.clone())).await;
    assert_eq!((own.score, own.threshold, own.present), (0.75, 0.5, true));
    assert_eq!(judged(&mut system, request(text, options)).await, own);
    let direct =
        ClassifyTopicsRequest {
            text: text.into(), options: Some(migration(vec![term("لاجئ")])), ..Default::default()
        };
    let direct = system.topics.classify_topics(direct).await.unwrap().into_inner().topics.unwrap().topics;
    assert!(direct.iter().any(|topic| topic.id == "migration" && topic.score == 0.5));
}

async fn own_evidence_is_exact_in_every_unit(mut system: System) {
    let text = "🚢🚢 وبالمُهاجِرين، وللاجئين 🌊";
    for unit in [OffsetUnit::Unspecified, OffsetUnit::Utf8Byte, OffsetUnit::Utf16Unit] {
        let options = migration(vec![OwnTopicTerm { weight: Some(2.5), ..term("مهاجر") }, term("لاجئ")]);
        let own = judged(&mut system, EnrichRequest { offset_unit: unit.into(), ..request(text, options) }).await;
        let surfaces: Vec<(&str, f32)> = own.evidence.iter().map(|e| (e.surface.as_str(), e.weight)).collect();
        assert_eq!(surfaces, [("مُهاجِرين", 2.5), ("لاجئين", 1.0)]);
        for evidence in &own.evidence {
            let before = text.split(evidence.surface.as_str()).next().unwrap();
            let count = |text: &str| match unit {
                OffsetUnit::Utf8Byte => text.len(),
                OffsetUnit::Utf16Unit => text.encode_utf16().count(),
                _ => text.chars().count(),
            };
            let span = evidence.span.unwrap();
            let expected = (count(before), count(before) + count(&evidence.surface));
            assert_eq!((span.begin as usize, span.end as usize), expected);
        }
    }
}

async fn negated_terms_speak_against(mut system: System) {
    let terms = vec![term("مهاجر"), OwnTopicTerm { negated: true, ..term("طيور مهاجرة") }];
    let birds = judged(&mut system, request("وصلت الطيور المهاجرة إلى الأهوار", migration(terms.clone()))).await;
    assert_eq!((birds.score, birds.present), (0.0, false));
    assert!(judged(&mut system, request("وصل المهاجرون إلى الأهوار", migration(terms))).await.present);
}

async fn terms_of_a_language_count_in_texts_of_that_language(mut system: System) {
    let terms = vec![OwnTopicTerm { language: "fa".into(), ..term("مهاجر") }];
    for (language, present) in [("fa", true), ("fa-AF", true), ("ar", false), ("", true)] {
        let request = request("مهاجران در مرز", migration(terms.clone()));
        let own = judged(&mut system, EnrichRequest { language: language.into(), ..request }).await;
        assert_eq!(own.present, present, "{language}");
    }
}

async fn own_topics_can_be_chosen_and_given_thresholds(mut system: System) {
    let options = TopicOptions {
        topics: vec!["migration".into()],
        thresholds: [("migration".to_owned(), 0.9), ("water".to_owned(), 0.1)].into(),
        ..migration(vec![term("refugee")])
    };
    let found = topics(&mut system, request("Refugees cross the river.", options)).await;
    let found: Vec<_> = found.iter().map(|t| (t.id.as_str(), t.score, t.threshold, t.present)).collect();
    assert_eq!(found, [("migration", 0.5, 0.9, false)]);
}

async fn without_its_own_evidence_a_text_scores_lower(mut system: System) {
    let text = "وبالمهاجرين واللاجئين إلى المخيم";
    let options = migration(vec![term("مهاجر"), term("لاجئ")]);
    let own = judged(&mut system, request(text, options.clone())).await;
    let rest = own.evidence.iter().fold(text.to_owned(), |rest, evidence| rest.replace(&evidence.surface, ""));
    assert!(judged(&mut system, request(&rest, options)).await.score < own.score);
}

async fn own_topics_of_one_request_are_gone_in_the_next(mut system: System) {
    topics(&mut system, request("refugees", migration(vec![term("refugee")]))).await;
    assert_eq!(topics(&mut system, request("refugees", TopicOptions::default())).await.len(), 3);
    let options = TopicOptions { topics: vec!["migration".into()], ..Default::default() };
    let status = system.gateway.enrich(request("refugees", options)).await.unwrap_err();
    assert_eq!(reason(&status).0, "UNKNOWN_TOPIC");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_topics_of_a_file_are_judged_and_listed_in_both_wirings() {
    for wiring in [Wiring::Embedded, Wiring::Dialled] {
        let model = classifier_with(SAMPLE).unwrap();
        let mut system = System::start_with(wiring, Limits::default(), model).await.unwrap();
        let info = system.topics.get_info(TopicServiceGetInfoRequest {}).await.unwrap().into_inner();
        let own: Vec<_> = info.topics.iter().filter(|topic| topic.source == "own_topics.toml").collect();
        let own: Vec<_> = own.iter().map(|topic| (topic.id.as_str(), topic.threshold)).collect();
        assert_eq!((info.topics.len(), own), (5, vec![("migration", 0.5), ("energy", 0.6)]));

        let clash = request("text", migration(vec![term("a")]));
        let status = system.gateway.enrich(clash).await.unwrap_err();
        assert_eq!(reason(&status).0, "OWN_TOPIC_INVALID");

        let thresholds = [("energy".to_owned(), 0.4)].into();
        let options = TopicOptions { topics: vec!["energy".into()], thresholds, ..Default::default() };
        let energy = topics(&mut system, request("ارتفعت أسعار النفط", options)).await;
        assert_eq!((energy.len(), energy[0].threshold, energy[0].present), (1, 0.4, true));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sample_file_finds_its_topics_in_every_language_it_has() {
    let model = classifier_with(SAMPLE).unwrap();
    let mut system = System::start_with(Wiring::Embedded, Limits::default(), model).await.unwrap();
    for (text, expected) in [
        ("غرق قارب يقل مهاجرين ولاجئين قبالة السواحل الليبية.", "migration"),
        ("پناه‌جویان و مهاجران در مرز ترکیه بازداشت شدند.", "migration"),
        ("Ege'de batan teknedeki göçmenlerden altısı kurtarıldı.", "migration"),
        ("ژمارەیەک پەنابەری کورد لە دەریا خنکان.", "migration"),
        ("Penaberên ji Efrînê vedigerin gundên xwe.", "migration"),
        ("Thousands of refugees and migrants are stuck at the border.", "migration"),
        ("أوبك تخفض إنتاج النفط الخام.", "energy"),
        ("صادرات نفت از خط لوله تازه آغاز شد.", "energy"),
        ("Doğal gaz boru hattındaki arıza giderildi.", "energy"),
        ("هەناردەکردنی نەوت و گازی سروشتی دەستی پێکردەوە.", "energy"),
        ("The pipeline carries crude oil to the coast.", "energy"),
    ] {
        let found = topics(&mut system, request(text, TopicOptions::default())).await;
        for id in ["migration", "energy"] {
            let topic = found.iter().find(|topic| topic.id == id).unwrap();
            assert_eq!(topic.present, id == expected, "{text}: {topic:?}");
        }
    }
    for text in ["طيور مهاجرة في الأهوار", "Cooking oil prices rise", "Türk takımı maçı kazandı", "Data migration tools"]
    {
        let found = topics(&mut system, request(text, TopicOptions::default())).await;
        let own = found.iter().filter(|topic| ["migration", "energy"].contains(&topic.id.as_str()));
        assert!(own.into_iter().all(|topic| !topic.present), "{text}");
    }
}
