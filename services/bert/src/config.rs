//! What a config.json says, checked before anything is built from it.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    LoadError,
    labels::{self, Labels},
};

/// The layer-norm epsilon that rust-bert computes with, whatever config.json says.
const LAYER_NORM_EPS: f64 = 1e-12;

/// The families of models that this engine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Architecture {
    Bert,
    Roberta,
    DistilBert,
}

/// The sizes of a model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) vocabulary: usize,
    pub(crate) positions: usize,
    /// Segment types; 0 where the architecture has none.
    pub(crate) types: usize,
    pub(crate) hidden: usize,
    pub(crate) inner: usize,
    pub(crate) layers: usize,
    pub(crate) labels: usize,
}

/// A config.json that can be built.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) architecture: Architecture,
    /// `model_type`, as written.
    pub(crate) model_type: String,
    pub(crate) sizes: Sizes,
    pub(crate) labels: Labels,
    /// Position of a window's first token: RoBERTa counts from the padding id on.
    pub(crate) position_first: usize,
    /// The document for rust-bert's own configuration types.
    pub(crate) document: Value,
}

/// The fields that we read ourselves. DistilBERT spells the sizes in its own way.
#[derive(Deserialize)]
struct Fields {
    model_type: Option<String>,
    #[serde(default)]
    id2label: BTreeMap<String, String>,
    vocab_size: usize,
    max_position_embeddings: usize,
    type_vocab_size: Option<usize>,
    #[serde(alias = "dim")]
    hidden_size: usize,
    #[serde(alias = "hidden_dim")]
    intermediate_size: usize,
    #[serde(alias = "n_layers")]
    num_hidden_layers: usize,
    #[serde(alias = "n_heads")]
    num_attention_heads: usize,
    layer_norm_eps: Option<f64>,
    pad_token_id: Option<usize>,
    position_embedding_type: Option<String>,
}

impl Config {
    /// Parses and checks the bytes of the config.json at `path`.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Config, LoadError> {
        let malformed = |cause: String| LoadError::Malformed { path: path.to_owned(), cause };
        let document: Value = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
        // The kind comes first: a model of another kind lacks the other fields, and that is not what is wrong with it.
        let architecture = architecture(path, &document)?;
        let fields = Fields::deserialize(&document).map_err(|error| malformed(error.to_string()))?;
        check(&fields).map_err(malformed)?;
        let labels =
            labels::parse(&fields.id2label).map_err(|cause| LoadError::Labels { path: path.to_owned(), cause })?;
        warn(path, &fields, &labels);
        let position_first = match architecture {
            Architecture::Roberta => fields.pad_token_id.unwrap_or(1) + 1,
            Architecture::Bert | Architecture::DistilBert => 0,
        };
        if fields.max_position_embeddings < position_first + 3 {
            return Err(malformed("max_position_embeddings leaves no room for a piece".to_owned()));
        }
        let sizes = Sizes {
            vocabulary: fields.vocab_size,
            positions: fields.max_position_embeddings,
            types: if architecture == Architecture::DistilBert { 0 } else { fields.type_vocab_size.unwrap_or(2) },
            hidden: fields.hidden_size,
            inner: fields.intermediate_size,
            layers: fields.num_hidden_layers,
            labels: labels.names.len(),
        };
        let model_type = fields.model_type.unwrap_or_default();
        Ok(Config { architecture, model_type, sizes, labels, position_first, document: complete(document, &sizes) })
    }

    /// Most pieces in a window, the two special pieces excluded.
    pub(crate) fn window_pieces_max(&self) -> usize {
        self.sizes.positions - self.position_first - 2
    }

    /// The tensors that the architecture needs, by name, with their shapes.
    pub(crate) fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let Sizes { vocabulary, positions, types, hidden, inner, layers, labels } = self.sizes;
        let mut tensors = Vec::new();
        let mut matrix = |name: String, rows: usize, columns: usize| tensors.push((name, vec![rows, columns]));
        let root = match self.architecture {
            Architecture::Bert => "bert",
            Architecture::Roberta => "roberta",
            Architecture::DistilBert => "distilbert",
        };
        matrix(format!("{root}.embeddings.word_embeddings.weight"), vocabulary, hidden);
        matrix(format!("{root}.embeddings.position_embeddings.weight"), positions, hidden);
        if types > 0 {
            matrix(format!("{root}.embeddings.token_type_embeddings.weight"), types, hidden);
        }
        let mut norms = vec![format!("{root}.embeddings.LayerNorm")];
        let mut linears = vec![("classifier".to_owned(), labels, hidden)];
        let (stem, names) = match self.architecture {
            Architecture::DistilBert => (format!("{root}.transformer.layer"), &DISTILBERT_LAYER),
            Architecture::Bert | Architecture::Roberta => (format!("{root}.encoder.layer"), &BERT_LAYER),
        };
        for layer in 0..layers {
            let [query, key, value, output, up, down, norm_first, norm_second] =
                names.map(|name| format!("{stem}.{layer}.{name}"));
            linears.extend([query, key, value, output].map(|name| (name, hidden, hidden)));
            linears.extend([(up, inner, hidden), (down, hidden, inner)]);
            norms.extend([norm_first, norm_second]);
        }
        for (name, rows, columns) in linears {
            tensors.push((format!("{name}.weight"), vec![rows, columns]));
            tensors.push((format!("{name}.bias"), vec![rows]));
        }
        for name in norms {
            tensors.push((format!("{name}.weight"), vec![hidden]));
            tensors.push((format!("{name}.bias"), vec![hidden]));
        }
        tensors
    }
}

