use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use enrich_core::Error;
use tokio::sync::oneshot;

use super::{both, folder, loading::tokio_block, start};
use crate::{Engine, Logits, PIECES_PER_WORD_MAX, Precision, Window};

/// A window of `pieces` letters that differ with `seed`, each a head.
pub(super) fn window(pieces: u32, seed: u32) -> Window {
    let letter = |place: u32| 5 + (place * 7 + seed * 13 + place * place) % 60;
    Window { pieces: (0..pieces).map(letter).collect(), heads: (0..pieces).collect() }
}

/// The greatest difference between two answers.
fn distance(a: &Logits, b: &Logits) -> f32 {
    assert_eq!(a.rows().len(), b.rows().len());
    let pairs = a.rows().flatten().zip(b.rows().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Classifies each window in a request of its own and all of them in one request.
fn alone_and_together(engine: &Engine) -> f32 {
    let windows: Vec<Window> = (0..24).map(|seed| window(1 + seed * 5, seed)).collect();
    let together = tokio_block(engine.classify(windows.clone(), None)).unwrap();
    let alone =
        windows.iter().map(|window| tokio_block(engine.classify(vec![window.clone()], None)).unwrap().remove(0));
    alone.zip(&together).map(|(a, b)| distance(&a, b)).fold(0.0, f32::max)
}

#[test]
fn an_answer_does_not_depend_on_its_batch() {
    for model_type in ["bert", "xlm-roberta", "distilbert"] {
        let distance = alone_and_together(&start(&folder(model_type), Precision::Fp32).unwrap());
        assert!(distance < 1e-3, "{model_type}: {distance}");
    }
}

#[test]
fn bf16_stays_near_fp32() {
    let dir = folder("xlm-roberta");
    let answer = |precision| {
        let engine = start(&dir, precision).unwrap();
        assert_eq!(engine.info().precision, precision);
        tokio_block(engine.classify(vec![window(40, 1)], None)).unwrap().remove(0)
    };
    let distance = distance(&answer(Precision::Fp32), &answer(Precision::Bf16));
    assert!(distance > 0.0 && distance < 0.2, "{distance}");
}

#[test]
fn only_heads_are_answered_and_in_their_order() {
    for engine in both() {
        let full = window(30, 3);
        let some = Window { heads: vec![0, 7, 29], ..full.clone() };
        let answers = tokio_block(engine.classify(vec![full, some], None)).unwrap();
        let all: Vec<&[f32]> = answers[0].rows().collect();
        for (head, row) in [0, 7, 29].into_iter().zip(answers[1].rows()) {
            assert_eq!(row.len(), engine.tags().len());
            assert!(row.iter().zip(all[head]).all(|(a, b)| (a - b).abs() < 1e-3));
        }
    }
}

#[test]
fn no_windows_and_no_heads_are_answered_with_none() {
    for engine in both() {
        assert!(tokio_block(engine.classify(Vec::new(), None)).unwrap().is_empty());
        let empty = Window { pieces: Vec::new(), heads: Vec::new() };
        assert_eq!(tokio_block(engine.classify(vec![empty], None)).unwrap()[0].rows().len(), 0);
    }
}

#[test]
fn a_window_that_the_model_cannot_take_is_an_error() {
    for engine in both() {
        let pieces_max = u32::try_from(engine.window_pieces_max()).unwrap();
        assert!(tokio_block(engine.classify(vec![window(pieces_max, 1)], None)).is_ok());
        let cases = [
            (window(pieces_max + 1, 1), "the limit is 510"),
            (Window { pieces: vec![48_000], heads: vec![0] }, "not in the vocabulary"),
            (Window { pieces: vec![5], heads: vec![1] }, "head 1"),
        ];
        for (window, expected) in cases {
            let answer = tokio_block(engine.classify(vec![window], None));
            let Error::Inference(cause) = answer.unwrap_err() else { panic!() };
            assert!(cause.to_string().contains(expected), "{cause}");
        }
    }
}

#[test]
fn every_word_has_pieces_and_none_has_too_many() {
    for model_type in ["bert", "xlm-roberta"] {
        let engine = start(&folder(model_type), Precision::Fp32).unwrap();
        let long = "a".repeat(90);
        let marks = format!("a{}", "\u{301}".repeat(10_000));
        let words = ["", "\u{200d}", "漢字", "بغداد", &long, &marks, "ab"];
        let pieces = engine.pieces(&words).unwrap();
        assert_eq!(pieces.len(), words.len());
        assert!(pieces.iter().all(|pieces| (1..=PIECES_PER_WORD_MAX).contains(&pieces.len())), "{pieces:?}");
        assert_eq!(pieces[4].len(), PIECES_PER_WORD_MAX);
        // XLM-R opens a word with a piece of its own.
        assert_eq!(pieces[6].len(), if model_type == "bert" { 2 } else { 3 });
    }
}

#[test]
fn the_spelling_of_a_special_piece_is_plain_text() {
    for (model_type, spelling) in [("bert", "[SEP]"), ("xlm-roberta", "</s>")] {
        let engine = start(&folder(model_type), Precision::Fp32).unwrap();
        let pieces = engine.pieces(&[spelling]).unwrap();
        let specials = engine.inner.loaded.pieces.specials;
        assert!(!pieces[0].contains(&specials.close), "{model_type}: {pieces:?}");
    }
}

#[test]
fn a_deadline_that_has_passed_is_refused() {
    for engine in both() {
        let past = Instant::now().checked_sub(Duration::from_millis(1)).unwrap();
        let error = tokio_block(engine.classify(vec![window(4, 1)], Some(past))).unwrap_err();
        assert!(matches!(error, Error::DeadlineExceeded));
        let later = Instant::now() + Duration::from_secs(60);
        assert!(tokio_block(engine.classify(vec![window(4, 1)], Some(later))).is_ok());
    }
}

#[test]
fn a_request_whose_caller_has_gone_leaves_the_queue() {
    for engine in both() {
        let many: Vec<Window> = (0..200).map(|seed| window(500, seed)).collect();
        tokio_block(async {
            let long = engine.classify(many, None);
            tokio::select! { biased; _ = long => panic!("answered before it could be dropped"), () = std::future::ready(()) => {} }
        });
        assert!(tokio_block(engine.classify(vec![window(4, 1)], None)).is_ok());
        assert_eq!(engine.inner.shared.lock().queue.tokens(), 0);
    }
}

#[test]
fn a_batch_that_fails_is_an_inference_error_and_the_next_one_succeeds() {
    for engine in both() {
        let (reply, answer) = oneshot::channel();
        // Past the engine's own check, so that the library meets a piece that has no embedding.
        let bad = Window { pieces: vec![u32::MAX], heads: vec![0] };
        engine.inner.shared.lock().queue.push(vec![bad], None, reply, Instant::now());
        engine.inner.shared.work.notify_all();
        assert!(matches!(tokio_block(answer).unwrap(), Err(Error::Inference(_))));
        assert!(tokio_block(engine.classify(vec![window(4, 1)], None)).is_ok());
    }
}

#[test]
fn dropping_the_last_clone_ends_the_threads() {
    for engine in both() {
        let threads = Arc::downgrade(&engine.inner.shared);
        let clone = engine.clone();
        drop(engine);
        assert!(tokio_block(clone.classify(vec![window(4, 1)], None)).is_ok());
        drop(clone);
        assert!(threads.upgrade().is_none());
    }
}

#[test]
fn many_callers_at_once_get_their_own_answers() {
    let exact = start(&folder("xlm-roberta"), Precision::Fp32).unwrap();
    let [_, int8] = both();
    for engine in [exact, int8] {
        let requests: Vec<Vec<Window>> = (0..40_u32)
            .map(|id| (0..=id % 5).map(|place| window(1 + (id * 17 + place) % 120, id + place)).collect())
            .collect();
        let expected: Vec<Vec<Logits>> =
            requests.iter().map(|windows| tokio_block(engine.classify(windows.clone(), None)).unwrap()).collect();
        let found = tokio_block(async {
            let tasks: Vec<_> = requests
                .into_iter()
                .map(|windows| {
                    let engine = engine.clone();
                    tokio::spawn(async move { engine.classify(windows, None).await.unwrap() })
                })
                .collect();
            let mut found = Vec::new();
            for task in tasks {
                found.push(task.await.unwrap());
            }
            found
        });
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            assert!(distance(found, expected) < 1e-3);
        }
    }
}
