use std::{collections::HashMap, fs};

use enrich_core::entities::{EntityType, Tag};
use serde_json::{Value, json};
use tch::{Kind, Tensor};
use tempfile::TempDir;

use super::{folder, start};
use crate::{Device, Engine, LoadError, Options, Precision, Window};

/// Starts an engine on a BERT folder that `spoil` has changed, and returns the refusal.
fn refusal(spoil: impl FnOnce(&TempDir)) -> String {
    let dir = folder("bert");
    spoil(&dir);
    let message = start(&dir, Precision::Fp32).unwrap_err().to_string();
    assert!(message.contains(dir.path().to_str().unwrap()), "no path in: {message}");
    message
}

/// Changes the config.json in `dir`.
fn configure(dir: &TempDir, change: impl FnOnce(&mut Value)) {
    edit(dir, "config.json", change);
}

fn edit(dir: &TempDir, name: &str, change: impl FnOnce(&mut Value)) {
    let path = dir.path().join(name);
    let mut document: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut document);
    fs::write(path, document.to_string()).unwrap();
}

fn tensors(dir: &TempDir) -> HashMap<String, Tensor> {
    Tensor::read_safetensors(dir.path().join("model.safetensors")).unwrap().into_iter().collect()
}

fn write_tensors(dir: &TempDir, tensors: &HashMap<String, Tensor>) {
    let tensors: Vec<_> = tensors.iter().collect();
    Tensor::write_safetensors(&tensors, dir.path().join("model.safetensors")).unwrap();
}

fn logits(dir: &TempDir) -> Vec<f32> {
    let engine = start(dir, Precision::Fp32).unwrap();
    let pieces = engine.pieces(&["kofi", "annan", "سافر", "إلى", "بغداد"]).unwrap().concat();
    let heads = (0..u32::try_from(pieces.len()).unwrap()).collect();
    let answer = tokio_block(engine.classify(vec![Window { pieces, heads }], None)).unwrap();
    answer[0].rows().flatten().copied().collect()
}

pub(super) fn tokio_block<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

#[test]
fn every_architecture_loads_and_answers() {
    for model_type in ["bert", "distilbert", "roberta", "xlm-roberta"] {
        let dir = folder(model_type);
        let logits = logits(&dir);
        assert!(!logits.is_empty() && logits.iter().all(|logit| logit.is_finite()), "{model_type}");
        let engine = start(&dir, Precision::Auto).unwrap();
        assert_eq!(engine.info().architecture, format!("{model_type} 2x32"));
        assert_eq!(engine.tags()[..3], [Tag::Outside, Tag::Begin(EntityType::Person), Tag::Inside(EntityType::Person)]);
        // RoBERTa leaves the first positions unused.
        let expected = if model_type.ends_with("roberta") { 124 } else { 126 };
        assert_eq!(engine.window_pieces_max(), expected);
    }
}

#[test]
fn ot_and_half_precision_weights_are_read() {
    let dir = folder("bert");
    let expected = logits(&dir);
    let tensors = tensors(&dir);
    let half: HashMap<_, _> = tensors.iter().map(|(name, tensor)| (name.clone(), tensor.to_kind(Kind::Half))).collect();
    write_tensors(&dir, &half);
    let close = |found: &[f32], tolerance: f32| {
        found.len() == expected.len() && found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < tolerance)
    };
    assert!(close(&logits(&dir), 0.05));
    fs::remove_file(dir.path().join("model.safetensors")).unwrap();
    let named: Vec<_> = tensors.iter().collect();
    Tensor::save_multi(&named, dir.path().join("rust_model.ot")).unwrap();
    assert!(close(&logits(&dir), 1e-6));
}

#[test]
fn a_path_that_is_no_folder_is_refused() {
    let dir = folder("bert");
    let error = Engine::start(&dir.path().join("nowhere"), &Options::default()).unwrap_err();
    assert!(matches!(error, LoadError::NotAFolder { .. }));
    assert!(error.to_string().contains("nowhere is not a folder"), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        let message = refusal(|dir| fs::remove_file(dir.path().join(name)).unwrap());
        assert!(message.contains(&format!("{name} is missing")) && message.contains("save"), "{message}");
    }
}

#[test]
fn a_malformed_file_is_named() {
    for name in ["config.json", "tokenizer.json", "model.safetensors", "manifest.toml"] {
        let message = refusal(|dir| fs::write(dir.path().join(name), "{ \"half\": ").unwrap());
        assert!(message.contains(&format!("{name} is malformed")), "{message}");
    }
}