/// Query, key, value and output of attention, the two feed-forward halves, the two layer norms.
const BERT_LAYER: [&str; 8] = [
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
    "attention.output.LayerNorm",
    "output.LayerNorm",
];
/// The same in DistilBERT's names.
const DISTILBERT_LAYER: [&str; 8] = [
    "attention.q_lin",
    "attention.k_lin",
    "attention.v_lin",
    "attention.out_lin",
    "ffn.lin1",
    "ffn.lin2",
    "sa_layer_norm",
    "output_layer_norm",
];

fn architecture(path: &Path, document: &Value) -> Result<Architecture, LoadError> {
    let unknown = |found: String| LoadError::UnknownArchitecture { path: path.to_owned(), found };
    let architecture = match document.get("model_type").and_then(Value::as_str) {
        Some("bert") => Architecture::Bert,
        Some("roberta" | "xlm-roberta") => Architecture::Roberta,
        Some("distilbert") => Architecture::DistilBert,
        Some(other) => return Err(unknown(format!("a model of model_type {other:?}"))),
        None => return Err(unknown("a model without model_type".to_owned())),
    };
    let heads: Vec<&str> = document
        .get("architectures")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    if !heads.is_empty() && !heads.iter().any(|head| head.ends_with("ForTokenClassification")) {
        return Err(unknown(format!("a {}", heads.join(", "))));
    }
    Ok(architecture)
}

/// Refuses what rust-bert would panic on, compute wrongly or need absurd memory for.
fn check(fields: &Fields) -> Result<(), String> {
    const SIZE_MAX: usize = 1 << 24;
    let sizes = [
        ("vocab_size", fields.vocab_size),
        ("hidden size", fields.hidden_size),
        ("feed-forward size", fields.intermediate_size),
        ("number of layers", fields.num_hidden_layers),
        ("number of attention heads", fields.num_attention_heads),
        ("max_position_embeddings", fields.max_position_embeddings),
        ("type_vocab_size", fields.type_vocab_size.unwrap_or(2)),
    ];
    if let Some((name, size)) = sizes.into_iter().find(|&(_, size)| size == 0 || size > SIZE_MAX) {
        return Err(format!("the {name} is {size}"));
    }
    if !fields.hidden_size.is_multiple_of(fields.num_attention_heads) {
        let heads = fields.num_attention_heads;
        return Err(format!("the hidden size {} is no multiple of {heads} attention heads", fields.hidden_size));
    }
    match fields.position_embedding_type.as_deref() {
        None | Some("absolute") => Ok(()),
        Some(other) => Err(format!("position_embedding_type is {other:?} and only absolute is supported")),
    }
}

fn warn(path: &Path, fields: &Fields, labels: &Labels) {
    let path = path.display();
    if !labels.foreign.is_empty() {
        let types = labels.foreign.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        tracing::warn!(%path, types, "these types of the model have no counterpart and count as outside");
    }
    // DistilBERT has no such field and always computes with this value.
    if let Some(eps) = fields.layer_norm_eps.filter(|&eps| eps != LAYER_NORM_EPS) {
        tracing::warn!(
            %path,
            eps,
            used = LAYER_NORM_EPS,
            "layer_norm_eps is fixed here; logits differ from the original by up to 1e-2"
        );
    }
}

/// Fills what rust-bert's types require and newer exports leave out, and switches off what would only cost time.
fn complete(mut document: Value, sizes: &Sizes) -> Value {
    if let Some(map) = document.as_object_mut() {
        let defaults = json!({
            "hidden_act": "gelu", "attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0,
            "initializer_range": 0.02, "type_vocab_size": sizes.types,
            "activation": "gelu", "attention_dropout": 0.0, "dropout": 0.0, "qa_dropout": 0.0,
            "seq_classif_dropout": 0.0, "sinusoidal_pos_embds": false, "tie_weights_": false,
        });
        for (name, value) in defaults.as_object().into_iter().flatten() {
            map.entry(name).or_insert_with(|| value.clone());
        }
        for name in ["output_attentions", "output_hidden_states", "is_decoder", "output_past"] {
            map.insert(name.to_owned(), Value::Bool(false));
        }
        // Positions are a plain table once trained, whatever they were made from.
        map.insert("sinusoidal_pos_embds".to_owned(), Value::Bool(false));
        map.remove("label2id");
        // The tables are replaced by the checkpoint's; filling them with random numbers first takes seconds.
        map.insert("vocab_size".to_owned(), json!(1));
        map.insert("max_position_embeddings".to_owned(), json!(1));
    }
    document
}
