//! Folders with random weights in the layout of a real checkpoint, for tests and benchmarks.

use std::{collections::HashMap, fs, io, path::Path};

use safetensors::{Dtype, tensor::TensorView};
use serde_json::{Value, json};

use crate::config::Config;

/// What a folder with random weights should look like.
#[derive(Clone, Debug)]
pub struct RandomFolder {
    /// "bert", "distilbert", "roberta" or "xlm-roberta".
    pub model_type: &'static str,
    /// Number of layers.
    pub layers: usize,
    /// Size of the hidden state; a multiple of `heads`.
    pub hidden: usize,
    /// Number of attention heads.
    pub heads: usize,
    /// Size of the feed-forward layer.
    pub inner: usize,
    /// Number of embeddings; at least 256.
    pub vocabulary: usize,
    /// Number of positions.
    pub positions: usize,
    /// The same seed gives the same bytes.
    pub seed: u64,
}

impl Default for RandomFolder {
    /// A BERT that loads in a few milliseconds.
    fn default() -> Self {
        RandomFolder {
            model_type: "bert",
            layers: 2,
            hidden: 32,
            heads: 4,
            inner: 64,
            vocabulary: 256,
            positions: 128,
            seed: 7,
        }
    }
}

impl RandomFolder {
    /// The layout of XLM-RoBERTa at the size of a compact model: 6 x 256, 32,000 pieces.
    pub fn compact() -> Self {
        RandomFolder {
            model_type: "xlm-roberta",
            layers: 6,
            hidden: 256,
            heads: 4,
            inner: 1024,
            vocabulary: 32_000,
            positions: 514,
            seed: 7,
        }
    }

    /// XLM-RoBERTa base: 12 x 768, 250,002 pieces.
    pub fn base() -> Self {
        let compact = Self::compact();
        RandomFolder { layers: 12, hidden: 768, heads: 12, inner: 3072, vocabulary: 250_002, ..compact }
    }

    /// Writes config.json, tokenizer.json and model.safetensors into `dir`, which exists.
    ///
    /// The tokenizer spells words letter by letter: ASCII lower case and the Arabic alphabet are known to it.
    ///
    /// # Errors
    /// If a file cannot be written, or the sizes make no model.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        let config = serde_json::to_vec_pretty(&self.config())?;
        fs::write(dir.join("config.json"), &config)?;
        fs::write(dir.join("tokenizer.json"), serde_json::to_vec_pretty(&self.tokenizer())?)?;
        let config = Config::parse(&dir.join("config.json"), &config).map_err(io::Error::other)?;
        let mut random = Random(self.seed);
        let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = config
            .tensors()
            .into_iter()
            .map(|(name, shape)| {
                let bytes = random.tensor(&name, &shape);
                (name, shape, bytes)
            })
            .collect();
        let views: HashMap<&str, TensorView<'_>> = tensors
            .iter()
            .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
            .collect::<Result<_, safetensors::SafeTensorError>>()
            .map_err(io::Error::other)?;
        safetensors::serialize_to_file(views, &None, &dir.join("model.safetensors")).map_err(io::Error::other)
    }

    fn is_roberta(&self) -> bool {
        self.model_type.ends_with("roberta")
    }

    fn config(&self) -> Value {
        let labels = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"];
        let labels: HashMap<String, &str> =
            labels.iter().enumerate().map(|(id, &label)| (id.to_string(), label)).collect();
        let common = json!({
            "model_type": self.model_type, "id2label": labels, "vocab_size": self.vocabulary,
            "max_position_embeddings": self.positions, "layer_norm_eps": 1e-12,
            "pad_token_id": u32::from(self.is_roberta()), "torch_dtype": "float32",
        });
        let sizes = if self.model_type == "distilbert" {
            json!({
                "architectures": ["DistilBertForTokenClassification"], "dim": self.hidden, "n_heads": self.heads,
                "n_layers": self.layers, "hidden_dim": self.inner, "activation": "gelu",
            })
        } else {
            json!({
                "architectures": ["ForTokenClassification"], "hidden_size": self.hidden,
                "num_attention_heads": self.heads, "num_hidden_layers": self.layers,
                "intermediate_size": self.inner, "hidden_act": "gelu",
                "type_vocab_size": if self.is_roberta() { 1 } else { 2 },
            })
        };
        let (Value::Object(mut all), Value::Object(sizes)) = (common, sizes) else { return Value::Null };
        all.extend(sizes);
        Value::Object(all)
    }

    fn tokenizer(&self) -> Value {
        let letters: Vec<char> = ('a'..='z').chain('\u{621}'..='\u{64a}').collect();
        let roberta = self.is_roberta();
        let specials: &[&str] = if roberta {
            &["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        } else {
            &["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        };
        let mut vocabulary: Vec<String> = specials.iter().map(|&name| name.to_owned()).collect();
        if roberta {
            vocabulary.push("\u{2581}".to_owned());
        }
        vocabulary.extend(letters.iter().map(char::to_string));
        if !roberta {
            vocabulary.extend(letters.iter().map(|letter| format!("##{letter}")));
        }
        vocabulary.extend((vocabulary.len()..self.vocabulary).map(|id| format!("[unused{id}]")));
        let added: Vec<Value> = specials
            .iter()
            .enumerate()
            .map(|(id, name)| {
                json!({"id": id, "content": name, "single_word": false, "lstrip": false, "rstrip": false,
                       "normalized": false, "special": true})
            })
            .collect();
        let model = if roberta {
            let pieces: Vec<Value> = vocabulary.iter().map(|piece| json!([piece, -2.0])).collect();
            json!({"type": "Unigram", "unk_id": 3, "vocab": pieces, "byte_fallback": false})
        } else {
            let ids: HashMap<&str, usize> =
                vocabulary.iter().enumerate().map(|(id, piece)| (piece.as_str(), id)).collect();
            json!({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                   "max_input_chars_per_word": 100, "vocab": ids})
        };
        let splitter = if roberta {
            json!({"type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "always", "split": true})
        } else {
            json!({"type": "BertPreTokenizer"})
        };
        json!({
            "version": "1.0",
            "truncation": {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0},
            "padding": null, "added_tokens": added, "normalizer": {"type": "NFKC"}, "pre_tokenizer": splitter,
            "post_processor": null, "decoder": null, "model": model,
        })
    }
}

/// SplitMix64, a generator of one line: Steele, Lea and Flood 2014.
struct Random(u64);

impl Random {
    /// Uniform in -1..1.
    #[expect(clippy::cast_precision_loss, reason = "24 bits fit in an f32")]
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    }

    /// Little-endian `f32` of a scale that lets activations neither vanish nor grow.
    #[expect(clippy::cast_precision_loss, reason = "sizes of tensors stay below 2^24")]
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Vec<u8> {
        let norm = name.to_ascii_lowercase().contains("norm");
        let scale = if name.contains("embeddings") { 1.0 } else { (3.0 / *shape.last().unwrap_or(&1) as f32).sqrt() };
        let count: usize = shape.iter().product();
        let mut bytes = Vec::with_capacity(count * 4);
        for _ in 0..count {
            let value = match (norm, name.ends_with("bias")) {
                (true, false) => 1.0,
                (_, true) => 0.0,
                (false, false) => self.next() * scale,
            };
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        bytes
    }
}