#[test]
fn a_cut_off_download_is_refused() {
    let message = refusal(|dir| {
        let path = dir.path().join("model.safetensors");
        let bytes = fs::read(&path).unwrap();
        fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    });
    assert!(message.contains("model.safetensors is malformed"), "{message}");
}

#[test]
fn an_unknown_architecture_is_refused_with_those_that_are_known() {
    let message = refusal(|dir| configure(dir, |config| config["model_type"] = json!("t5")));
    assert!(message.contains("\"t5\"") && message.contains("xlm-roberta"), "{message}");
    let message = refusal(|dir| configure(dir, |config| config["architectures"] = json!(["BertForMaskedLM"])));
    assert!(message.contains("BertForMaskedLM") && message.contains("token classification"), "{message}");
}

#[test]
fn labels_that_name_no_entities_are_refused_with_a_remedy() {
    let message = refusal(|dir| configure(dir, |config| config["id2label"] = json!({"0": "LABEL_0", "1": "LABEL_1"})));
    assert!(message.contains("LABEL_0") && message.contains("rename the labels"), "{message}");
}

#[test]
fn sizes_that_make_no_model_are_refused() {
    for (name, size) in [("num_attention_heads", 5), ("hidden_size", 0), ("vocab_size", 1_u64 << 40)] {
        let message = refusal(|dir| configure(dir, |config| config[name] = json!(size)));
        assert!(message.contains("config.json is malformed"), "{message}");
    }
    let message = refusal(|dir| configure(dir, |config| config["position_embedding_type"] = json!("relative_key")));
    assert!(message.contains("relative_key"), "{message}");
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let message = refusal(|dir| {
        configure(dir, |config| config["vocab_size"] = json!(255));
    });
    assert!(message.contains("piece id 255") && message.contains("vocabulary is 255"), "{message}");
}

#[test]
fn a_tokenizer_without_special_pieces_is_refused() {
    let message = refusal(|dir| {
        edit(dir, "tokenizer.json", |tokenizer| {
            tokenizer["added_tokens"] = json!([]);
            let vocabulary = tokenizer["model"]["vocab"].as_object_mut().unwrap();
            vocabulary.remove("[CLS]");
        });
    });
    assert!(message.contains("[CLS] and <s>"), "{message}");
}

#[test]
fn a_missing_tensor_is_named() {
    let message = refusal(|dir| {
        let mut tensors = tensors(dir);
        assert!(tensors.remove("bert.encoder.layer.1.output.dense.bias").is_some());
        write_tensors(dir, &tensors);
    });
    assert!(message.contains("lacks the tensor bert.encoder.layer.1.output.dense.bias"), "{message}");
}

#[test]
fn a_tensor_of_another_shape_is_named() {
    let message = refusal(|dir| configure(dir, |config| config["intermediate_size"] = json!(128)));
    assert!(message.contains("intermediate.dense.weight is [64, 32]") && message.contains("[128, 32]"), "{message}");
}

#[test]
fn weights_that_the_manifest_does_not_describe_are_refused() {
    let manifest = "name = \"x\"\n[sha256]\n\"model.safetensors\" = \"00ff\"\n";
    let message = refusal(|dir| fs::write(dir.path().join("manifest.toml"), manifest).unwrap());
    assert!(message.contains("00ff") && message.contains("fetch the file again"), "{message}");
}

#[test]
fn a_manifest_names_the_model_and_its_temperature() {
    let dir = folder("bert");
    let sha256 = start(&dir, Precision::Fp32).unwrap().info().sha256.clone();
    let manifest = format!(
        "name = \"named\"\nversion = \"1.2.3\"\n[calibration]\ntemperature = 1.25\n\
         [sha256]\n\"model.safetensors\" = \"{sha256}\"\n"
    );
    fs::write(dir.path().join("manifest.toml"), manifest).unwrap();
    let engine = start(&dir, Precision::Fp32).unwrap();
    assert_eq!((engine.info().name.as_str(), engine.info().temperature), ("named", 1.25));
    assert_eq!(engine.info().manifest.as_ref().unwrap().version, "1.2.3");
}

#[test]
fn a_device_that_is_not_there_is_refused() {
    let dir = folder("bert");
    let options = Options { device: Device::Cuda(999), ..Options::default() };
    let message = Engine::start(dir.path(), &options).unwrap_err().to_string();
    assert!(message.contains("cuda:999") && message.contains("use the device cpu"), "{message}");
}
