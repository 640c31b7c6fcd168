use std::{fs, os::unix::fs::symlink, path::Path};

use super::{folder, loading::tokio_block, serving::window, shipped};
use crate::{Backend, Device, Engine, LoadError, Options, Precision};

fn start(dir: &Path, options: Options) -> Result<Engine, LoadError> {
    Engine::start(dir, &Options { threads: std::num::NonZeroUsize::new(1), ..options })
}

/// Starts the engine on a copy of the shipped folder whose files `spoil` has changed, and returns the refusal.
fn refusal(spoil: impl FnOnce(&Path)) -> String {
    let dir = tempfile::tempdir().unwrap();
    for file in fs::read_dir(shipped()).unwrap().flatten() {
        symlink(file.path().canonicalize().unwrap(), dir.path().join(file.file_name())).unwrap();
    }
    spoil(dir.path());
    start(dir.path(), Options { backend: Backend::Onnx, ..Options::default() }).unwrap_err().to_string()
}

/// Puts `bytes` in the place of the linked file.
fn replace(dir: &Path, name: &str, bytes: &[u8]) {
    fs::remove_file(dir.join(name)).unwrap();
    fs::write(dir.join(name), bytes).unwrap();
}

#[test]
fn the_library_is_chosen_by_what_the_folder_has_and_what_is_asked_for() {
    let auto = |precision| start(&shipped(), Options { precision, ..Options::default() }).unwrap();
    for (precision, backend) in [
        (Precision::Auto, Backend::Onnx),
        (Precision::Int8, Backend::Onnx),
        (Precision::Fp32, Backend::RustBert),
        (Precision::Bf16, Backend::RustBert),
    ] {
        let engine = auto(precision);
        assert_eq!(engine.info().backend, backend, "{precision}");
        assert!(precision == Precision::Auto || engine.info().precision == precision);
    }
    assert_eq!(auto(Precision::Auto).info().precision, Precision::Int8);
    let without = start(folder("bert").path(), Options::default()).unwrap();
    assert_eq!(without.info().backend, Backend::RustBert);
}

#[test]
fn what_a_library_does_not_compute_in_is_refused() {
    let refused = |backend, precision, device| {
        let error = start(&shipped(), Options { backend, precision, device, ..Options::default() }).unwrap_err();
        assert!(matches!(error, LoadError::Unsupported { .. }));
        error.to_string()
    };
    assert!(refused(Backend::Onnx, Precision::Fp32, Device::Cpu).contains("onnx does not compute in fp32"));
    assert!(refused(Backend::Onnx, Precision::Auto, Device::Cuda(0)).contains("does not compute in cuda:0"));
    assert!(refused(Backend::RustBert, Precision::Int8, Device::Cpu).contains("rust-bert does not compute in int8"));
}

#[test]
fn a_folder_without_int8_weights_is_refused_with_a_remedy() {
    let message = refusal(|dir| fs::remove_file(dir.join("model.int8.onnx")).unwrap());
    assert!(message.contains("model.int8.onnx is missing") && message.contains("rust-bert"), "{message}");
}

#[test]
fn int8_weights_that_the_manifest_does_not_describe_are_refused() {
    let message = refusal(|dir| replace(dir, "model.int8.onnx", b"other weights"));
    assert!(
        message.contains("model.int8.onnx has the sha256") && message.contains("fetch the file again"),
        "{message}"
    );
}

#[test]
fn malformed_int8_weights_are_refused() {
    for half in [true, false] {
        let message = refusal(|dir| {
            let bytes = fs::read(dir.join("model.int8.onnx")).unwrap();
            let bytes = if half { &bytes[..bytes.len() / 2] } else { b"{ \"half\": " };
            replace(dir, "model.int8.onnx", bytes);
            fs::remove_file(dir.join("manifest.toml")).unwrap();
        });
        assert!(message.contains("model.int8.onnx is malformed"), "{message}");
    }
}

#[test]
fn int8_weights_of_another_vocabulary_or_other_labels_are_refused() {
    let message = refusal(|dir| {
        let mut config: serde_json::Value =
            serde_json::from_slice(&fs::read(dir.join("config.json")).unwrap()).unwrap();
        config["id2label"] = serde_json::json!({"0": "O", "1": "B-PER", "2": "I-PER"});
        replace(dir, "config.json", config.to_string().as_bytes());
    });
    assert!(message.contains("logits where"), "{message}");
}

#[test]
fn int8_stays_near_fp32_and_batches_do_not_change_it() {
    let exact = start(&shipped(), Options { precision: Precision::Fp32, ..Options::default() }).unwrap();
    let int8 = start(&shipped(), Options::default()).unwrap();
    let windows: Vec<_> = (1..20).map(|seed| window(seed * 6, seed)).collect();
    let expected = tokio_block(exact.classify(windows.clone(), None)).unwrap();
    let together = tokio_block(int8.classify(windows.clone(), None)).unwrap();
    let mut distances = Vec::new();
    for ((window, expected), found) in windows.into_iter().zip(&expected).zip(&together) {
        assert_eq!(&tokio_block(int8.classify(vec![window], None)).unwrap()[0], found);
        let pairs = expected.rows().flatten().zip(found.rows().flatten());
        distances.extend(pairs.map(|(exact, int8)| (exact - int8).abs()));
    }
    distances.sort_by(f32::total_cmp);
    let (middle, greatest) = (distances[distances.len() / 2], distances[distances.len() - 1]);
    assert!(middle > 0.0 && middle < 0.1 && greatest < 2.0, "{middle} {greatest}");
}
